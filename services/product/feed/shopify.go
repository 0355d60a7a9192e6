package feed

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// shopify reads Shopify's product CSV. Rows with one handle are one product: its first row holds what the product is, each row
// a variant, a picture, or both.
type shopify struct {
	cfg    Config
	rec    *records
	layout *layout
	seen   *seen
	open   *group // the product whose rows are being read
	ready  []Item // to be returned before reading on
	end    error
}

// group collects the rows of one handle that stand together.
type group struct {
	build
	rows      []int64
	titled    bool // a row with a title was found
	positions []int
	overflow  bool
}

func openShopify(w *window, cfg Config) (*shopify, error) {
	if _, err := w.at(0); err != nil {
		return nil, err
	}
	header, _, _ := bytes.Cut(w.rest(), []byte("\n"))
	if bytes.IndexByte(header, 0) >= 0 {
		return nil, unreadable("This is not a text file. Hand in Shopify's product CSV or a JSON array of products.")
	}
	s := &shopify{cfg: cfg, rec: &records{w: w, comma: separator(header)}, seen: newSeen()}
	if err := s.rec.next(); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, unreadable("The file is empty.")
		}
		return nil, err
	}
	if s.rec.broken != "" {
		return nil, unreadable("The header row %s.", s.rec.broken)
	}
	var err error
	s.layout, err = readLayout(s.rec)
	return s, err
}

func (s *shopify) rows() int64 { return max(s.rec.row-1, 0) }

func (s *shopify) next() (Item, error) {
	for len(s.ready) == 0 {
		if s.end != nil {
			return Item{}, s.end
		}
		switch err := s.rec.next(); {
		case err == nil:
			if s.rows() > s.cfg.MaxRows {
				return Item{}, unreadable("The file has more than %d rows. Split it into several files.", s.cfg.MaxRows)
			}
			s.row()
		case errors.Is(err, io.EOF):
			s.close()
			s.end = io.EOF
		case errors.Is(err, errDamage):
			if s.open != nil {
				s.open.p.Incomplete = true // its further rows are lost
			}
			s.close()
			s.refuse(s.rec.row, "", "", "is where the compressed file breaks off; what stands before it was taken. Compress the file again.", "")
			s.end = io.EOF
		default:
			return Item{}, err
		}
	}
	item := s.ready[0]
	s.ready = s.ready[1:]
	return item, nil
}

// row sorts the record just read into its group.
func (s *shopify) row() {
	key, reason := line(s.cell(colHandle), maxKey)
	switch {
	case s.rec.broken != "":
		reason = s.rec.broken
	case len(s.rec.fields) < s.layout.width:
		reason = "has " + strconv.Itoa(len(s.rec.fields)) + " cells where the header has " + strconv.Itoa(s.layout.width) + ": a separator or a quote is missing"
	case len(s.rec.fields) > s.layout.width && !s.rec.blank(s.layout.width):
		reason = "has " + strconv.Itoa(len(s.rec.fields)) + " cells where the header has " + strconv.Itoa(s.layout.width) + ": put quotes around cells that hold separators"
	case reason != "":
		s.loose(s.layout.names[colHandle], s.cell(colHandle), reason, "")
		return
	case key == "":
		s.loose(s.layout.names[colHandle], "", "is missing: without it nobody knows which product the row belongs to", "")
		return
	default:
		s.add(key)
		return
	}
	s.loose("", s.firstLine(), "This row "+reason+".", key)
}

// firstLine shows what a broken row begins with.
func (s *shopify) firstLine() string {
	text, _, _ := bytes.Cut(s.rec.w.rest()[:s.rec.size], []byte("\n"))
	return string(bytes.TrimSuffix(text, []byte("\r")))
}

// loose refuses a row that belongs to no group, or spoils the group it seems to belong to.
func (s *shopify) loose(column, value, reason, key string) {
	if s.open != nil && (key == s.open.p.Key || key == "") {
		s.open.p.Incomplete = true
	}
	s.refuse(s.rec.row, column, value, reason, key)
}

func (s *shopify) refuse(row int64, column, value, reason, key string) {
	s.ready = append(s.ready, Item{Refusals: []Refusal{{Row: row, Column: column, Value: value, Reason: reason, Key: key}}})
}

func (s *shopify) cell(c column) string { return s.rec.cell(s.layout.at[c]) }

// add takes a row that is whole.
func (s *shopify) add(key string) {
	if s.open == nil || s.open.p.Key != key {
		s.close()
		s.open = &group{build: build{cfg: s.cfg, seen: s.seen, sku: s.layout.names[colSKU], p: Product{Key: key, Row: s.rec.row}}}
		s.open.p.Continues = s.seen.keyRow(key, s.rec.row)
	}
	g := s.open
	if len(g.rows) >= maxGroupRows {
		if !g.overflow {
			g.overflow = true
			g.refuseProduct(g.p.Row, s.layout.names[colHandle], key, "has more than "+strconv.Itoa(maxGroupRows)+" rows; split the product")
			s.flush()
		}
		s.refuse(s.rec.row, "", "", "This row was not taken: its product has too many.", key)
		return
	}
	g.rows = append(g.rows, s.rec.row)
	if !g.titled && s.cell(colTitle) != "" {
		g.titled = true
		if g.p.Continues == 0 {
			s.product(g)
		}
	}
	s.picture(g)
	s.variant(g)
}

// product reads the cells that only the first row has.
func (s *shopify) product(g *group) {
	p, row := &g.p, s.rec.row
	text := func(c column, read func(string, int) (string, string), limit int) string {
		value, reason := read(s.cell(c), limit)
		if reason != "" {
			g.refuseProduct(row, s.layout.names[c], s.cell(c), reason)
		}
		return value
	}
	p.Name = text(colTitle, title, maxName)
	p.Description = text(colBody, paragraphs, maxDescription)
	p.Brand = text(colVendor, title, maxBrand)
	p.Slug, p.SlugGiven = Slug(p.Key, maxSlug), true
	kind := text(colType, title, maxCategory)
	if path := text(colCategory, title, maxDepth*(maxCategory+3)); path != "" {
		g.category(row, s.layout.names[colCategory], strings.Split(path, ">"))
		if kind != "" {
			p.Attributes = append(p.Attributes, Attribute{Name: s.layout.names[colType], Value: kind})
		}
	} else if kind != "" {
		g.category(row, s.layout.names[colType], []string{kind})
	}
	if tags := s.cell(colTags); tags != "" {
		g.tags(row, s.layout.names[colTags], strings.Split(tags, ","))
	}
	var reason string
	if p.State, reason = state(s.cell(colStatus)); reason != "" {
		g.refuseProduct(row, s.layout.names[colStatus], s.cell(colStatus), reason)
	}
	switch published := strings.ToLower(s.cell(colPublished)); {
	case published == "false" && p.State == Active:
		p.State = Draft
	case published != "true" && published != "false" && published != "":
		g.refuseProduct(row, s.layout.names[colPublished], published, "is neither true nor false")
	}
	for _, column := range s.layout.attributes {
		g.attribute(row, column.name, s.rec.cell(column.at))
	}
	for i, c := range []column{colOption1Name, colOption2Name, colOption3Name} {
		name, reason := line(s.cell(c), maxOptionName)
		switch {
		case reason != "":
			g.refuseProduct(row, s.layout.names[c], s.cell(c), reason)
		case i == 0 && name == "Title" && (s.cell(colOption1Value) == "Default Title" || s.cell(colOption1Value) == ""):
			return // Shopify's way to say that there are no options
		case name == "" && s.cell(c+1) != "":
			g.refuseProduct(row, s.layout.names[c], "", "is missing, but "+s.layout.names[c+1]+" is filled")
		case name != "" && len(p.Options) < i:
			g.refuseProduct(row, s.layout.names[c-2], "", "is missing, but "+s.layout.names[c]+" is filled")
		case name != "":
			p.Options = append(p.Options, Option{Name: name})
		}
	}
}

// picture reads a row's image.
func (s *shopify) picture(g *group) {
	raw := s.cell(colImage)
	if raw == "" {
		return
	}
	position := 0
	if text := s.cell(colPosition); text != "" {
		n, reason := count(text)
		if reason != "" {
			g.p.Incomplete = true
			g.refuse(s.rec.row, s.layout.names[colPosition], text, reason+"; the picture was left out")
			return
		}
		position = int(n)
	}
	if g.image(s.rec.row, s.layout.names[colImage], raw, s.layout.names[colAlt], s.cell(colAlt)) {
		g.positions = append(g.positions, position)
	}
}

// variant reads a row's variant. A row without a price, code or option value is none.
func (s *shopify) variant(g *group) {
	values := []string{s.cell(colOption1Value), s.cell(colOption2Value), s.cell(colOption3Value)}
	if s.cell(colPrice) == "" && s.cell(colSKU) == "" && s.cell(colBarcode) == "" && strings.Join(values, "") == "" {
		if s.cell(colImage) == "" && s.cell(colTitle) == "" {
			g.p.Incomplete = true
			g.refuse(s.rec.row, "", "", "This row has neither a title nor a price nor a picture.")
		}
		return
	}
	row := s.rec.row
	v := Variant{Row: row}
	bad := false
	refuse := func(c column, reason string) {
		if reason != "" {
			bad = true
			g.refuseVariant(row, s.layout.names[c], s.cell(c), reason)
		}
	}
	for i, value := range values {
		text, reason := line(value, maxOptionValue)
		values[i] = text
		refuse(colOption1Value+column(2*i), reason)
	}
	v.OptionValues = values
	var reason string
	v.SKU, reason = code(s.cell(colSKU), maxSKU)
	refuse(colSKU, reason)
	v.GTIN, reason = gtin(s.cell(colBarcode))
	refuse(colBarcode, reason)
	v.Price, reason = price(s.cell(colPrice), s.cfg.Currency)
	refuse(colPrice, reason)
	if s.cell(colCompareAt) != "" {
		v.CompareAt, reason = price(s.cell(colCompareAt), s.cfg.Currency)
		refuse(colCompareAt, reason)
	}
	if s.cell(colGrams) != "" {
		v.WeightGrams, reason = grams(s.cell(colGrams))
		refuse(colGrams, reason)
	}
	switch policy := strings.ToLower(s.cell(colPolicy)); policy {
	case "continue", "true", "yes":
		v.Stock.Backorder = true
	case "deny", "false", "no", "":
	default:
		refuse(colPolicy, "is neither deny nor continue")
	}
	if s.layout.at[colTracker] >= 0 && s.cell(colTracker) == "" {
		v.Stock = Stock{Backorder: true} // not tracked: Shopify sells it for ever
	} else if s.cell(colQuantity) != "" {
		v.Stock.OnHand, reason = count(s.cell(colQuantity))
		v.Stock.Known = true
		refuse(colQuantity, reason)
	}
	if raw := s.cell(colVariantImage); raw != "" {
		v.Image, reason = source(raw, s.cfg.ImageBase)
		refuse(colVariantImage, reason)
	}
	if !bad {
		g.p.Variants = append(g.p.Variants, v)
	}
}

// close finishes the open group.
func (s *shopify) close() {
	if s.open != nil && !s.open.overflow {
		s.flush()
	}
	s.open = nil
}

func (s *shopify) flush() {
	g := s.open
	p := &g.p
	g.orderImages()
	if p.Continues == 0 && !g.titled {
		g.refuseProduct(p.Row, s.layout.names[colTitle], "", "is missing in every row of this product")
	}
	if !g.dead {
		if p.Continues == 0 {
			g.finish()
		} else {
			g.claimSKUs()
		}
	}
	if g.dead {
		g.refuseRest(g.rows)
	}
	s.ready = append(s.ready, g.item())
}

// orderImages puts pictures in the order of their positions; those without one stay where they are.
func (g *group) orderImages() {
	if len(g.positions) != len(g.p.Images) || slices.Contains(g.positions, 0) {
		return
	}
	order := make([]int, len(g.positions))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return g.positions[a] - g.positions[b] })
	images := make([]Image, len(order))
	for to, from := range order {
		images[to] = g.p.Images[from]
	}
	g.p.Images = images
}
