package main

import (
	"strconv"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// asSeen reads what a form is about, at least as new as the version that the form was made of. Servers that are read from are not equally far: one that is behind would make of a visitor's own last save
// one of somebody else, so then the primary is asked.
func asSeen[T any](v visit, read func(visit) (T, error), version func(T) int64) (T, error) {
	seen, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	current, err := read(v)
	if err != nil || version(current) >= seen {
		return current, err
	}
	v.ctx = postgres.WithToken(v.ctx, postgres.Newest)
	return read(v)
}
