package product

import (
	"fmt"
	"slices"
	"strings"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// problems are what is wrong with a product, a category, a collection or a price list, field by field. All of it is told at once.
type problems struct {
	list     []*productv1.FieldProblem
	freeSlug string
	exists   bool // the product is there under the same key
}

func problem(field, text string) *productv1.FieldProblem {
	return &productv1.FieldProblem{Field: field, Text: text}
}

func (p *problems) add(field, text string) { p.list = append(p.list, problem(field, text)) }

// err names all problems, with a detail for pages and programs; nil when there are none.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b *productv1.FieldProblem) int { return rank(a.GetField()) - rank(b.GetField()) })
	const told = 20
	var texts []string
	for _, one := range p.list[:min(told, len(p.list))] {
		texts = append(texts, one.GetField()+": "+one.GetText())
	}
	if more := len(p.list) - told; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	if p.exists {
		return rpc.AlreadyExists(strings.Join(texts, "; "))
	}
	return rpc.InvalidArgument(strings.Join(texts, "; "), &productv1.ProductProblems{Problems: p.list, FreeSlug: p.freeSlug})
}

// refused is an error about one field.
func refused(one *productv1.FieldProblem) error {
	return (&problems{list: []*productv1.FieldProblem{one}}).err()
}

// rank is where a field's product field stands among the editable ones.
func rank(field string) int { return slices.Index(editable, topField(field)) }

func topField(field string) string {
	if end := strings.IndexAny(field, "[."); end >= 0 {
		return field[:end]
	}
	return field
}

// mask notes the paths of an update mask that name none of the fields.
func (p *problems) mask(paths, fields []string) {
	for _, path := range paths {
		if !slices.Contains(fields, path) {
			p.add("update_mask", fmt.Sprintf("%.100q cannot be changed; these can: %s", path, strings.Join(fields, ", ")))
		}
	}
}

// text reads a text as its reader cleans it, and notes why it cannot be used.
func (p *problems) text(field string, read func(string, int) (string, string), limit int, into *string) {
	text, reason := read(*into, limit)
	if reason != "" {
		p.add(field, reason)
		return
	}
	*into = text
}

func (p *problems) line(field string, limit int, into *string) { p.text(field, feed.Line, limit, into) }

func (p *problems) price(field string, price *typev1.Money, currency string) {
	switch {
	case price.GetCurrencyCode() != currency:
		p.add(field, "is not in "+currency+", the shop's currency; others belong in price lists")
	case price.GetAmountMinor() < 0:
		p.add(field, "is negative")
	case price.GetAmountMinor() > feed.MaxPrice:
		p.add(field, "is too large for a price")
	}
}
