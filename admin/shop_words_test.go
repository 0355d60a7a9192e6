package main

import (
	"net/http"
	"strings"
	"testing"
)

// Staff translate what shoppers read untranslated, most used first, on a form that stores what was written and names what it refused.
func TestShopWords(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tea()
	d.open("/words")
	d.says("What names and values of options and attributes are called")
	d.open("/words?locale=de")
	d.wants(http.StatusOK, "/words/de")
	_, values := d.form("form.editor")
	word, kind := values.Get("words-0-word"), values.Get("words-0-kind")
	if word == "" || kind != "name" {
		t.Fatalf("the first word without a translation is %q, a %q", word, kind)
	}
	d.press("save", "words-0-translation", strings.Repeat("w", 256))
	d.wants(http.StatusUnprocessableEntity, "/words/de/contents")
	if d.text("#field-words-0-translation-error") == "" || d.number("select count(*) from product_words") != 0 {
		t.Errorf("not refused: %s", d.text("main"))
	}
	d.press("save", "words-0-translation", " Größe ")
	d.wants(http.StatusOK, "/words/de")
	d.says("The words are saved.")
	if n := d.number("select count(*) from product_words where locale = 'de' and kind = 'name' and word = $1 and translation = 'Größe'", word); n != 1 {
		t.Errorf("%d rows are stored", n)
	}
	if _, values := d.form("form.editor"); values.Get("words-0-word") == word && values.Get("words-0-kind") == kind {
		t.Errorf("%s has a translation, and is asked for again", word)
	}
	d.open("/words")
	d.says("German (de)")
	d.open("/words/de/translated?q=gr%C3%B6")
	d.says(word)
	d.press("save", "words-0-translation", "")
	d.says("Nothing matches")
	d.open("/words/no%20language")
	d.wants(http.StatusNotFound, "/words/no language")
}
