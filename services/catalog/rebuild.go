package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// rebuiltAtOnce is how many products a step makes anew, and listedAtOnce how many product lists in one call.
	rebuiltAtOnce = 500
	listedAtOnce  = 100
	// wordsAtOnce and countedAtOnce are how many words and categories a step looks at.
	wordsAtOnce   = 1000
	countedAtOnce = 20
)

// rebuildPart is a part of a rebuild. A step of it goes on after what the step before returned, first after nothing, and returns where the next goes on:
// nothing when the part is done.
type rebuildPart struct {
	name string
	step func(*Service, context.Context, rebuildStep) (next string, products int32, err error)
}

// rebuildParts are the parts in their order: what products refer to, the products, and then what is left over of what is no more.
var rebuildParts = []rebuildPart{
	{"tree", beside((*Service).rebuildCategories)},
	{"collections", beside((*Service).rebuildCollections)},
	{"word texts", beside((*Service).rebuildWordTexts)},
	{"products", (*Service).rebuildListed},
	{"passed over", (*Service).rebuildPassedOver},
	{"words", beside((*Service).dropLostWords)},
	{"local words", beside((*Service).dropLostLocalWords)},
	{"counts", beside((*Service).mendCounts)},
	{"left over", (*Service).dropLeftOver},
}

// beside is a step that makes no products anew.
func beside(step func(*Service, context.Context, string) (string, error)) func(*Service, context.Context, rebuildStep) (string, int32, error) {
	return func(s *Service, ctx context.Context, from rebuildStep) (string, int32, error) {
		next, err := step(s, ctx, from.After)
		return next, 0, err
	}
}

// rebuildStep is how far a rebuild is.
type rebuildStep struct {
	Since int64  `json:"s"` // the ticket that it began with
	Part  string `json:"p"`
	After string `json:"a,omitempty"` // what the part looked at last, in its own words
}

// RebuildCatalog makes rows anew where they stand, a set at a time, each set in the transaction that any refresh has. So there is no second
// read model that events would have to reach as well, and no moment at which one is exchanged for the other.
func (s *Service) RebuildCatalog(ctx context.Context, req *catalogv1.RebuildCatalogRequest) (*catalogv1.RebuildCatalogResponse, error) {
	step := rebuildStep{Part: rebuildParts[0].name}
	if req.GetStep() == "" {
		ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
		if err != nil {
			return nil, fmt.Errorf("take a ticket: %w", err)
		}
		step.Since = ticket
	} else if err := rpc.ParsePageToken(req.GetStep(), &step); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(rebuildParts, func(part rebuildPart) bool { return part.name == step.Part })
	if at < 0 {
		return nil, errNoStep
	}
	// The step asks for what there is as it begins, by the consistency token that a transaction brings: a replica that is behind may still know a product
	// of whose end nobody will tell again.
	if _, err := postgres.InTx(ctx, s.cfg.DB, func(context.Context, pgx.Tx) (any, error) { return nil, nil }); err != nil {
		return nil, fmt.Errorf("ask how far the primary is: %w", err)
	}
	next, products, err := rebuildParts[at].step(s, ctx, step)
	if err != nil {
		return nil, err
	}
	if step.After = next; next == "" {
		at++
	}
	answer := &catalogv1.RebuildCatalogResponse{Products: products}
	if at < len(rebuildParts) {
		step.Part = rebuildParts[at].name
		answer.NextStep = rpc.PageToken(step)
	}
	return answer, nil
}

var errNoStep = rpc.InvalidArgument("step: not one that this method returned; leave it empty to begin")

// rebuildListed makes the products anew that product lists on some pages.
func (s *Service) rebuildListed(ctx context.Context, from rebuildStep) (next string, products int32, err error) {
	ids, next, err := s.listProducts(ctx, from.After)
	if err != nil || len(ids) == 0 {
		return next, 0, err
	}
	return next, int32(len(ids)), s.refreshProducts(ctx, ids, true)
}

// rebuildPassedOver makes those anew that are for sale and were not listed, because they changed meanwhile or are no more.
func (s *Service) rebuildPassedOver(ctx context.Context, from rebuildStep) (next string, products int32, err error) {
	after := cmp.Or(from.After, lowestID)
	if !id.Valid(after) {
		return "", 0, errNoStep
	}
	ids, err := queries.ListPassedOver(ctx, s.cfg.DB.Primary(), catalogdb.ListPassedOverParams{After: after, Since: from.Since, Most: rebuiltAtOnce})
	if err != nil {
		return "", 0, fmt.Errorf("list products that were passed over: %w", err)
	}
	if len(ids) == 0 {
		return "", 0, nil
	}
	return ids[len(ids)-1], int32(len(ids)), s.refreshProducts(ctx, ids, true)
}

// listProducts returns the ids on some pages of product's list, and the page after them.
func (s *Service) listProducts(ctx context.Context, page string) (ids []string, next string, err error) {
	for next = page; len(ids) < rebuiltAtOnce; {
		answer, err := s.cfg.Products.ListProducts(ctx, &productv1.ListProductsRequest{PageSize: listedAtOnce, PageToken: next})
		if err != nil {
			return nil, "", fmt.Errorf("ask for all products: %w", err)
		}
		for _, product := range answer.GetProducts() {
			ids = append(ids, product.GetId())
		}
		if next = answer.GetNextPageToken(); next == "" {
			break
		}
	}
	return ids, next, nil
}

// dropLostWords looks at some words and returns the last of them; none when there are no more.
func (s *Service) dropLostWords(ctx context.Context, after string) (last string, err error) {
	last, err = inRefresh(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, error) {
		locked, err := queries.LockWords(ctx, tx, catalogdb.LockWordsParams{After: after, Most: wordsAtOnce})
		if err != nil || len(locked) == 0 {
			return "", err
		}
		words := make([]string, len(locked))
		for i, row := range locked {
			words[i] = row.Word
		}
		return words[len(words)-1], queries.DropLostWords(ctx, tx, words)
	})
	if err != nil {
		return "", fmt.Errorf("drop lost words: %w", err)
	}
	return last, nil
}

// mendCounts looks at the counts of some categories and returns the last of them; none when there are no more.
func (s *Service) mendCounts(ctx context.Context, after string) (last string, err error) {
	categories, err := queries.ListCountedCategories(ctx, s.cfg.DB.Primary(), catalogdb.ListCountedCategoriesParams{After: cmp.Or(after, allProducts), Most: countedAtOnce})
	if err != nil {
		return "", fmt.Errorf("list counted categories: %w", err)
	}
	if after == "" {
		categories = append([]string{allProducts}, categories...)
	}
	for _, category := range categories {
		_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
			if err := queries.LockMending(ctx, tx); err != nil {
				return nil, err
			}
			if err := queries.MendCounts(ctx, tx, category); err != nil {
				return nil, err
			}
			return nil, queries.DropNoCounts(ctx, tx, category)
		})
		if err != nil {
			return "", fmt.Errorf("mend counts: %w", err)
		}
		last = category
	}
	return last, nil
}

// dropLeftOver forgets the categories that nothing stands in and the variants that no product has, unless they are newer than the rebuild.
func (s *Service) dropLeftOver(ctx context.Context, from rebuildStep) (next string, products int32, err error) {
	_, err = postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		if err := queries.DropEmptyCategories(ctx, tx, from.Since); err != nil {
			return nil, err
		}
		return nil, queries.DropStrayVariants(ctx, tx, from.Since)
	})
	if err != nil {
		return "", 0, fmt.Errorf("drop what is left over: %w", err)
	}
	s.buryTree(ctx, postgres.Token(ctx))
	return "", 0, nil
}

// localWord is the last word of a further language that was looked at.
type localWord struct {
	Locale string `json:"l"`
	Word   string `json:"w"`
}

// dropLostLocalWords is dropLostWords in further languages.
func (s *Service) dropLostLocalWords(ctx context.Context, after string) (last string, err error) {
	var from localWord
	if err := rpc.ParsePageToken(after, &from); err != nil {
		return "", err
	}
	last, err = inRefresh(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, error) {
		rows, err := queries.LockLocalWords(ctx, tx, catalogdb.LockLocalWordsParams{Locale: from.Locale, Word: from.Word, Most: wordsAtOnce})
		if err != nil || len(rows) == 0 {
			return "", err
		}
		var locked catalogdb.DropLostLocalWordsParams
		for _, row := range rows {
			locked.Locales, locked.Words = append(locked.Locales, row.Locale), append(locked.Words, row.Word)
		}
		end := rows[len(rows)-1]
		return rpc.PageToken(localWord{end.Locale, end.Word}), queries.DropLostLocalWords(ctx, tx, locked)
	})
	if err != nil {
		return "", fmt.Errorf("drop lost words of further languages: %w", err)
	}
	return last, nil
}
