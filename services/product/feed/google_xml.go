package feed

import (
	"errors"
	"io"
	"strings"
)

// googleXML reads the items of RSS and Atom files.
type googleXML struct {
	google
	file   *xmlFile
	number int64
	ready  []Item // to be returned before reading on
	end    error
}

func openGoogleXML(file *xmlFile, cfg Config) *googleXML {
	file.records = map[string]bool{"item": true, "entry": true}
	x := &googleXML{file: file, google: google{cfg: cfg, seen: newSeen()}}
	x.emit = func(item Item) { x.ready = append(x.ready, item) }
	return x
}

func (x *googleXML) format() Format { return GoogleXML }

func (x *googleXML) read() int64 { return x.number }

func (x *googleXML) next() (Item, error) {
	for len(x.ready) == 0 {
		if x.end != nil {
			return Item{}, x.end
		}
		event, err := x.file.next()
		switch {
		case err == nil:
			x.event(event)
			if x.number > x.cfg.MaxRows {
				x.end = unreadable("The file has more than %d items. Split it into several files.", x.cfg.MaxRows)
			}
		case errors.Is(err, errDamage):
			x.lose() // its further items
			x.close()
			x.refuse(x.number+1, "", "", "The file breaks off in this item. The items before it were taken.", "")
			x.end = io.EOF
		case errors.Is(err, errTrailing):
			x.close()
			x.refuse(x.number+1, "", "", "There is more after the end of the file's outermost element. What stands before it was taken.", "")
			x.end = io.EOF
		default:
			if errors.Is(err, io.EOF) {
				x.close()
			}
			x.end = err
		}
	}
	item := x.ready[0]
	x.ready = x.ready[1:]
	return item, nil
}

func (x *googleXML) event(event xmlEvent) {
	switch event.kind {
	case xmlBroken:
		x.number++
		x.lose()
		x.refuse(x.number, "", "", event.reason, "")
	case xmlRecord:
		x.number++
		root, reason := x.file.parse(event)
		if reason != "" {
			x.lose()
			x.refuse(x.number, "", string(event.raw[:min(len(event.raw), 4*maxValue)]), reason, "")
			return
		}
		x.take(googleElements(root, x.number))
	}
}

// googleSpaces are the name spaces whose attributes are read: Google's, and those of the formats around it. An attribute in another,
// such as a shop's own "c:size", says something else.
var googleSpaces = map[string]int{
	"http://base.google.com/ns/1.0": 2, "https://base.google.com/ns/1.0": 2, "g": 2, // the prefix, where nobody says what it stands for
	"": 1, "http://www.w3.org/2005/Atom": 1, "http://purl.org/rss/1.0/": 1, "http://backend.userland.com/rss2": 1,
}

// googleElements reads an item's elements. Google's own attributes come before others of the same name: an entry of Atom has an "id" too,
// which is an address.
func googleElements(root *element, row int64) *googleItem {
	item := &googleItem{row: row}
	for rank := 2; rank > 0; rank-- {
		for _, e := range root.children {
			if googleSpaces[e.space] != rank {
				continue
			}
			field := googleField{name: googleName(e.name)}
			if len(e.children) > 0 && strings.TrimSpace(e.words.String()) == "" && googleNests[field.name] {
				field.parts = map[string]string{}
				for _, part := range e.children {
					field.parts[googleName(part.name)] = part.text()
				}
			} else {
				field.value = e.text()
			}
			item.fields = append(item.fields, field)
		}
	}
	return item
}
