package catalog

import (
	"context"
	"fmt"
	"strings"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// ListCategories returns what has products for sale.
func (s *Service) ListCategories(ctx context.Context, req *catalogv1.ListCategoriesRequest) (*catalogv1.ListCategoriesResponse, error) {
	tree, err := s.categories(ctx, s.language(req.GetLocale()))
	if err != nil {
		return nil, err
	}
	return &catalogv1.ListCategoriesResponse{Categories: tree.listed}, nil
}

// address is where a category or a collection is found.
type address struct{ kind, slug string }

func (a address) unknown() error { return rpc.NotFound("there is no such " + a.kind) }

// shelf is a category or a collection with what a list says of it.
type shelf struct {
	id         string
	category   *catalogv1.Category   // nil for everything and for collections
	collection *catalogv1.Collection // nil for all others
	byHand     bool                  // whether staff put its products in order
	described  bool                  // whether it has a description in the language, which only its own page shows
	above      []*catalogv1.Category
	below      []*catalogv1.Category
	products   int32
	state      string // hidden also when it stands below a category that is
}

// seen says whether shoppers may see a category or a collection.
func (s *shelf) seen() error {
	kind := kindCategory
	if s.collection != nil {
		kind = kindCollection
	}
	switch s.state {
	case categoryGone:
		return rpc.FailedPrecondition("this " + kind + " is no longer there")
	case categoryHidden:
		return address{kind: kind}.unknown()
	}
	return nil
}

// shelf finds a category or a collection by the slug that it has in a language, or by one that it had; no slug is everything.
func (s *Service) shelf(ctx context.Context, at address, texts language) (*shelf, error) {
	tree, err := s.categories(ctx, texts)
	if err != nil {
		return nil, err
	}
	if at.slug == "" {
		return tree.everything, nil
	}
	if found := tree.bySlug[at]; found != nil && found.state != categoryGone {
		return found, found.seen()
	}
	if strings.ContainsRune(at.slug, 0) { // which PostgreSQL takes in no text
		return nil, at.unknown()
	}
	find := queries.FindCategory
	if at.kind == kindCollection {
		find = queries.FindCollection
	}
	id, err := find(ctx, s.cfg.DB.Read(ctx), at.slug)
	if postgres.IsNoRows(err) && texts.locale != "" {
		id, err = s.findTranslated(ctx, at, texts)
	}
	if postgres.IsNoRows(err) {
		return nil, at.unknown()
	}
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", at.kind, err)
	}
	if tree.byID[id] == nil { // it is newer than what is remembered
		s.buryTree(ctx, postgres.Token(ctx))
		if tree, err = s.categories(ctx, texts); err != nil {
			return nil, err
		}
	}
	found := tree.byID[id]
	if found == nil {
		return nil, at.unknown()
	}
	return found, found.seen()
}
