package feed

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// GoogleConfig says how a shop's products are shown to Google Merchant Center.
type GoogleConfig struct {
	Title string // of the shop
	// Shop is the storefront's address; Products is what stands before a product's slug, "https://shop.example/products/".
	Shop, Products string
	// Images is put before picture addresses that are relative. Without it such pictures are left out.
	Images string
	// Currency is the shop's; In is that of the feed, where it is another: variants without a price in it are left out.
	Currency, In string
	// Locale takes names, descriptions and slugs from this translation, where there is one.
	Locale string
	// Backorders is when goods arrive that are sold while none is left. Google wants a date for them; without one they are out of stock.
	Backorders time.Time
}

// What Google's product data specification allows.
const (
	maxGoogleCode        = 50
	maxGoogleTitle       = 150
	maxGoogleDescription = 5000
	maxGoogleLink        = 2000
	maxGoogleImages      = 10 // beside the main one
	maxGoogleBrand       = 70
	maxGoogleMPN         = 70
	maxGoogleType        = 750
	maxGoogleOption      = 100
	maxGoogleDetail      = 140
	maxGoogleDetailValue = 1000
	maxGoogleDetails     = 100
)

// GoogleFeed writes the feed of Google Merchant Center: RSS 2.0 with one item per variant. Facebook and others read the same.
type GoogleFeed struct {
	cfg     GoogleConfig
	to      *bufio.Writer
	err     error // of the head
	leftOut int64
}

// NewGoogleFeed begins a feed.
func NewGoogleFeed(to io.Writer, cfg GoogleConfig) *GoogleFeed {
	cfg.In = cmp.Or(cfg.In, cfg.Currency)
	g := &GoogleFeed{cfg: cfg, to: bufio.NewWriterSize(to, 32<<10)}
	_, g.err = io.WriteString(g.to, xml.Header+`<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">`+"\n<channel>\n")
	g.tag("title", cfg.Title)
	g.tag("link", cfg.Shop)
	g.tag("description", cfg.Title)
	return g
}

// LeftOut is how many variants Google would refuse and so were not written: those without a picture or a price in the feed's currency.
func (g *GoogleFeed) LeftOut() int64 { return g.leftOut }

// Write adds the product's variants. Shoppers do not see drafts and archived products, so neither does Google.
func (g *GoogleFeed) Write(p *Product) error {
	if p.State != Active {
		return g.err
	}
	text := g.text(p)
	for i := range p.Variants {
		g.item(p, &p.Variants[i], text)
	}
	return g.err
}

// Close ends the feed.
func (g *GoogleFeed) Close() error {
	if g.err == nil {
		_, g.err = io.WriteString(g.to, "</channel>\n</rss>\n")
	}
	return cmp.Or(g.err, g.to.Flush())
}

// tag writes one element; empty ones are left out.
func (g *GoogleFeed) tag(name, text string) {
	if text == "" || g.err != nil {
		return
	}
	_, _ = g.to.WriteString("<" + name + ">") // kept by the writer until it is flushed
	g.err = xml.EscapeText(g.to, []byte(text))
	_, _ = g.to.WriteString("</" + name + ">\n")
}

// text is what the feed says of a product, in its language.
func (g *GoogleFeed) text(p *Product) Translation {
	t := Translation{Name: p.Name, Description: p.Description, Slug: p.Slug}
	for _, other := range p.Translations {
		if g.cfg.Locale != "" && strings.EqualFold(other.Locale, g.cfg.Locale) {
			t.Name, t.Description, t.Slug = cmp.Or(other.Name, t.Name), cmp.Or(other.Description, t.Description), cmp.Or(other.Slug, t.Slug)
		}
	}
	return t
}

func (g *GoogleFeed) item(p *Product, v *Variant, text Translation) {
	price, former, priced := g.price(v)
	pictures := g.pictures(p, v)
	link := g.cfg.Products + url.PathEscape(text.Slug)
	if v.SKU != "" && len(p.Variants) > 1 {
		link += "?variant=" + url.QueryEscape(v.SKU)
	}
	if !priced || len(pictures) == 0 || len(link) > maxGoogleLink {
		g.leftOut++
		return
	}
	_, _ = g.to.WriteString("<item>\n")
	g.tag("g:id", googleID(p, v))
	g.tag("title", cutText(strings.Join(append([]string{text.Name}, v.OptionValues...), " – "), maxGoogleTitle))
	g.tag("description", cutText(cmp.Or(text.Description, text.Name), maxGoogleDescription))
	g.tag("link", link)
	for i, picture := range pictures {
		g.tag([]string{"g:image_link", "g:additional_image_link"}[min(i, 1)], picture)
	}
	g.availability(v)
	g.tag("g:price", cmp.Or(former, price))
	if former != "" {
		g.tag("g:sale_price", price)
	}
	g.tag("g:condition", "new")
	g.identity(p, v)
	if len(p.Variants) > 1 {
		g.tag("g:item_group_id", cutCode(p.Key, maxGoogleCode))
		g.tag("g:item_group_title", cutText(text.Name, maxGoogleTitle)) // without it our own reader would call the product by its first variant
	}
	for _, path := range p.Categories {
		g.tag("g:product_type", cutText(strings.Join(path, " > "), maxGoogleType))
	}
	if v.WeightGrams > 0 {
		g.tag("g:shipping_weight", fmt.Sprintf("%d g", v.WeightGrams))
	}
	g.details(p, v)
	_, _ = g.to.WriteString("</item>\n")
}

// price is what a single unit costs, and what it cost before where it is reduced.
func (g *GoogleFeed) price(v *Variant) (price, former string, priced bool) {
	in := g.cfg.In
	minor, compareAt, found := v.Price, v.CompareAt, in == g.cfg.Currency
	for _, other := range v.Prices {
		if !found && other.Currency == in && other.MinQuantity <= 1 {
			minor, compareAt, found = other.Minor, other.CompareAt, true
		}
	}
	if !found {
		return "", "", false
	}
	if compareAt > minor {
		former = money.Amount{Minor: compareAt, Currency: in}.String()
	}
	return money.Amount{Minor: minor, Currency: in}.String(), former, true
}

// pictures are a variant's picture and then the product's.
func (g *GoogleFeed) pictures(p *Product, v *Variant) []string {
	var list []string
	add := func(source string) {
		if !strings.HasPrefix(source, "https://") && !strings.HasPrefix(source, "http://") {
			if g.cfg.Images == "" || source == "" {
				return
			}
			source = g.cfg.Images + strings.TrimPrefix(source, "/")
		}
		if len(list) <= maxGoogleImages && len(source) <= maxGoogleLink {
			list = append(list, source)
		}
	}
	add(v.Image)
	for _, image := range p.Images {
		if image.Source != v.Image {
			add(image.Source)
		}
	}
	return list
}

func (g *GoogleFeed) availability(v *Variant) {
	switch {
	case !v.Stock.Known || v.Stock.OnHand > 0:
		g.tag("g:availability", "in_stock")
	case v.Stock.Backorder && !g.cfg.Backorders.IsZero():
		g.tag("g:availability", "backorder")
		g.tag("g:availability_date", g.cfg.Backorders.UTC().Format("2006-01-02T15:04Z"))
	default:
		g.tag("g:availability", "out_of_stock")
	}
}

// identity is what tells the goods from all others. Where neither a GTIN nor brand and part number do, Google wants to be told.
func (g *GoogleFeed) identity(p *Product, v *Variant) {
	g.tag("g:brand", cutText(p.Brand, maxGoogleBrand))
	g.tag("g:gtin", barcode(v.GTIN))
	g.tag("g:mpn", cutCode(v.MPN, maxGoogleMPN))
	if v.GTIN == "" && (v.MPN == "" || p.Brand == "") {
		g.tag("g:identifier_exists", "no")
	}
}

// details writes options and attributes: those that Google has a name for under it, the others as details.
func (g *GoogleFeed) details(p *Product, v *Variant) {
	lines := make([]Attribute, 0, len(p.Options)+len(p.Attributes))
	for i, option := range p.Options {
		lines = append(lines, Attribute{option.Name, v.OptionValues[i]})
	}
	lines = append(lines, p.Attributes...)
	named, written := map[string]bool{}, 0
	for _, line := range lines {
		if name := traitOf(line.Name); name != "" && !named[name] {
			named[name] = true
			g.tag("g:"+name, cutText(line.Value, maxGoogleOption))
			continue
		}
		if written == maxGoogleDetails {
			continue
		}
		written++
		_, _ = g.to.WriteString("<g:product_detail>\n")
		g.tag("g:attribute_name", cutText(line.Name, maxGoogleDetail))
		g.tag("g:attribute_value", cutText(line.Value, maxGoogleDetailValue))
		_, _ = g.to.WriteString("</g:product_detail>\n")
	}
}

// googleID names a variant: by its SKU, else by the product's key and its option values. It stays when others come or go.
func googleID(p *Product, v *Variant) string {
	id := v.SKU
	if id == "" {
		id = p.Key
		if len(v.OptionValues) > 0 {
			sum := sha256.Sum256([]byte(strings.Join(v.OptionValues, "\x00")))
			id += "-" + hex.EncodeToString(sum[:4])
		}
	}
	return cutCode(id, maxGoogleCode)
}
