package feed

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
)

// hashVersion changes when the same file shall be applied anew, because it is understood in another way.
const hashVersion = 2

// Hashes tell whether a product is as a feed last described it. Content leaves stock out: a feed that changes only counts
// changes no product.
type Hashes struct {
	Content []byte // 16 bytes
	Stock   []byte // 16 bytes
}

// Hash sums up a finished product.
func Hash(p *Product) Hashes {
	content, stock := digest{sha256.New()}, digest{sha256.New()}
	content.number(hashVersion)
	content.flag(p.Incomplete)
	// An address that the product would have anyway is not asked for: a file need not say it again.
	asked := p.SlugGiven && p.Slug != DerivedSlug(p.Name, p.Key)
	content.flag(asked)
	if asked {
		content.text(p.Slug)
	}
	content.text(p.Name)
	content.text(p.Description)
	content.text(p.Brand)
	content.text(string(p.State))
	content.text(p.Type)
	content.text(p.SEOTitle)
	content.text(p.SEODescription)
	content.texts(p.Related)
	content.number(int64(len(p.Translations)))
	for _, t := range p.Translations {
		content.texts([]string{t.Locale, t.Name, t.Description, t.Slug, t.SEOTitle, t.SEODescription})
	}
	content.number(int64(len(p.Attributes)))
	for _, a := range p.Attributes {
		content.text(a.Name)
		content.text(a.Value)
	}
	content.number(int64(len(p.Options)))
	for _, o := range p.Options {
		content.text(o.Name)
		content.texts(o.Values)
	}
	content.texts(p.Tags)
	content.number(int64(len(p.Categories)))
	for _, path := range p.Categories {
		content.texts(path)
	}
	content.number(int64(len(p.Variants)))
	for _, v := range p.Variants {
		content.variant(v)
		stock.texts(v.OptionValues)
		stock.flag(v.Stock.Known)
		stock.number(v.Stock.OnHand)
		stock.flag(v.Stock.Backorder)
	}
	content.number(int64(len(p.Images)))
	for _, i := range p.Images {
		content.text(i.Source)
		content.text(i.Alt)
	}
	if p.TaxClass != "" { // a file that says nothing of it stays what it was
		content.text(p.TaxClass)
	}
	return Hashes{Content: content.Sum(nil)[:16], Stock: stock.Sum(nil)[:16]}
}

// digest writes values so that no two lists of them look the same.
type digest struct{ hash.Hash }

// variant writes what a variant is, without how many of it there are.
func (d digest) variant(v Variant) {
	d.text(v.SKU)
	d.text(v.GTIN)
	d.texts(v.OptionValues)
	d.number(v.Price)
	d.number(v.CompareAt)
	d.number(int64(v.WeightGrams))
	d.text(v.Image)
	d.text(v.MPN)
	d.number(0) // of further prices, which no import stores
}

func (d digest) number(n int64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	_, _ = d.Write(b[:]) // a hash takes everything
}

func (d digest) flag(b bool) {
	if b {
		d.number(1)
	} else {
		d.number(0)
	}
}

func (d digest) text(s string) {
	d.number(int64(len(s)))
	_, _ = io.WriteString(d, s)
}

func (d digest) texts(list []string) {
	d.number(int64(len(list)))
	for _, s := range list {
		d.text(s)
	}
}
