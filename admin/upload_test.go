package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"
)

// A file may take longer to come in than a token lives, so each piece is handed in under a token of its moment: an upload goes on for as long as
// the session does, and not a piece longer.
func TestUploadUnderNewTokens(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	taken := func() int { return d.number("select count(*) from product_sync_pieces") }
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	ended := make(chan struct{})
	go func() {
		defer func() { _ = writer.CloseWithError(form.Close()) }()
		part, err := form.CreateFormFile("file", "slow.json")
		if err != nil {
			return
		}
		_, _ = part.Write(bytes.Repeat([]byte(" "), piece))
		<-ended
		_, _ = part.Write(bytes.Repeat([]byte(" "), piece))
	}()
	go func() {
		defer close(ended)
		for taken() == 0 && t.Context().Err() == nil {
			<-time.After(10 * time.Millisecond)
		}
		d.endSessions()
	}()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/sync", reader)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Origin", d.url)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	d.do(request)
	if d.status != http.StatusUnauthorized || d.number("select count(*) from product_sync_runs where state <> 'uploading'") != 0 {
		t.Errorf("after the session ended the upload answered %d: %s", d.status, d.text("main"))
	}
	if n := taken(); n != 1 {
		t.Errorf("%d pieces were taken, want the one that came before", n)
	}
}
