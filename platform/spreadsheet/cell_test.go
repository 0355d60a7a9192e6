package spreadsheet

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// No text that is guarded can be run, and all of it comes back.
func TestGuard(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("'=+-@\t\r\na1 é"))).Draw(t, "text")
		guarded := Guard(text)
		if guarded != "" && strings.ContainsRune(starters, rune(guarded[0])) {
			t.Fatalf("%q is guarded as %q, which a spreadsheet runs", text, guarded)
		}
		if back := Unguard(guarded); back != text {
			t.Fatalf("%q is guarded as %q and comes back as %q", text, guarded, back)
		}
	})
	for text, want := range map[string]string{"=1+1": "'=1+1", "'tis": "'tis", "Mug": "Mug", "": "", "'-5": "''-5"} {
		if got := Guard(text); got != want {
			t.Errorf("Guard(%q) = %q, want %q", text, got, want)
		}
	}
	if got := Unguard("'tis"); got != "'tis" {
		t.Errorf("text of others changed: %q", got)
	}
}
