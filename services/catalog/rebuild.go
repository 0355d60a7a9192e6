package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// The parts of a rebuild, in their order.
const (
	rebuildTree     = "tree"     // every category is told of anew
	rebuildSets     = "sets"     // every collection is
	rebuildSaid     = "said"     // every word that is translated is told of
	rebuildProducts = "products" // every product that product lists is made anew
	rebuildPassed   = "passed"   // those for sale that were not listed, because they changed meanwhile or are no more
	rebuildWords    = "words"    // words that no product has are dropped
	rebuildLocal    = "local"    // the same in further languages
	rebuildCounts   = "counts"   // counts are compared with what is there
)

const (
	// rebuiltAtOnce is how many products a step makes anew, and listedAtOnce how many product lists in one call.
	rebuiltAtOnce = 500
	listedAtOnce  = 100
	// wordsAtOnce and countedAtOnce are how many words and categories a step looks at.
	wordsAtOnce   = 1000
	countedAtOnce = 20
)

// rebuildStep is how far a rebuild is.
type rebuildStep struct {
	Since int64  `json:"s"` // the ticket that it began with
	Part  string `json:"p"`
	Page  string `json:"g,omitempty"` // of product's list
	After string `json:"a,omitempty"` // what was looked at last, in other parts
}

// RebuildCatalog makes rows anew where they stand, a set at a time, each set in the transaction that any refresh has. So there is no second
// read model that events would have to reach as well, and no moment at which one is exchanged for the other.
func (s *Service) RebuildCatalog(ctx context.Context, req *catalogv1.RebuildCatalogRequest) (*catalogv1.RebuildCatalogResponse, error) {
	step := rebuildStep{Part: rebuildTree}
	if req.GetStep() == "" {
		ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
		if err != nil {
			return nil, fmt.Errorf("take a ticket: %w", err)
		}
		step.Since = ticket
	} else if err := rpc.ParsePageToken(req.GetStep(), &step); err != nil {
		return nil, err
	}
	next, products, err := s.rebuild(ctx, step)
	if err != nil {
		return nil, err
	}
	answer := &catalogv1.RebuildCatalogResponse{Products: products}
	if next != nil {
		answer.NextStep = rpc.PageToken(*next)
	}
	return answer, nil
}

func (s *Service) rebuild(ctx context.Context, step rebuildStep) (next *rebuildStep, products int32, err error) {
	switch step.Part {
	case rebuildTree:
		page, err := s.rebuildCategories(ctx, step.Page)
		next := &rebuildStep{Since: step.Since, Part: step.Part, Page: page}
		if page == "" {
			next.Part = rebuildSets
		}
		return next, 0, err
	case rebuildSets:
		page, err := s.rebuildCollections(ctx, step.Page)
		next := &rebuildStep{Since: step.Since, Part: step.Part, Page: page}
		if page == "" {
			next.Part = rebuildSaid
		}
		return next, 0, err
	case rebuildSaid:
		page, err := s.rebuildWordTexts(ctx, step.Page)
		next := &rebuildStep{Since: step.Since, Part: step.Part, Page: page}
		if page == "" {
			next.Part = rebuildProducts
		}
		return next, 0, err
	case rebuildProducts:
		ids, page, err := s.listProducts(ctx, step.Page)
		if err != nil {
			return nil, 0, err
		}
		if len(ids) > 0 {
			if err := s.refreshProducts(ctx, ids, true); err != nil {
				return nil, 0, err
			}
		}
		next := &rebuildStep{Since: step.Since, Part: step.Part, Page: page}
		if page == "" {
			next.Part, next.After = rebuildPassed, lowestID
		}
		return next, int32(len(ids)), nil
	case rebuildPassed:
		if !id.Valid(step.After) {
			break
		}
		ids, err := queries.ListPassedOver(ctx, s.cfg.DB.Primary(), catalogdb.ListPassedOverParams{After: step.After, Since: step.Since, Most: rebuiltAtOnce})
		if err != nil {
			return nil, 0, fmt.Errorf("list products that were passed over: %w", err)
		}
		if len(ids) == 0 {
			return &rebuildStep{Since: step.Since, Part: rebuildWords}, 0, nil
		}
		if err := s.refreshProducts(ctx, ids, true); err != nil {
			return nil, 0, err
		}
		return &rebuildStep{Since: step.Since, Part: step.Part, After: ids[len(ids)-1]}, int32(len(ids)), nil
	case rebuildWords:
		last, err := s.dropLostWords(ctx, step.After)
		next := &rebuildStep{Since: step.Since, Part: step.Part, After: last}
		if last == "" {
			next.Part = rebuildLocal
		}
		return next, 0, err
	case rebuildLocal:
		last, err := s.dropLostLocalWords(ctx, step.After)
		next := &rebuildStep{Since: step.Since, Part: step.Part, After: last}
		if last == "" {
			next.Part = rebuildCounts
		}
		return next, 0, err
	case rebuildCounts:
		last, err := s.mendCounts(ctx, step)
		if err != nil || last == "" {
			return nil, 0, err
		}
		return &rebuildStep{Since: step.Since, Part: step.Part, After: last}, 0, nil
	}
	return nil, 0, rpc.InvalidArgument("step: not one that this method returned; leave it empty to begin")
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
	last, err = postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if err := queries.SettleRefresh(ctx, tx); err != nil {
			return "", err
		}
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

// mendCounts looks at the counts of some categories and returns the last of them; none when there are no more. What nothing stands in
// any more is forgotten then.
func (s *Service) mendCounts(ctx context.Context, step rebuildStep) (last string, err error) {
	after := step.After
	if after == "" {
		after = allProducts
	}
	categories, err := queries.ListCountedCategories(ctx, s.cfg.DB.Primary(), catalogdb.ListCountedCategoriesParams{After: after, Most: countedAtOnce})
	if err != nil {
		return "", fmt.Errorf("list counted categories: %w", err)
	}
	if step.After == "" {
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
	if len(categories) > 0 {
		return last, nil
	}
	_, err = postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		if err := queries.DropEmptyCategories(ctx, tx, step.Since); err != nil {
			return nil, err
		}
		return nil, queries.DropStrayVariants(ctx, tx, step.Since)
	})
	if err != nil {
		return "", fmt.Errorf("drop what is left over: %w", err)
	}
	s.buryTree(ctx, postgres.Token(ctx))
	return "", nil
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
	last, err = postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if err := queries.SettleRefresh(ctx, tx); err != nil {
			return "", err
		}
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
