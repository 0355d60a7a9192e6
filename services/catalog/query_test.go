package catalog

import "testing"

// Letters are counted, whatever alphabet they are of.
func TestHalves(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]int{"teapot": 1, "teapots": 2, "чайник": 1, "чай": 0, "Gefäß": 0, "": 0} {
		got := halves(word)
		if len(got) != want {
			t.Errorf("%q has halves %q, want %d", word, got, want)
		}
	}
}
