package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// Bundle is a file that pages load, and the patterns of the files that it is joined from, in order.
type Bundle struct {
	Name     string // "storefront.css"
	Patterns []string
}

// Assets are the files that pages refer to, under names that say what is in them: a changed file has another name, so
// that browsers and CDNs may keep it for ever.
type Assets struct {
	base   string
	byName map[string]*Asset
	byPath map[string]*Asset
}

// Asset is one finished file.
type Asset struct {
	Name        string // "storefront.css"
	Path        string // "/assets/storefront.3q2kXb8rT0.css"
	ContentType string
	Body        []byte

	pack   sync.Once
	packed [encodings]variant
}

const (
	assetsPath    = "/assets/"
	assetsControl = "public, max-age=31536000, immutable"
)

// NewAssets joins the bundles. Style sheets lose their comments and needless spaces; all else is kept as it is. base is
// where the files are published, such as a CDN's origin, or "" when this program serves them.
func NewAssets(files fs.FS, base string, bundles ...Bundle) (*Assets, error) {
	a := &Assets{base: strings.TrimSuffix(base, "/"), byName: map[string]*Asset{}, byPath: map[string]*Asset{}}
	if base != "" {
		if parsed, err := url.Parse(base); err != nil || parsed.Host == "" {
			return nil, fmt.Errorf("assets: %q is no URL", base)
		}
	}
	for _, bundle := range bundles {
		asset, err := bundle.join(files)
		if err != nil {
			return nil, fmt.Errorf("bundle %s: %w", bundle.Name, err)
		}
		if a.byName[asset.Name] != nil {
			return nil, fmt.Errorf("bundle %s: there are two of this name", asset.Name)
		}
		a.byName[asset.Name], a.byPath[asset.Path] = asset, asset
	}
	return a, nil
}

func (b Bundle) join(files fs.FS) (*Asset, error) {
	extension := path.Ext(b.Name)
	contentType := mime.TypeByExtension(extension)
	if contentType == "" || strings.Contains(b.Name, "/") {
		return nil, fmt.Errorf("want a name without folders and with a known extension")
	}
	var body []byte
	for _, pattern := range b.Patterns {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pattern, err)
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("nothing matches %s", pattern)
		}
		for _, name := range names {
			content, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			if len(body) > 0 {
				body = append(body, '\n')
			}
			body = append(body, content...)
		}
	}
	if extension == ".css" {
		body = shrinkCSS(body)
	}
	sum := sha256.Sum256(body)
	hash := base64.RawURLEncoding.EncodeToString(sum[:])[:12]
	return &Asset{
		Name:        b.Name,
		Path:        assetsPath + strings.TrimSuffix(b.Name, extension) + "." + hash + extension,
		ContentType: contentType,
		Body:        body,
	}, nil
}

// URL is where a page finds a bundle. It panics for a name that there is none of, which the first test of the page finds.
func (a *Assets) URL(name string) string {
	asset := a.byName[name]
	if asset == nil {
		panic("web: there is no asset " + name)
	}
	return a.base + asset.Path
}

// All lists the files by name, for publishing them.
func (a *Assets) All() []*Asset {
	return slices.SortedFunc(maps.Values(a.byName), func(x, y *Asset) int { return cmp.Compare(x.Name, y.Name) })
}

// Handler serves the files; mount it at "GET /assets/". It also answers for a CDN that fetches them from here.
func (a *Assets) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asset := a.byPath[r.URL.Path]
		if asset == nil { // of another release, perhaps; nobody may keep that it is missing
			http.Error(w, "There is no such file.", http.StatusNotFound)
			return
		}
		asset.serve(w, r)
	})
}

func (a *Asset) serve(w http.ResponseWriter, r *http.Request) {
	a.pack.Do(a.prepare)
	header := w.Header()
	header.Set("Content-Type", a.ContentType)
	header.Set("Cache-Control", assetsControl)
	header.Set("X-Content-Type-Options", "nosniff")
	delete(header, requestIDHeader)
	v := &a.packed[identity]
	if compressible(a.ContentType) {
		header.Set("Vary", "Accept-Encoding")
		v = &a.packed[negotiate(r.Header)]
	}
	if v.encoding != nil {
		header["Content-Encoding"] = v.encoding
	}
	header["Content-Length"] = v.length
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(v.body) // a visitor who has left needs no answer
	}
}

// prepare packs as tightly as can be: it happens once, and is sent for months.
func (a *Asset) prepare() {
	a.packed[identity].set(a.Body, identity)
	var br, gz bytes.Buffer
	b := brotli.NewWriterLevel(&br, brotli.BestCompression)
	_, _ = b.Write(a.Body) // a bytes.Buffer takes everything
	_ = b.Close()
	g, _ := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	_, _ = g.Write(a.Body)
	_ = g.Close()
	a.packed[brotlied].set(br.Bytes(), brotlied)
	a.packed[gzipped].set(gz.Bytes(), gzipped)
}
