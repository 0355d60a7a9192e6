package seal

import (
	"bytes"
	"errors"
	"testing"
)

func box(t *testing.T, secrets ...byte) *Box {
	t.Helper()
	var all [][]byte
	for _, s := range secrets {
		all = append(all, bytes.Repeat([]byte{s}, 32))
	}
	b, err := NewBox(all...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A secret opens with its key and in its place, and nothing of it shows; a key that was replaced opens what it sealed, and says by its mark that it is old.
func TestBox(t *testing.T) {
	t.Parallel()
	secret, old, rotated := []byte("hush-hush"), box(t, 1), box(t, 2, 1)
	sealed := old.Seal(secret, "source 7")
	if bytes.Contains(sealed, secret) || bytes.Equal(sealed, old.Seal(secret, "source 7")) {
		t.Errorf("sealed as %q, and always alike", sealed)
	}
	for name, try := range map[string]struct {
		box    *Box
		sealed []byte
		place  string
		want   error
	}{
		"its key and place":    {old, sealed, "source 7", nil},
		"after a new key":      {rotated, sealed, "source 7", nil},
		"the new key's":        {rotated, rotated.Seal(secret, "source 7"), "source 7", nil},
		"another place":        {old, sealed, "source 8", ErrDamaged},
		"another key":          {box(t, 3), sealed, "source 7", ErrUnknownKey},
		"one bit":              {old, append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1), "source 7", ErrDamaged},
		"cut off":              {old, sealed[:markSize], "source 7", ErrDamaged},
		"nothing":              {old, nil, "source 7", ErrDamaged},
		"what was not sealed":  {old, []byte("hush-hush"), "source 7", ErrDamaged},
		"the old key's by new": {box(t, 2), sealed, "source 7", ErrUnknownKey},
	} {
		opened, err := try.box.Open(try.sealed, try.place)
		if !errors.Is(err, try.want) || err == nil && !bytes.Equal(opened, secret) {
			t.Errorf("%s: %q, %v", name, opened, err)
		}
	}
	if marks := rotated.OldMarks(); len(marks) != 1 || !bytes.HasPrefix(sealed, marks[0]) || bytes.HasPrefix(rotated.Seal(secret, ""), marks[0]) || len(old.OldMarks()) != 0 {
		t.Errorf("an old key's secrets cannot be told from a new one's by %x", marks)
	}
	if _, err := NewBox(); err == nil {
		t.Error("a box without a key")
	}
}
