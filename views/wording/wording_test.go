package wording_test

import (
	"context"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/views/wording"
)

// A language says its own sentences, plural forms, numbers and days; what it lacks is English, of which no file is needed.
func TestSayAndCount(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct{ locale, said, one, many, mixed, day, date string }{
		{"en-US", "Sold out", "1 product", "1,234 products", "Subtotal of 1 item: $5.00", "Monday 2 March", "2 March 2026"},
		{"de", "Ausverkauft", "1 Produkt", "1.234 Produkte", "Zwischensumme für 1 Artikel: $5.00", "Montag, 2. März", "2. März 2026"},
		{"de-AT", "Ausverkauft", "1 Produkt", "1\u00a0234 Produkte", "Zwischensumme für 1 Artikel: $5.00", "Montag, 2. März", "2. März 2026"},
		{"fr", "Sold out", "1 product", "1,234 products", "Subtotal of 1 item: $5.00", "Monday 2 March", "2 March 2026"},
		{"", "Sold out", "1 product", "1,234 products", "Subtotal of 1 item: $5.00", "Monday 2 March", "2 March 2026"},
	} {
		language := wording.In(test.locale)
		for said, want := range map[string]string{
			language.Say("Sold out"):                                                          test.said,
			language.Count(1, "%d product", "%d products"):                                    test.one,
			language.Count(1234, "%d product", "%d products"):                                 test.many,
			language.Count(1, "Subtotal of %d item: %s", "Subtotal of %d items: %s", "$5.00"): test.mixed,
			language.Day(day):  test.day,
			language.Date(day): test.date,
		} {
			if said != want {
				t.Errorf("%q says %q, want %q", test.locale, said, want)
			}
		}
	}
}

// A page's language reaches all that is drawn below it; without one it is English, and no language changes nothing.
func TestSpeak(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if said := wording.Say(ctx, "Sold out"); said != "Sold out" || wording.Of(ctx).Locale() != "en" {
		t.Errorf("without a language: %q in %q", said, wording.Of(ctx).Locale())
	}
	ctx = wording.Speak(wording.Speak(ctx, "de"), "")
	if said := wording.Count(ctx, 2, "%d product", "%d products"); said != "2 Produkte" || wording.Of(ctx).Locale() != "de" {
		t.Errorf("in German: %q in %q", said, wording.Of(ctx).Locale())
	}
}
