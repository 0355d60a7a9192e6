package product

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// load returns products as a feed would describe them, in the order of the ids. Those that are gone are left out.
func (e *exporter) load(ctx context.Context, ids []string) ([]*feed.Product, error) {
	loaded, err := e.s.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(loaded, func(a, b *productv1.Product) int { return strings.Compare(a.GetId(), b.GetId()) })
	stock, err := e.stock(ctx, loaded)
	if err != nil {
		return nil, err
	}
	keys, err := e.keysOf(ctx, loaded)
	if err != nil {
		return nil, err
	}
	if err := e.readTypes(ctx, loaded); err != nil {
		return nil, err
	}
	products := make([]*feed.Product, len(loaded))
	for i, p := range loaded {
		products[i] = e.product(p, keys)
		e.variants(products[i], p, stock)
	}
	return products, nil
}

// keysOf returns what the products, and those that they name, are called by.
func (e *exporter) keysOf(ctx context.Context, products []*productv1.Product) (map[string]productdb.ListProductKeysRow, error) {
	var ids []string
	for _, p := range products {
		ids = append(append(ids, p.GetId()), p.GetRelatedIds()...)
	}
	rows, err := queries.ListProductKeys(ctx, e.s.cfg.DB.Read(ctx), ids)
	if err != nil {
		return nil, fmt.Errorf("list keys of products: %w", err)
	}
	keys := make(map[string]productdb.ListProductKeysRow, len(rows))
	for _, row := range rows {
		keys[row.ID] = row
	}
	return keys, nil
}

// readTypes learns the names of types that were not met yet.
func (e *exporter) readTypes(ctx context.Context, products []*productv1.Product) error {
	var unknown []string
	for _, p := range products {
		if _, known := e.types[p.GetTypeId()]; p.GetTypeId() != "" && !known {
			unknown = append(unknown, p.GetTypeId())
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	rows, err := queries.ListProductTypesByID(ctx, e.s.cfg.DB.Read(ctx), unknown)
	if err != nil {
		return fmt.Errorf("list types: %w", err)
	}
	for _, row := range rows {
		e.types[row.ID] = row.Name
	}
	return nil
}

// product describes a product so that an import of the description changes nothing.
func (e *exporter) product(p *productv1.Product, keys map[string]productdb.ListProductKeysRow) *feed.Product {
	out := &feed.Product{
		Key: p.GetKey(), Name: p.GetName(), Description: p.GetDescription(), Brand: p.GetBrand(), State: feed.State(stateName(p.GetState())),
		Tags: p.GetTags(), Categories: pathsFrom(p.GetCategories()), Type: e.types[p.GetTypeId()], TaxClass: p.GetTaxClass(), SEOTitle: p.GetSeoTitle(), SEODescription: p.GetSeoDescription(),
	}
	e.slug(out, p, keys[p.GetId()].AskedSlug)
	for _, a := range p.GetAttributes() {
		out.Attributes = append(out.Attributes, feed.Attribute{Name: a.GetName(), Value: a.GetValue()})
	}
	for _, o := range p.GetOptions() {
		out.Options = append(out.Options, feed.Option{Name: o.GetName(), Values: o.GetValues()})
	}
	for _, t := range p.GetTranslations() {
		out.Translations = append(out.Translations, feed.Translation{
			Locale: t.GetLocale(), Name: t.GetName(), Description: t.GetDescription(), Slug: t.GetSlug(), SEOTitle: t.GetSeoTitle(), SEODescription: t.GetSeoDescription(),
		})
	}
	for _, related := range p.GetRelatedIds() {
		if row, there := keys[related]; there {
			out.Related = append(out.Related, row.Key)
		}
	}
	for _, image := range p.GetImages() {
		if source := e.picture(image); source != "" {
			out.Images = append(out.Images, feed.Image{Source: source, Alt: image.GetAlt()})
		}
	}
	return out
}

// slug says what address the product asks for. A feed that gave none, or the one that the product has anyway, asks for nothing. Links need the address
// that it has; staff may have chosen another than the feed; and a product that no feed brought is found again by its address where nothing else names it.
func (e *exporter) slug(out *feed.Product, p *productv1.Product, asked string) {
	out.Slug = asked
	if e.row.Format == "google_xml" || len(p.GetExternalIds()) == 0 || slices.Contains(p.GetStaffFields(), "slug") {
		out.Slug = p.GetSlug()
	}
	out.SlugGiven = len(p.GetExternalIds()) == 0 || out.Slug != feed.DerivedSlug(out.Name, out.Key)
}

// picture is where a picture is found. Google is shown the shop's own copy. Who imports the file takes the picture from where the shop took it, which is
// how it is known again; of one that was handed in there is only the shop's.
func (e *exporter) picture(image *productv1.Image) string {
	source := image.GetSourceUrl()
	ours := ""
	if files := image.GetFiles(); len(files) > 0 {
		ours = e.s.cfg.PublicURL + "/" + files[len(files)-1].GetPath()
	}
	path, local := strings.CutPrefix(source, localImages)
	switch {
	case e.row.Format == "google_xml" && ours != "":
		return ours
	case local && e.row.Format != "google_xml":
		return path
	case local, strings.HasPrefix(source, uploaded):
		return ours
	default:
		return source
	}
}

func (e *exporter) variants(out *feed.Product, p *productv1.Product, stock map[string]*inventoryv1.Stock) {
	pictures := map[string]string{}
	for _, image := range p.GetImages() {
		pictures[image.GetId()] = e.picture(image)
	}
	for _, v := range p.GetVariants() {
		variant := feed.Variant{
			SKU: v.GetSku(), GTIN: v.GetGtin(), MPN: v.GetMpn(), OptionValues: v.GetOptionValues(), Price: v.GetPrice().GetAmountMinor(),
			CompareAt: v.GetCompareAtPrice().GetAmountMinor(), WeightGrams: v.GetWeightGrams(), Image: pictures[v.GetImageId()],
		}
		if count := stock[v.GetId()]; count != nil && !count.GetUnlimited() { // of what has no end there is nothing to say
			variant.Stock = feed.Stock{Known: true, OnHand: count.GetOnHand(), Backorder: count.GetBackorder()}
			if e.row.Format == "google_xml" { // it asks what can be bought now
				variant.Stock.OnHand -= count.GetHeld()
			}
		}
		out.Variants = append(out.Variants, variant)
	}
}

// pathsFrom puts categories back into paths: each that stands above no other of the product ends one.
func pathsFrom(categories []*productv1.CategoryRef) [][]string {
	byID := make(map[string]*productv1.CategoryRef, len(categories))
	above := make(map[string]bool, len(categories))
	for _, c := range categories {
		byID[c.GetId()] = c
		above[c.GetParentId()] = true
	}
	var paths [][]string
	for _, c := range categories {
		if above[c.GetId()] {
			continue
		}
		var path []string
		for at := c; at != nil && len(path) < len(categories); at = byID[at.GetParentId()] {
			path = append(path, at.GetName())
		}
		slices.Reverse(path)
		paths = append(paths, path)
	}
	return paths
}
