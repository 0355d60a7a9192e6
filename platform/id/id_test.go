package id

import (
	"slices"
	"testing"
)

// Keyset pages and index locality rest on ids that sort by when they were made.
func TestNewSortsByTime(t *testing.T) {
	t.Parallel()
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = New()
	}
	if !slices.IsSorted(ids) {
		t.Error("ids made in turn do not sort in turn")
	}
	if kept := slices.Compact(slices.Clone(ids)); len(kept) != len(ids) {
		t.Errorf("%d ids repeat", len(ids)-len(kept))
	}
}

// An id from outside is checked before it reaches SQL, where it would be an error of ours.
func TestValid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		New():                                    true,
		"018f3f1e-7c1a-7bcd-8a12-0123456789ab":   true,
		"":                                       false,
		"7":                                      false,
		"018f3f1e7c1a7bcd8a120123456789ab":       false,
		"{018f3f1e-7c1a-7bcd-8a12-0123456789ab}": false,
		"urn:uuid:018f3f1e-7c1a-7bcd-8a12-0123456789ab": false,
		"018f3f1e-7c1a-7bcd-8a12-0123456789ag":          false,
	} {
		if Valid(text) != want {
			t.Errorf("Valid(%q) = %v", text, !want)
		}
	}
}
