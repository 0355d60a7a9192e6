package web

import (
	"net/http"
	"strings"
)

// Compress sends text in the encoding that the visitor takes. Answers that are short, encoded already or not text go out
// as they are.
func Compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(plain http.ResponseWriter, r *http.Request) {
		w := wrap(plain)
		chosen := negotiate(r.Header)
		if chosen == identity || r.Method == http.MethodHead {
			w.before = append(w.before, varyByEncoding)
			next.ServeHTTP(w, r)
			return
		}
		c := &compressor{ResponseWriter: w, encoding: chosen}
		finished := false
		defer func() { // after a panic nothing more may be sent, so that somebody else can answer
			if !finished {
				c.release()
			}
		}()
		next.ServeHTTP(c, r)
		finished = true
		c.finish()
	})
}

// varyByEncoding tells caches that other visitors get this answer in another encoding.
func varyByEncoding(header http.Header) {
	if kind := header.Get("Content-Type"); kind != "" && !compressible(kind) { // without one it is likely a page
		return
	}
	for _, line := range header["Vary"] {
		if strings.Contains(line, "Accept-Encoding") {
			return
		}
	}
	header.Add("Vary", "Accept-Encoding")
}

// compressor holds an answer's beginning back until it is clear whether compressing pays.
type compressor struct {
	http.ResponseWriter
	encoding encoding
	status   int
	held     []byte
	decided  bool
	out      encoder // nil: sent as it is
}

func (c *compressor) WriteHeader(status int) {
	switch {
	case c.decided || c.status != 0:
	case status < 200:
		c.ResponseWriter.WriteHeader(status)
	default:
		c.status = status
		bodyless := status == http.StatusNoContent || status == http.StatusNotModified
		if bodyless || c.Header().Get("Content-Encoding") != "" {
			_ = c.decide() // nothing is held yet that could fail to be sent
		}
	}
}

func (c *compressor) Write(p []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	if !c.decided {
		c.held = append(c.held, p...)
		if len(c.held) < smallest {
			return len(p), nil
		}
		return len(p), c.decide()
	}
	if c.out != nil {
		return c.out.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

// decide sends the header and what was held back.
func (c *compressor) decide() error {
	c.decided = true
	header := c.Header()
	if len(c.held) > 0 && header.Get("Content-Type") == "" {
		header.Set("Content-Type", http.DetectContentType(c.held))
	}
	varyByEncoding(header)
	if c.pays(header) {
		header.Set("Content-Encoding", c.encoding.header())
		header.Del("Content-Length")
		if tag := header.Get("Etag"); strings.HasPrefix(tag, `"`) {
			header.Set("Etag", "W/"+tag) // these are not the bytes that the handler meant
		}
		c.out = once.take(c.encoding, c.ResponseWriter)
	}
	c.ResponseWriter.WriteHeader(c.status)
	if len(c.held) == 0 {
		return nil
	}
	held := c.held
	c.held = nil
	_, err := c.Write(held)
	return err
}

func (c *compressor) pays(header http.Header) bool {
	return len(c.held) >= smallest && c.status != http.StatusPartialContent &&
		header.Get("Content-Encoding") == "" && header.Get("Content-Range") == "" &&
		compressible(header.Get("Content-Type")) && !strings.Contains(header.Get("Cache-Control"), "no-transform")
}

// FlushError sends what there is; an answer that is flushed before it is long enough stays uncompressed.
func (c *compressor) FlushError() error {
	c.WriteHeader(http.StatusOK)
	if !c.decided {
		if err := c.decide(); err != nil {
			return err
		}
	}
	switch out := c.out.(type) {
	case nil:
	case interface{ Flush() error }:
		if err := out.Flush(); err != nil {
			return err
		}
	default:
		return nil // it sends what it has as it fills up
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// Flush is for callers that know no ResponseController.
func (c *compressor) Flush() { _ = c.FlushError() }

// Unwrap is for http.ResponseController.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressor) finish() {
	if !c.decided && c.status != 0 {
		_ = c.decide() // a visitor who has left needs no answer
	}
	if c.out != nil {
		_ = c.out.Close()
	}
	c.release()
}

// release gives the encoder back for the next answer.
func (c *compressor) release() {
	if c.out != nil {
		once.give(c.encoding, c.out)
		c.out = nil
	}
}
