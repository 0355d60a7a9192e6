package main

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"testing"
)

// hand posts files as a browser does.
func (d *desk) hand(action, alt string, files ...[]byte) {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("alt", alt)
	for _, content := range files {
		part, err := form.CreateFormFile("file", "picture.png")
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			d.t.Fatal(err)
		}
	}
	_ = form.Close()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.url+action, &body)
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Origin", d.url)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	d.do(request)
}

func drawing(t *testing.T, width int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width, 400))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Pictures come from the disk of whoever has them; what is none is refused in words, and the pictures before it stay.
func TestPictures(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.tea()
	here := d.at.Path
	d.hand(here+"/pictures", "From above", drawing(t, 500), drawing(t, 600))
	d.wants(http.StatusOK, here)
	d.says("Pictures added: 2.")
	if images := d.stored().GetImages(); len(images) != len(before.GetImages())+2 || images[2].GetAlt() != "From above" {
		t.Errorf("pictures %v", images)
	}
	d.hand(here+"/pictures", "", []byte("no picture at all"))
	d.wants(http.StatusUnprocessableEntity, here+"/pictures")
	if d.text("#field-file-error") == "" || d.page.Find(".error-summary a[href='#field-file']").Length() != 1 {
		t.Errorf("it is not said beside the field: %s", d.text("main"))
	}
	d.hand(here+"/pictures", "")
	d.says("Choose a file")
	d.open("/categories/new")
	d.send("main form.form", "name", "Tea")
	d.hand(d.at.Path+"/picture", "A pot", drawing(t, 700))
	d.says("Pictures added: 1.")
	if d.page.Find("main .thumb img").AttrOr("alt", "") != "A pot" {
		t.Errorf("the category shows no picture: %s", d.text("main"))
	}
}
