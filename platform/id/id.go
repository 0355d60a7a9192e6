// Package id owns how things in the shop are named.
package id

import "github.com/google/uuid"

// New returns a UUIDv7 in its usual text form. Ids made later in one process sort later, so that new rows land at the end
// of an index; an id opens nothing by itself.
func New() string {
	return uuid.Must(uuid.NewV7()).String()
}

// Valid reports whether s is a UUID in the form that New returns, whatever its version.
func Valid(s string) bool {
	return len(s) == 36 && uuid.Validate(s) == nil
}
