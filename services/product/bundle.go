package product

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

const (
	// bundleParts is the field of a variant that makes it a bundle.
	bundleParts = "bundle_parts"
	// maxParts is how many different variants a bundle is made of at most, and maxPartUnits how many of each.
	maxParts     = 20
	maxPartUnits = 99
)

// partRow is a part of a bundle as LoadProducts and KeepProducts write it. What describes it is null when the variant is gone.
type partRow struct {
	Variant      string
	Quantity     int32
	SKU          string
	Name         string
	OptionValues []string `json:"values"`
	Product      string
	State        string
}

func toParts(rows []partRow) []*productv1.BundlePart {
	var parts []*productv1.BundlePart
	for _, row := range rows {
		parts = append(parts, &productv1.BundlePart{
			VariantId: row.Variant, Quantity: row.Quantity, ProductId: row.Product, ProductName: row.Name,
			VariantName: strings.Join(row.OptionValues, " / "), Sku: row.SKU, ForSale: sold(row.State),
		})
	}
	return parts
}

// sold says whether products in a state are for sale.
func sold(state string) bool { return states[state] == productv1.ProductState_PRODUCT_STATE_ACTIVE }

// bareParts are parts without what is only told of them.
func bareParts(parts []*productv1.BundlePart) []*productv1.BundlePart {
	var bare []*productv1.BundlePart
	for _, part := range parts {
		bare = append(bare, &productv1.BundlePart{VariantId: part.GetVariantId(), Quantity: part.GetQuantity()})
	}
	return bare
}

func sameParts(a, b []*productv1.BundlePart) bool {
	return slices.EqualFunc(a, b, func(a, b *productv1.BundlePart) bool {
		return a.GetVariantId() == b.GetVariantId() && a.GetQuantity() == b.GetQuantity()
	})
}

// whole says whether all parts are for sale: else the bundle is not.
func whole(parts []*productv1.BundlePart) bool {
	return !slices.ContainsFunc(parts, func(part *productv1.BundlePart) bool { return !part.GetForSale() })
}

// toBundle is a bundle as inventory counts it.
func toBundle[P interface {
	GetVariantId() string
	GetQuantity() int32
}](variant string, parts []P) *inventoryv1.Bundle {
	bundle := &inventoryv1.Bundle{VariantId: variant}
	for _, part := range parts {
		bundle.Parts = append(bundle.Parts, &inventoryv1.BundlePart{VariantId: part.GetVariantId(), Quantity: part.GetQuantity()})
	}
	return bundle
}

func partsText(parts []*productv1.BundlePart) string {
	var texts []string
	for _, part := range parts {
		name := strings.TrimSpace(part.GetProductName() + " " + part.GetVariantName())
		if part.GetSku() != "" {
			name = strings.TrimSpace(name + " (" + part.GetSku() + ")")
		}
		if name == "" {
			name = part.GetVariantId()
		}
		texts = append(texts, fmt.Sprintf("%d × %s", part.GetQuantity(), name))
	}
	return strings.Join(texts, ", ")
}

// tidyParts checks what can be told from a bundle alone.
func (p *problems) tidyParts(field string, v *productv1.Variant) {
	parts := v.GetBundleParts()
	field += "." + bundleParts
	if len(parts) > maxParts {
		p.add(field, fmt.Sprintf("are %d, more than %d", len(parts), maxParts))
		return
	}
	for i, part := range parts {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !id.Valid(part.GetVariantId()):
			p.add(at+".variant_id", "is not the id of a variant")
		case part.GetVariantId() == v.GetId():
			p.add(at+".variant_id", "is the bundle itself")
		case slices.ContainsFunc(parts[:i], func(o *productv1.BundlePart) bool { return o.GetVariantId() == part.GetVariantId() }):
			p.add(at+".variant_id", "is there twice; raise the quantity of the first instead")
		}
		if part.GetQuantity() < 1 || part.GetQuantity() > maxPartUnits {
			p.add(at+".quantity", fmt.Sprintf("is %d; a bundle holds 1 to %d of a part", part.GetQuantity(), maxPartUnits))
		}
	}
	if len(parts) == 1 && parts[0].GetQuantity() == 1 {
		p.add(field, "are one unit of one variant; a bundle is made of two units at least, of one variant or of several")
	}
}

// checkParts names parts that are gone, are downloaded, or are bundles themselves. Only what changes is looked at: what became of a part since must not keep staff
// from changing something else.
func (s *Service) checkParts(ctx context.Context, tx pgx.Tx, edits []*edit) error {
	c := packing{becomes: map[string]bool{}, gone: map[string]bool{}, holders: map[string]string{}}
	parts := c.changed(edits)
	if len(c.bundles) == 0 {
		return nil
	}
	if err := queries.LockBundles(ctx, tx); err != nil {
		return fmt.Errorf("lock bundles: %w", err)
	}
	var err error
	if c.found, err = partVariants(ctx, tx, slices.Concat(parts, c.bundles)); err != nil {
		return err
	}
	rows, err := queries.ListBundlesOfParts(ctx, tx, c.bundles)
	if err != nil {
		return fmt.Errorf("list bundles of parts: %w", err)
	}
	for _, row := range rows {
		c.holders[row.PartID] = row.Name
	}
	for _, e := range edits {
		for i, v := range e.after.GetVariants() {
			if slices.Contains(c.bundles, v.GetId()) {
				c.check(fmt.Sprintf("variants[%d].%s", i, bundleParts), v, &e.problems)
			}
		}
	}
	return nil
}

// packing is what is known of the variants that edits pack, by their ids.
type packing struct {
	bundles []string // whose parts change
	becomes map[string]bool
	gone    map[string]bool
	found   map[string]productdb.ListPartVariantsRow
	holders map[string]string // the name of a bundle that a variant is a part of
}

// changed notes what the variants of edits become, and returns the parts of bundles that change.
func (c *packing) changed(edits []*edit) (parts []string) {
	for _, e := range edits {
		was := map[string][]*productv1.BundlePart{}
		for _, v := range e.before.GetVariants() {
			was[v.GetId()], c.gone[v.GetId()] = v.GetBundleParts(), true
		}
		for _, v := range e.after.GetVariants() {
			c.becomes[v.GetId()], c.gone[v.GetId()] = len(v.GetBundleParts()) > 0, false
			if !c.becomes[v.GetId()] || sameParts(was[v.GetId()], v.GetBundleParts()) {
				continue
			}
			c.bundles = append(c.bundles, v.GetId())
			for _, part := range v.GetBundleParts() {
				if id.Valid(part.GetVariantId()) {
					parts = append(parts, part.GetVariantId())
				}
			}
		}
	}
	return parts
}

// check says what is wrong with the parts of a bundle beside other variants.
func (c *packing) check(field string, v *productv1.Variant, wrong *problems) {
	if holder := c.holders[v.GetId()]; holder != "" {
		wrong.add(field, "cannot be given: the variant is itself a part of the bundle "+shortened(holder))
	}
	if c.found[v.GetId()].Digital {
		wrong.add(field, "cannot be given: the variant is downloaded, and a bundle is packed; remove its files first")
	}
	for n, part := range v.GetBundleParts() {
		variant, there := c.found[part.GetVariantId()]
		bundle, edited := c.becomes[part.GetVariantId()]
		at := fmt.Sprintf("%s[%d].variant_id", field, n)
		switch {
		case !id.Valid(part.GetVariantId()) || part.GetVariantId() == v.GetId(): // which tidy told
		case !there || c.gone[part.GetVariantId()]:
			wrong.add(at, "is not the id of a variant; choose another part, or leave it out")
		case bundle || !edited && variant.Bundle:
			wrong.add(at, "is itself a bundle, of "+shortened(variant.Name)+"; name what that one is made of")
		case variant.GiftCard:
			wrong.add(at, "is a gift card, and a bundle is packed; sell "+shortened(variant.Name)+" by itself")
		case variant.Digital:
			wrong.add(at, "is downloaded, and a bundle is packed; sell the files of "+shortened(variant.Name)+" by themselves")
		}
	}
}

// partVariants returns variants by id. Those that are gone are not there.
func partVariants(ctx context.Context, db productdb.DBTX, ids []string) (map[string]productdb.ListPartVariantsRow, error) {
	rows, err := queries.ListPartVariants(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("list variants of parts: %w", err)
	}
	found := make(map[string]productdb.ListPartVariantsRow, len(rows))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, nil
}

func (w *writing) addParts(v *productv1.Variant) {
	w.bundles = append(w.bundles, v.GetId())
	for i, part := range v.GetBundleParts() {
		w.addedParts.BundleIds = append(w.addedParts.BundleIds, v.GetId())
		w.addedParts.PartIds = append(w.addedParts.PartIds, part.GetVariantId())
		w.addedParts.Positions = append(w.addedParts.Positions, int32(i))
		w.addedParts.Quantities = append(w.addedParts.Quantities, part.GetQuantity())
	}
}

// parts stores what bundles are made of. It comes after the variants.
func (w *writing) parts(ctx context.Context, tx pgx.Tx) error {
	if len(w.bundles) == 0 {
		return nil
	}
	if err := queries.RemoveBundleParts(ctx, tx, w.bundles); err != nil {
		return fmt.Errorf("remove parts of bundles: %w", err)
	}
	if len(w.addedParts.BundleIds) == 0 {
		return nil
	}
	if err := queries.AddBundleParts(ctx, tx, w.addedParts); err != nil {
		return fmt.Errorf("add parts of bundles: %w", err)
	}
	return nil
}
