package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// The states of a page. A hidden product was never for sale, so nobody knows its address.
const (
	stateHidden  = "hidden"
	stateForSale = "for_sale"
	stateGone    = "gone"
)

// GetProduct reads one row, one more for an address that leads on, and what is bought with it; what stands beside the product in its category is remembered for
// a moment. In a shop with further languages it reads where and how the product stands in these, and what its options and attributes are called in the one asked for.
func (s *Service) GetProduct(ctx context.Context, req *catalogv1.GetProductRequest) (*catalogv1.GetProductResponse, error) {
	if strings.ContainsRune(req.GetSlug(), 0) { // which PostgreSQL takes in no text
		return nil, rpc.NotFound("there is no such product")
	}
	texts := s.language(req.GetLocale())
	row, err := s.findPage(ctx, req.GetSlug(), texts)
	if postgres.IsNoRows(err) || err == nil && row.State == stateHidden {
		return nil, rpc.NotFound("there is no such product")
	}
	if err != nil {
		return nil, fmt.Errorf("get product: %w", err)
	}
	if row.State == stateGone {
		return nil, rpc.FailedPrecondition("this product is no longer for sale")
	}
	product := new(catalogv1.Product)
	if err := proto.Unmarshal(row.Page, product); err != nil {
		return nil, fmt.Errorf("read a page: %w", err)
	}
	for i, variant := range product.GetVariants() {
		if i < len(row.Units) {
			variant.Availability, variant.Left = told(row.Units[i:i+1]), left(row.Units[i])
		}
	}
	if err := s.linkParts(ctx, product); err != nil {
		return nil, err
	}
	tree, err := s.categories(ctx, texts)
	if err != nil {
		return nil, err
	}
	product.Breadcrumb = tree.trail(product.GetBreadcrumb())
	related, together, err := s.besides(ctx, product, row.LeafID)
	if err != nil {
		return nil, err
	}
	cards, err := s.translate(ctx, texts, slices.Concat(related, together))
	if err != nil {
		return nil, err
	}
	product.Related, product.BoughtTogether = cards[:len(related)], cards[len(related):]
	if err := s.translatePage(ctx, texts, product); err != nil {
		return nil, err
	}
	if err := s.translateWords(ctx, texts, product); err != nil {
		return nil, err
	}
	return &catalogv1.GetProductResponse{Product: product}, nil
}

// findPage finds the product that has a slug, in the shop's own language or in the one asked for, or else the one that had it before.
func (s *Service) findPage(ctx context.Context, slug string, texts language) (catalogdb.GetPageRow, error) {
	db := s.cfg.DB.Read(ctx)
	row, err := queries.GetPage(ctx, db, slug)
	if texts.locale != "" {
		if postgres.IsNoRows(err) {
			var translated catalogdb.GetPageByTranslatedSlugRow
			translated, err = queries.GetPageByTranslatedSlug(ctx, db, catalogdb.GetPageByTranslatedSlugParams{Slug: slug, Locale: texts.locale})
			row = catalogdb.GetPageRow(translated)
		}
		if postgres.IsNoRows(err) {
			var old catalogdb.GetPageByOldTextSlugRow
			old, err = queries.GetPageByOldTextSlug(ctx, db, catalogdb.GetPageByOldTextSlugParams{Slug: slug, Locale: texts.locale})
			row = catalogdb.GetPageRow(old)
		}
	}
	if postgres.IsNoRows(err) {
		var old catalogdb.GetPageByOldSlugRow
		old, err = queries.GetPageByOldSlug(ctx, db, slug)
		row = catalogdb.GetPageRow(old)
	}
	return row, err
}

// besides returns what is shown beside a product: those that the merchant names and then the first others of its category, and what is often bought with
// it. Each is shown once: what the merchant names is not told again, and what is bought with it is not taken for a mere neighbour. Only neighbours are not
// asked for anew.
func (s *Service) besides(ctx context.Context, product *catalogv1.Product, category *string) (related, together []*catalogv1.Card, err error) {
	shown := map[string]bool{product.GetId(): true}
	named, err := s.listCards(ctx, product.GetRelatedIds())
	if err != nil {
		return nil, nil, err
	}
	related = addCards(nil, named, shown, relatives)
	together, err = s.boughtTogether(ctx, []string{product.GetId()}, append([]string{product.GetId()}, product.GetRelatedIds()...), mostTogether)
	if err != nil {
		return nil, nil, err
	}
	together = addCards(nil, together, shown, mostTogether)
	if category == nil || len(related) == relatives {
		return related, together, nil
	}
	first, err := s.firsts.get(ctx, *category, func(ctx context.Context) ([]*catalogv1.Card, error) {
		return s.openPage(ctx, *category, slice{number: 1, size: relatives + mostTogether + 1}, placed{}) // enough without itself and those that are shown anyway
	})
	return addCards(related, first, shown, relatives), together, err
}

// addCards adds those that are not shown yet, up to so many in all.
func addCards(cards, more []*catalogv1.Card, shown map[string]bool, most int) []*catalogv1.Card {
	for _, card := range more {
		if !shown[card.GetProductId()] && len(cards) < most {
			cards, shown[card.GetProductId()] = append(cards, card), true
		}
	}
	return cards
}
