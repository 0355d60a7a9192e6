package product

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// productsPage is where a page of products begins: after the one that changed at this time and has this id.
type productsPage struct {
	Before time.Time `json:"b"`
	ID     string    `json:"i"`
}

// highestID sorts after every other.
const highestID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// ListProducts pages through products, newest change first.
func (s *Service) ListProducts(ctx context.Context, req *productv1.ListProductsRequest) (*productv1.ListProductsResponse, error) {
	page := productsPage{Before: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: highestID}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	if !id.Valid(page.ID) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	keys, err := s.listKeys(ctx, req, page, size+1)
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	answer := &productv1.ListProductsResponse{}
	if req.GetCount() {
		if answer.Total, err = s.countProducts(ctx, req); err != nil {
			return nil, fmt.Errorf("count products: %w", err)
		}
	}
	if len(keys) > int(size) {
		keys = keys[:size]
		answer.NextPageToken = rpc.PageToken(keys[size-1])
	}
	if len(keys) == 0 {
		return answer, nil
	}
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	loaded, err := s.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*productv1.Product, len(loaded))
	for _, p := range loaded {
		byID[p.GetId()] = p
	}
	for _, id := range ids {
		if p := byID[id]; p != nil {
			answer.Products = append(answer.Products, p)
		}
	}
	return answer, nil
}

// listKeys asks one of three queries, each with its own index: a query with optional parts would be planned for none of them.
func (s *Service) listKeys(ctx context.Context, req *productv1.ListProductsRequest, page productsPage, size int32) ([]productsPage, error) {
	db, state, query := s.cfg.DB.Read(ctx), stateName(req.GetState()), strings.TrimSpace(req.GetQuery())
	var keys []productsPage
	switch {
	case query != "":
		rows, err := queries.SearchProducts(ctx, db, productdb.SearchProductsParams{
			Words: wordQuery(query), Query: query, State: state, BeforeTime: page.Before, BeforeID: page.ID, PageSize: size,
		})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			keys = append(keys, productsPage{row.UpdateTime, row.ID})
		}
	case state != "":
		rows, err := queries.ListProductsInState(ctx, db, productdb.ListProductsInStateParams{
			State: state, BeforeTime: page.Before, BeforeID: page.ID, PageSize: size,
		})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			keys = append(keys, productsPage{row.UpdateTime, row.ID})
		}
	default:
		rows, err := queries.ListProducts(ctx, db, productdb.ListProductsParams{BeforeTime: page.Before, BeforeID: page.ID, PageSize: size})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			keys = append(keys, productsPage{row.UpdateTime, row.ID})
		}
	}
	return keys, nil
}

// mostCounted ends counting: past it nobody reads the number, and the list must not take longer the longer it is.
const mostCounted = 10_000

// countProducts counts what listKeys lists.
func (s *Service) countProducts(ctx context.Context, req *productv1.ListProductsRequest) (int32, error) {
	db, state, query := s.cfg.DB.Read(ctx), stateName(req.GetState()), strings.TrimSpace(req.GetQuery())
	switch {
	case query != "":
		return queries.CountFoundProducts(ctx, db, productdb.CountFoundProductsParams{Words: wordQuery(query), Query: query, State: state, CountLimit: mostCounted})
	case state != "":
		return queries.CountProductsInState(ctx, db, productdb.CountProductsInStateParams{State: state, CountLimit: mostCounted})
	default:
		return queries.CountProducts(ctx, db, mostCounted)
	}
}

// wordQuery is a text search for words that begin as those of the query do, all of them.
func wordQuery(query string) string {
	words := strings.FieldsFunc(strings.ToLower(query), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, word := range words {
		words[i] = "'" + word + "':*"
	}
	return strings.Join(words, " & ")
}
