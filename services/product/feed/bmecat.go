package feed

import (
	"cmp"
	"errors"
	"io"
	"strings"
)

// bmecat reads BMEcat 1.2 and 2005, in which suppliers of industry and trade send catalogues. 1.2 says ARTICLE where 2005 says
// PRODUCT, which is nearly all that differs for us; the names are told apart by what they end with.
//
// Catalogue groups stand before the products and are kept, as far as they are not endless. Which product is in which group is
// told after the products: such lines are handed out as further parts of products, for Join to put together.
type bmecat struct {
	cfg    Config
	file   *xmlFile
	seen   *seen
	header bmeHeader
	prices bool // the file brings prices alone
	groups bmeGroups
	part   *Product // what the lines read last add to one product
	number int64
	ready  []Item
	end    error
}

// bmeHeader is what a file says of everything in it.
type bmeHeader struct {
	language string // of texts that name none, as BCP 47
	currency string
	pictures string // what picture addresses begin with
}

var bmeRecords = map[string]bool{
	"HEADER": true, "CATALOG_STRUCTURE": true, "ARTICLE": true, "PRODUCT": true,
	"ARTICLE_TO_CATALOGGROUP_MAP": true, "PRODUCT_TO_CATALOGGROUP_MAP": true,
}

func openBMEcat(file *xmlFile, cfg Config) *bmecat {
	file.records = bmeRecords
	return &bmecat{cfg: cfg, file: file, seen: newSeen(), groups: newBMEGroups(), header: bmeHeader{currency: cfg.Currency}}
}

func (c *bmecat) format() Format { return BMEcat }

func (c *bmecat) read() int64 { return c.number }

func (c *bmecat) next() (Item, error) {
	for len(c.ready) == 0 {
		if c.end != nil {
			return Item{}, c.end
		}
		event, err := c.file.next()
		switch {
		case err == nil:
			c.event(event)
			if c.number > c.cfg.MaxRows {
				c.end = unreadable("The file has more than %d products and links to groups. Split it into several files.", c.cfg.MaxRows)
			}
		case errors.Is(err, errDamage):
			c.flush()
			c.refuse("", "The file breaks off here. What stands before was taken.")
			c.end = io.EOF
		case errors.Is(err, errTrailing):
			c.flush()
			c.refuse("", "There is more after the end of the file's outermost element. What stands before it was taken.")
			c.end = io.EOF
		default:
			if errors.Is(err, io.EOF) {
				c.flush()
			}
			c.end = err
		}
	}
	item := c.ready[0]
	c.ready = c.ready[1:]
	return item, nil
}

// refuse names something that is not part of a product. It counts as a record, so that no two refusals stand in one row.
func (c *bmecat) refuse(value, reason string) {
	c.number++
	c.ready = append(c.ready, Item{Refusals: []Refusal{{Row: c.number, Value: value, Reason: reason}}})
}

func (c *bmecat) event(event xmlEvent) {
	switch event.kind {
	case xmlBroken:
		c.refuse("", event.reason)
		return
	case xmlOpened:
		c.prices = c.prices || event.name == "T_UPDATE_PRICES"
		return
	case xmlClosed:
		return
	}
	record, reason := c.file.parse(event)
	if reason != "" {
		c.refuse(string(event.raw[:min(len(event.raw), 4*maxValue)]), reason)
		return
	}
	switch record.name {
	case "HEADER":
		c.readHeader(record)
	case "CATALOG_STRUCTURE":
		if reason := c.groups.add(record, c.language()); reason != "" {
			c.refuse(record.child("GROUP_ID").text(), reason)
		}
	case "ARTICLE", "PRODUCT":
		c.flush()
		c.number++
		if c.prices {
			c.ready = append(c.ready, c.offer(record))
		} else {
			c.ready = append(c.ready, c.product(record))
		}
	default:
		c.link(record)
	}
}

func (c *bmecat) readHeader(header *element) {
	catalog := header.child("CATALOG")
	languages := catalog.all("LANGUAGE")
	for i, language := range languages {
		if i == 0 || language.attr("default") == "true" {
			c.header.language = languageOf(language.text())
		}
	}
	c.header.currency = cmp.Or(strings.ToUpper(catalog.child("CURRENCY").text()), c.header.currency)
	c.header.pictures = catalog.child("MIME_ROOT").text()
}

// language returns the language of the shop's own texts: the one that was asked for, or else the file's own.
func (c *bmecat) language() string { return cmp.Or(c.cfg.Locale, c.header.language) }

// link takes a line that puts a product into a group.
func (c *bmecat) link(line *element) {
	key, _ := code(line.child("PROD_ID", "ART_ID").text(), maxKey)
	group := line.child("CATALOG_GROUP_ID").text()
	first, found := c.seen.rowOf(key)
	path, reason := c.groups.path(group)
	switch {
	case key == "":
		c.refuse(group, "This line puts a product into a group and does not name the product.")
		return
	case reason != "":
		c.refuse(group, reason)
		return
	case !found && !c.groups.wait(key, group):
		c.refuse(key, "Too many lines put products into groups before the products stand in the file. Move them after the products.")
		return
	case !found:
		return // the product may follow
	}
	c.number++
	if c.part == nil || c.part.Key != key {
		c.flush()
		c.part = &Product{Row: c.number, Continues: first, Key: key, State: Active}
	}
	c.part.Categories = append(c.part.Categories, path)
}

// flush hands out the part that is complete.
func (c *bmecat) flush() {
	if c.part == nil {
		return
	}
	b := &build{cfg: c.cfg, p: Product{Row: c.part.Row, Continues: c.part.Continues, Key: c.part.Key, State: Active}}
	for _, path := range c.part.Categories {
		b.category(c.part.Row, "CATALOG_GROUP_ID", path)
	}
	c.part = nil
	c.ready = append(c.ready, b.item())
}
