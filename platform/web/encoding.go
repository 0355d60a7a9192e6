package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// encoding is how a body is sent.
type encoding int

const (
	identity encoding = iota
	gzipped
	brotlied
	encodings
)

// header is the Content-Encoding; identity has none.
func (e encoding) header() string { return [encodings]string{"", "gzip", "br"}[e] }

// negotiate picks the smallest encoding that the client takes. No encoding is always taken: a client that forbids even
// that gets the page all the same.
func negotiate(header http.Header) encoding {
	quality := [encodings]int{identity: 1, gzipped: -1, brotlied: -1}
	wildcard := -1
	for _, line := range header["Accept-Encoding"] {
		for item := range strings.SplitSeq(line, ",") {
			name, parameters, _ := strings.Cut(item, ";")
			q := parseQuality(parameters)
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, "br"):
				quality[brotlied] = q
			case strings.EqualFold(name, "gzip"):
				quality[gzipped] = q
			case name == "*":
				wildcard = q
			}
		}
	}
	best := identity
	for _, e := range []encoding{brotlied, gzipped} {
		if quality[e] < 0 {
			quality[e] = wildcard
		}
		if quality[e] > 0 && (best == identity || quality[e] > quality[best]) {
			best = e
		}
	}
	return best
}

// parseQuality reads "q=0.5" in thousandths; without one it is 1000.
func parseQuality(parameters string) int {
	_, text, found := strings.Cut(parameters, "=")
	if !found {
		return 1000
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return int(q * 1000)
}

// compressible reports whether a content type is text; pictures and archives are compressed already.
func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.TrimSpace(kind)
	switch {
	case kind == "text/event-stream": // each event must arrive by itself
		return false
	case strings.HasPrefix(kind, "text/"), strings.HasSuffix(kind, "+xml"), strings.HasSuffix(kind, "+json"):
		return true
	}
	switch kind {
	case "application/json", "application/javascript", "application/xml", "application/manifest+json", "application/wasm":
		return true
	}
	return false
}

// smallest is the length from which compressing pays; below it the answer fits in one packet anyway.
const smallest = 1024

// A page that is sent once must cost little: 0.2 ms for 32 KB. One that is shown to many may cost a millisecond.
const (
	onceGzip   = 3
	onceBrotli = 3 // of the library's newer encoder, which beats its older one up to here
	keptGzip   = 6
	keptBrotli = 5
)

// encoder is what gzip and brotli writers have in common. Not all can flush.
type encoder interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// encoders are ready to be used again, because making one costs more than a page.
type encoders [encodings]sync.Pool

func newGzip(level int) func() any {
	return func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, level) // fails for unknown levels only
		return w
	}
}

var once = encoders{
	gzipped:  {New: newGzip(onceGzip)},
	brotlied: {New: func() any { return brotli.NewWriterV2(io.Discard, onceBrotli) }},
}

var kept = encoders{
	gzipped:  {New: newGzip(keptGzip)},
	brotlied: {New: func() any { return brotli.NewWriterLevel(io.Discard, keptBrotli) }},
}

// take lends an encoder, to be given back.
func (pools *encoders) take(e encoding, to io.Writer) encoder {
	w := pools[e].Get().(encoder)
	w.Reset(to)
	return w
}

func (pools *encoders) give(e encoding, w encoder) {
	w.Reset(io.Discard)
	pools[e].Put(w)
}

// compress returns a body as it is kept in an encoding.
func compress(body []byte, e encoding) []byte {
	if e == identity {
		return body
	}
	var out bytes.Buffer
	w := kept.take(e, &out)
	defer kept.give(e, w)
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return bytes.Clone(out.Bytes())
}
