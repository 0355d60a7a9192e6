package catalog

import (
	"context"
	"fmt"
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

// GetProduct reads one row, and one more for an address that leads on; what stands beside the product in its category is remembered for a moment.
// In a shop with further languages it reads where and how the product stands in these.
func (s *Service) GetProduct(ctx context.Context, req *catalogv1.GetProductRequest) (*catalogv1.GetProductResponse, error) {
	if strings.ContainsRune(req.GetSlug(), 0) { // which PostgreSQL takes in no text
		return nil, rpc.NotFound("there is no such product")
	}
	texts := s.language(req.GetLocale())
	row, err := queries.GetPage(ctx, s.cfg.DB.Read(ctx), req.GetSlug())
	if postgres.IsNoRows(err) && texts.locale != "" {
		var translated catalogdb.GetPageByTranslatedSlugRow
		translated, err = queries.GetPageByTranslatedSlug(ctx, s.cfg.DB.Read(ctx), catalogdb.GetPageByTranslatedSlugParams{Slug: req.GetSlug(), Locale: texts.locale})
		row = catalogdb.GetPageRow(translated)
	}
	if postgres.IsNoRows(err) && texts.locale != "" {
		var old catalogdb.GetPageByOldTextSlugRow
		old, err = queries.GetPageByOldTextSlug(ctx, s.cfg.DB.Read(ctx), catalogdb.GetPageByOldTextSlugParams{Slug: req.GetSlug(), Locale: texts.locale})
		row = catalogdb.GetPageRow(old)
	}
	if postgres.IsNoRows(err) {
		var old catalogdb.GetPageByOldSlugRow
		old, err = queries.GetPageByOldSlug(ctx, s.cfg.DB.Read(ctx), req.GetSlug())
		row = catalogdb.GetPageRow(old)
	}
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
	related, err := s.related(ctx, product, row.LeafID)
	if err != nil {
		return nil, err
	}
	if product.Related, err = s.translate(ctx, texts, related); err != nil {
		return nil, err
	}
	if err := s.translatePage(ctx, texts, product); err != nil {
		return nil, err
	}
	return &catalogv1.GetProductResponse{Product: product}, nil
}

// related returns those products that the merchant names, and then the first others of the product's category. Only named ones are asked for
// anew.
func (s *Service) related(ctx context.Context, product *catalogv1.Product, category *string) ([]*catalogv1.Card, error) {
	var cards []*catalogv1.Card
	shown := map[string]bool{product.GetId(): true}
	add := func(more []*catalogv1.Card) {
		for _, card := range more {
			if !shown[card.GetProductId()] && len(cards) < relatives {
				cards, shown[card.GetProductId()] = append(cards, card), true
			}
		}
	}
	if named := product.GetRelatedIds(); len(named) > 0 {
		more, err := s.listCards(ctx, named)
		if err != nil {
			return nil, err
		}
		add(more)
	}
	if category == nil || len(cards) == relatives {
		return cards, nil
	}
	first, err := s.firsts.get(ctx, *category, func(ctx context.Context) ([]*catalogv1.Card, error) {
		return s.openPage(ctx, *category, slice{number: 1, size: relatives + 1}, placed{}) // enough without itself and those that are named
	})
	add(first)
	return cards, err
}
