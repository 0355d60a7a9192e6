// Package edge names public pages for the caching proxies in front of the shop, and tells these which pages changed.
package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// header lists the keys of a page, and those to purge, separated by spaces. Fastly, Varnish and nginx's cache modules know it by this name.
const header = "Surrogate-Key"

// Lists is the key of pages that may show any product, such as a search.
const Lists = "lists"

// Product is the key of pages that show a product. The end of its id is enough: should another product have it too, a page is purged in vain.
func Product(id string) string { return "p-" + id[max(0, len(id)-12):] }

// Category is the key of lists of a category.
func Category(id string) string { return "c-" + id[max(0, len(id)-12):] }

// Language is the key of pages in a further language that show its words of options and attributes.
func Language(locale string) string { return "l-" + locale }

// Mark names what a page shows.
func Mark(h http.Header, keys ...string) {
	slices.Sort(keys)
	h.Set(header, strings.Join(slices.Compact(keys), " "))
}

// Purger asks proxies to forget pages.
type Purger struct {
	// URLs are the proxies' addresses, such as "http://edge:6081"; each gets every request.
	URLs []string
	// Token proves that the request is the shop's.
	Token string
	// Client is http.DefaultClient if nil.
	Client *http.Client
}

// keysAtOnce keeps a request's header below 4 KB, which proxies take.
const keysAtOnce = 200

// purgeTime is how long a proxy may take.
const purgeTime = 5 * time.Second

// Purge returns when every proxy has forgotten all pages that have one of the keys. After an error some may not have.
func (p Purger) Purge(ctx context.Context, keys []string) error {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	var problems []error
	for _, url := range p.URLs {
		for part := range slices.Chunk(keys, keysAtOnce) {
			if err := p.purge(ctx, url, strings.Join(part, " ")); err != nil {
				problems = append(problems, fmt.Errorf("purge %s: %w", url, err))
				break
			}
		}
	}
	return errors.Join(problems...)
}

func (p Purger) purge(ctx context.Context, url, keys string) error {
	ctx, cancel := context.WithTimeout(ctx, purgeTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "PURGE", strings.TrimSuffix(url, "/")+"/", nil)
	if err != nil {
		return err
	}
	request.Header.Set(header, keys)
	request.Header.Set("Authorization", "Bearer "+p.Token)
	client := p.Client
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10)) // so that the connection can be used again
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", answer.Status)
	}
	return nil
}
