package feed

import "testing"

// A handle in which no letter is left gets an address from the name, as a product without a handle does.
func TestAskFor(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]Product{
		"The Mug":    {Slug: "the-mug", SlugGiven: true},
		"茶杯":         {Slug: "茶杯", SlugGiven: true},
		"?":          {Slug: "mug-and-saucer"},
		"":           {Slug: "mug-and-saucer"},
		" -\u00ad- ": {Slug: "mug-and-saucer"},
	} {
		p := Product{Name: "Mug and Saucer", Key: "m-1"}
		p.askFor(asked)
		if p.Slug != want.Slug || p.SlugGiven != want.SlugGiven {
			t.Errorf("%q became %q, given %v", asked, p.Slug, p.SlugGiven)
		}
	}
}
