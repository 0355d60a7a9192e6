package storefront_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// The home page shows the largest categories in the order of the menu, and leads into the largest of all: a shop whose first category by name holds one
// product does not begin with that.
func TestHomeCategories(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	for i := range 9 {
		name := fmt.Sprintf("Corner %d", i)
		for n := range 2 {
			if i > 0 || n > 0 { // the first by name holds one product
				s.file = append(s.file, map[string]any{"key": fmt.Sprint(name, n), "name": fmt.Sprint("Thing ", i, n), "price": "5.00", "stock": 5, "categories": []string{name}})
			}
		}
	}
	s.fill()
	v := s.visitor()
	v.get("/")
	v.expect(http.StatusOK, ".hero .button", "Shop Kitchen")
	var tiles []string
	v.page.Find("section[aria-labelledby=categories-title] a").Each(func(_ int, tile *goquery.Selection) { tiles = append(tiles, tile.AttrOr("href", "")) })
	want := fmt.Sprint([]string{"/categories/corner-1", "/categories/corner-2", "/categories/corner-3", "/categories/corner-4", "/categories/corner-5", "/categories/corner-6", "/categories/corner-7", "/categories/kitchen"})
	if fmt.Sprint(tiles) != want {
		t.Errorf("the tiles lead to %v, want %s", tiles, want)
	}
}
