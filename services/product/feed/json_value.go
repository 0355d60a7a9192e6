package feed

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// errShape says that a value has the wrong JSON type; it has been refused by name.
var errShape = errors.New("wrong type")

// object reads an object and hands each name to field, which reads the value.
func (r *draft) object(field func(name string) error) error {
	if _, err := r.json.ReadToken(); err != nil {
		return err
	}
	for r.json.PeekKind() != '}' {
		name, err := r.json.ReadToken()
		if err != nil {
			return err
		}
		if err := field(name.String()); err != nil && !errors.Is(err, errShape) {
			return err
		}
	}
	_, err := r.json.ReadToken()
	return err
}

// list reads an array and calls element for each of its values; null is an empty one.
func (r *draft) list(column string, element func(i int) error) error {
	switch r.json.PeekKind() {
	case 'n':
		return r.json.SkipValue()
	case '[':
	default:
		return r.wrong(column, "must be an array")
	}
	if _, err := r.json.ReadToken(); err != nil {
		return err
	}
	for i := 0; r.json.PeekKind() != ']'; i++ {
		if err := element(i); err != nil && !errors.Is(err, errShape) {
			return err
		}
	}
	_, err := r.json.ReadToken()
	return err
}

// wrong refuses a value of the wrong type and steps over it.
func (r *draft) wrong(column, reason string) error {
	value, err := r.json.ReadValue()
	if err != nil {
		return err
	}
	r.b.refuseProduct(r.b.p.Row, column, string(value[:min(len(value), 4*maxValue)]), reason)
	return errShape
}

// scalar reads a text, a number or a boolean as text; null is empty.
func (r *draft) scalar(column string) (string, error) {
	switch r.json.PeekKind() {
	case '{':
		return "", r.wrong(column, "must be a text or a number, not an object")
	case '[':
		return "", r.wrong(column, "must be a text or a number, not an array")
	}
	value, err := r.json.ReadValue()
	if err != nil {
		return "", err
	}
	switch value.Kind() {
	case 'n':
		return "", nil
	case '"':
		text, err := jsontext.AppendUnquote(nil, value)
		return strings.TrimSpace(string(text)), err
	default:
		return string(value), nil
	}
}

// text reads a text that must not be a boolean, cleans it, and refuses the product if it cannot be used.
func (r *draft) text(column string, read func(string, int) (string, string), limit int, into *string) error {
	if kind := r.json.PeekKind(); kind == 't' || kind == 'f' {
		return r.wrong(column, "must be a text, not true or false")
	}
	raw, err := r.scalar(column)
	if err != nil {
		return err
	}
	text, reason := read(raw, limit)
	if reason != "" {
		r.b.refuseProduct(r.b.p.Row, column, raw, reason)
	}
	*into = text
	return nil
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
