package web

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// answer is a finished page in the encodings that visitors have asked for so far. It does not change once it is shared.
type answer struct {
	status int
	header http.Header // without length and encoding
	shared bool        // may be shown to others
	kept   bool        // may be shown again

	compressible bool
	etag         string
	variants     [encodings]variant
}

// variant is a body in one encoding, made when the first visitor needs it.
type variant struct {
	once     sync.Once
	body     []byte
	encoding []string
	length   []string
}

// finish makes the parts of an answer that follow from its body.
func (a *answer) finish(body []byte) {
	if a.header.Get("Content-Type") == "" && len(body) > 0 {
		a.header.Set("Content-Type", http.DetectContentType(body))
	}
	encoded := a.header.Get("Content-Encoding") != ""
	a.compressible = !encoded && len(body) >= smallest && compressible(a.header.Get("Content-Type"))
	for _, name := range []string{"Content-Length", "Etag", "Last-Modified", "Vary", "Connection", "Date"} {
		delete(a.header, name)
	}
	if a.compressible {
		a.header["Vary"] = []string{"Accept-Encoding"}
	}
	if a.kept && a.status == http.StatusOK {
		a.etag = weakTag(body)
		a.header["Etag"] = []string{a.etag}
	}
	plain := &a.variants[identity]
	plain.once.Do(func() { plain.set(body, identity) })
}

// weakTag names a body's content among those that its address ever had. It is weak because one tag stands for the body in all encodings.
func weakTag(body []byte) string {
	return `W/"` + strconv.FormatUint(xxhash.Sum64(body), 36) + `"`
}

func (v *variant) set(body []byte, e encoding) {
	v.body = body
	v.length = []string{strconv.Itoa(len(body))}
	if e != identity {
		v.encoding = []string{e.header()}
	}
}

func (a *answer) in(e encoding) *variant {
	v := &a.variants[e]
	v.once.Do(func() { v.set(compress(a.variants[identity].body, e), e) })
	return v
}

func (a *answer) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	for name, value := range a.header {
		header[name] = value
	}
	if a.kept {
		delete(header, requestIDHeader) // it would be another visitor's
	}
	if a.etag != "" && matches(r.Header["If-None-Match"], a.etag) {
		delete(header, "Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	chosen := identity
	if a.compressible {
		chosen = negotiate(r.Header)
	}
	v := a.in(chosen)
	if v.encoding != nil {
		header["Content-Encoding"] = v.encoding
	}
	header["Content-Length"] = v.length
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead && len(v.body) > 0 {
		_, _ = w.Write(v.body) // a visitor who has left needs no answer
	}
}

// matches reports whether one of the tags that a visitor has is this one, strong or weak.
func matches(lines []string, etag string) bool {
	bare := strings.TrimPrefix(etag, "W/")
	for _, line := range lines {
		for tag := range strings.SplitSeq(line, ",") {
			if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == bare {
				return true
			}
		}
	}
	return false
}

// capture is a ResponseWriter that keeps the answer.
type capture struct {
	header http.Header
	status int
	body   []byte
}

func (c *capture) Header() http.Header { return c.header }

func (c *capture) WriteHeader(status int) {
	if c.status == 0 && status >= 200 {
		c.status = status
	}
}

func (c *capture) Write(p []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	c.body = append(c.body, p...)
	return len(p), nil
}
