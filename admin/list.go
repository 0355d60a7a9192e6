package main

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const usualSize = 50

var sizes = []int{25, 50, 100}

// list takes the address of a list apart and puts the parts of its page together.
type list struct {
	admin.List
	values url.Values
	size   int32
}

func newList(address *url.URL, path, label string) *list {
	values := address.Query()
	l := &list{values: values, size: usualSize}
	l.List = admin.List{Action: path, Label: label, Query: strings.TrimSpace(values.Get("q")), ClearURL: path}
	if asked, err := strconv.Atoi(values.Get("size")); err == nil && slices.Contains(sizes, asked) {
		l.size = int32(asked)
		if asked != usualSize {
			l.Hidden = append(l.Hidden, ui.Hidden{Name: "size", Value: strconv.Itoa(asked)})
		}
	}
	if l.Query != "" {
		l.Chips = append(l.Chips, ui.Chip{Label: "“" + l.Query + "”", RemoveURL: l.without("q")})
	}
	return l
}

// choice adds a filter of one value. known gives the values with their labels; chosen is told which one is in force.
func (l *list) choice(name, label string, count int, known func(int) (value, label string), chosen func(int)) {
	filter := admin.Filter{Name: name, Label: label, Options: []ui.Option{{Label: "Any"}}}
	for i := range count {
		value, text := known(i)
		selected := l.values.Get(name) == value
		filter.Options = append(filter.Options, ui.Option{Value: value, Label: text, Selected: selected})
		if selected {
			l.Chips = append(l.Chips, ui.Chip{Label: label + ": " + text, RemoveURL: l.without(name)})
			chosen(i)
		}
	}
	l.Filters = append(l.Filters, filter)
}

// words adds a filter that is typed; chosen is told what it holds.
func (l *list) words(name, label string, chosen func(string)) {
	value := strings.TrimSpace(l.values.Get(name))
	l.Filters = append(l.Filters, admin.Filter{Name: name, Label: label, Value: value})
	if value != "" {
		l.Chips = append(l.Chips, ui.Chip{Label: label + ": " + value, RemoveURL: l.without(name)})
		chosen(value)
	}
}

// finish adds the ways on: older rows by their token, and back to the newest.
func (l *list) finish(next string) admin.List {
	for _, size := range sizes {
		l.Sizes = append(l.Sizes, ui.Link{Label: strconv.Itoa(size), URL: l.with("size", strconv.Itoa(size)), Current: int(l.size) == size})
	}
	if next != "" {
		values := l.copy("page")
		values.Set("page", next)
		l.OlderURL = l.Action + "?" + values.Encode()
	}
	if l.values.Get("page") != "" {
		l.NewerURL = l.without("page")
	}
	return l.List
}

// mostCounted is where most services stop counting.
const mostCounted = 10_000

// total says how many rows there are on all pages.
func total(n int32, one, many string) string {
	return totalOf(n, n >= mostCounted, one, many)
}

// totalOf says how many rows there are on all pages; more, that they are not all.
func totalOf(n int32, more bool, one, many string) string {
	if more {
		return count(int64(n)) + " " + many + " or more"
	}
	return plural(int64(n), one, many)
}

// narrowed is an address with what narrows this list, and nothing of the place in it.
func (l *list) narrowed(path string) string { return address(path, l.copy("page", "size")) }

func (l *list) copy(leftOut ...string) url.Values {
	values := url.Values{}
	for name, value := range l.values {
		if !slices.Contains(leftOut, name) {
			values[name] = value
		}
	}
	return values
}

// without is the list without a parameter, from its first page.
func (l *list) without(name string) string { return address(l.Action, l.copy(name, "page")) }

func (l *list) with(name, value string) string {
	values := l.copy(name, "page")
	values.Set(name, value)
	return address(l.Action, values)
}

func address(path string, values url.Values) string {
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}
