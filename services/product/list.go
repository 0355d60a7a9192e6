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

// productsPage is where a page of products begins: after the one with this id, which changed at this time or has this name, as the list is sorted.
type productsPage struct {
	Before time.Time `json:"b,omitzero"`
	Name   string    `json:"n,omitempty"`
	ID     string    `json:"i"`
}

// The ids that sort before and after every other.
const (
	lowestID  = "00000000-0000-0000-0000-000000000000"
	highestID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
)

// How a list is sorted.
const (
	byTime = "time" // newest change first
	byName = "name"
	byID   = "id" // for work that goes on while what it did moves in other lists
)

// ListProducts pages through products, newest change first or by name.
func (s *Service) ListProducts(ctx context.Context, req *productv1.ListProductsRequest) (*productv1.ListProductsResponse, error) {
	filter, err := readFilter(req)
	if err != nil {
		return nil, err
	}
	sort := byTime
	if req.GetOrder() == productv1.ProductOrder_PRODUCT_ORDER_NAME {
		sort = byName
	}
	page, err := firstProducts(sort, req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	keys, counted, err := s.countedKeys(ctx, filter, sort, page, size+1, req.GetCount())
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	answer := &productv1.ListProductsResponse{Total: counted.total, TotalIsBound: counted.bound}
	if len(keys) > int(size) {
		keys = keys[:size]
		answer.NextPageToken = rpc.PageToken(keys[size-1].in(sort))
	}
	if len(keys) == 0 {
		return answer, nil
	}
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	load := s.load
	if req.GetView() == productv1.ProductView_PRODUCT_VIEW_LINE {
		load = s.loadLines
	}
	loaded, err := load(ctx, ids)
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

// firstProducts is where the page of a token begins, or the first one.
func firstProducts(sort, token string) (productsPage, error) {
	page := productsPage{ID: lowestID}
	if sort == byTime {
		page = productsPage{Before: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: highestID}
	}
	if token != "" {
		page = productsPage{}
	}
	if err := rpc.ParsePageToken(token, &page); err != nil {
		return page, err
	}
	if !id.Valid(page.ID) || sort == byTime && page.Before.IsZero() || strings.ContainsRune(page.Name, 0) {
		return page, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	return page, nil
}

// in is what a token of this order holds.
func (p productsPage) in(sort string) productsPage {
	if sort != byTime {
		p.Before = time.Time{}
	}
	if sort != byName {
		p.Name = ""
	}
	return p
}

// filter is what products a list holds.
type filter struct {
	lead                              string // what narrows most; empty when an order is walked along
	query, words                      string
	state, brand, tag, typeID, within string
	since                             time.Time
	noPicture                         bool
	far                               bool // too few of the next products have the words for a page
}

func readFilter(req *productv1.ListProductsRequest) (filter, error) {
	f := filter{
		query: strings.TrimSpace(req.GetQuery()), state: stateName(req.GetState()), brand: req.GetBrand(), tag: req.GetTag(),
		typeID: req.GetTypeId(), within: req.GetCategoryId(), noPicture: req.GetNoPicture(),
	}
	if f.typeID != "" && !id.Valid(f.typeID) {
		return f, rpc.InvalidArgument("type_id: is not the id of a product type")
	}
	if f.within != "" && !id.Valid(f.within) {
		return f, rpc.InvalidArgument("category_id: is not the id of a category")
	}
	if strings.ContainsRune(f.query+f.brand+f.tag, 0) {
		return f, rpc.InvalidArgument("query: holds a character that no text has (U+0000)")
	}
	if req.GetUpdatedSince() != nil {
		if !req.GetUpdatedSince().IsValid() {
			return f, rpc.InvalidArgument("updated_since: is no time")
		}
		f.since = req.GetUpdatedSince().AsTime()
	}
	f.words = wordQuery(f.query)
	switch {
	case f.query != "":
		f.lead = "words"
	case f.brand != "":
		f.lead = "brand"
	case f.typeID != "":
		f.lead = "type"
	case f.tag != "":
		f.lead = "tag"
	case f.within != "":
		f.lead = "category"
	}
	return f, nil
}

// counted is how many products a list has, or a bound below that.
type counted struct {
	total int32
	bound bool
}

func countedUpTo(most, total int32) counted { return counted{total: total, bound: total >= most} }

// countedKeys counts what is asked for, if it is to be counted, and finds a page of it. What narrows the list is looked up once: of few products the count has the
// page as well.
func (s *Service) countedKeys(ctx context.Context, f filter, sort string, page productsPage, size int32, count bool) (keys []productsPage, n counted, err error) {
	most := int32(mostCounted)
	switch {
	case count && f.lead == "words" && sort == byTime:
		found, large, err := s.findCommon(ctx, f, page)
		if err != nil || len(found) >= int(size) {
			return found[:min(len(found), int(size))], counted{int32(len(found)), true}, err
		}
		if large {
			f.far, most = true, mostFarCounted
		}
		fallthrough
	case count && f.lead != "":
		var total int32
		keys, total, err = s.findCounted(ctx, f, sort, page, size, most)
		if n = countedUpTo(most, total); err != nil || !n.bound {
			return keys, n, err
		}
	case count:
		total, err := s.countProducts(ctx, f)
		if err != nil {
			return nil, n, fmt.Errorf("count: %w", err)
		}
		n = countedUpTo(mostCounted, total)
	}
	keys, err = s.listKeys(ctx, f, sort, page, size)
	return keys, n, err
}

// listKeys asks one of few queries, each with its own index: a query with optional parts alone would be planned for none of them.
func (s *Service) listKeys(ctx context.Context, f filter, sort string, page productsPage, size int32) ([]productsPage, error) {
	db := s.cfg.DB.Read(ctx)
	var keys []productsPage
	switch {
	case f.lead != "":
		if f.lead == "words" && sort == byTime && !f.far {
			near, err := s.findNear(ctx, f, page, size)
			if err != nil || len(near) == int(size) {
				return near, err
			}
		}
		rows, err := queries.FindProducts(ctx, db, f.find(sort, page, size))
		for _, row := range rows {
			keys = append(keys, productsPage{row.UpdateTime, row.Name, row.ID})
		}
		return keys, err
	case sort == byName:
		rows, err := queries.ListProductsByName(ctx, db, productdb.ListProductsByNameParams{
			AfterName: page.Name, AfterID: page.ID, State: f.state, Since: f.since, NoPicture: f.noPicture, PageSize: size,
		})
		for _, row := range rows {
			keys = append(keys, productsPage{row.UpdateTime, row.Name, row.ID})
		}
		return keys, err
	case sort == byID:
		rows, err := queries.ListProductsByID(ctx, db, productdb.ListProductsByIDParams{
			AfterID: page.ID, State: f.state, Since: f.since, NoPicture: f.noPicture, PageSize: size,
		})
		for _, row := range rows {
			keys = append(keys, productsPage{row.UpdateTime, row.Name, row.ID})
		}
		return keys, err
	case f.noPicture || !f.since.IsZero():
		rows, err := queries.ListProductsByTime(ctx, db, productdb.ListProductsByTimeParams{
			BeforeTime: page.Before, BeforeID: page.ID, State: f.state, Since: f.since, NoPicture: f.noPicture, PageSize: size,
		})
		for _, row := range rows {
			keys = append(keys, productsPage{row.UpdateTime, row.Name, row.ID})
		}
		return keys, err
	case f.state != "":
		rows, err := queries.ListProductsInState(ctx, db, productdb.ListProductsInStateParams{
			State: f.state, BeforeTime: page.Before, BeforeID: page.ID, PageSize: size,
		})
		for _, row := range rows {
			keys = append(keys, productsPage{row.UpdateTime, "", row.ID})
		}
		return keys, err
	default:
		rows, err := queries.ListProducts(ctx, db, productdb.ListProductsParams{BeforeTime: page.Before, BeforeID: page.ID, PageSize: size})
		for _, row := range rows {
			keys = append(keys, productsPage{row.UpdateTime, "", row.ID})
		}
		return keys, err
	}
}

// findCommon finds the next products that have words which are near in the list, and whether there are so many products that it looked. The index of words would go
// through all that have common ones, which is most of what a search can cost.
func (s *Service) findCommon(ctx context.Context, f filter, page productsPage) (found []productsPage, large bool, err error) {
	if f.words == "" {
		return nil, false, nil
	}
	products, err := queries.EstimateProducts(ctx, s.cfg.DB.Read(ctx))
	if err != nil || products < manyProducts {
		return nil, false, err
	}
	found, err = s.findNear(ctx, f, page, nearCounted)
	return found, true, err
}

// findNear finds what is near in the list. Words that many products have fill a page there; their index is asked for others alone, since it finds
// all that have them before any is sorted.
func (s *Service) findNear(ctx context.Context, f filter, page productsPage, size int32) ([]productsPage, error) {
	all := f.find(byTime, page, size)
	rows, err := queries.FindNearProducts(ctx, s.cfg.DB.Read(ctx), productdb.FindNearProductsParams{
		Words: all.Words, Likes: likes(f.query), Query: all.Query, Brand: all.Brand, Tag: all.Tag, TypeID: all.TypeID, ByType: all.ByType,
		CategoryID: all.CategoryID, ByCategory: all.ByCategory, State: all.State, Since: all.Since, NoPicture: all.NoPicture, AfterID: all.AfterID, BeforeTime: all.BeforeTime,
		PageSize: size,
	})
	keys := make([]productsPage, len(rows))
	for i, row := range rows {
		keys[i] = productsPage{row.UpdateTime, row.Name, row.ID}
	}
	return keys, err
}

func (f filter) find(sort string, page productsPage, size int32) productdb.FindProductsParams {
	orLowest := func(given string) string {
		if given == "" {
			return lowestID
		}
		return given
	}
	return productdb.FindProductsParams{
		Lead: f.lead, Words: f.words, Query: f.query, Brand: f.brand, Tag: f.tag, TypeID: orLowest(f.typeID), ByType: f.typeID != "",
		CategoryID: orLowest(f.within), ByCategory: f.within != "", State: f.state, Since: f.since, NoPicture: f.noPicture,
		SortBy: sort, AfterName: page.Name, AfterID: page.ID, BeforeTime: page.Before, PageSize: size,
	}
}

// Where counting ends: past it nobody reads the number, and the list must not take longer the longer it is.
const (
	mostCounted  = 1_000
	manyProducts = 15_000 // of as many, words are counted as follows
	nearCounted  = 250    // of words that fill a page nearby
	// Others are not had by more products as a rule, and to count them all finds the page by the same reading.
	mostFarCounted = 10_000
)

// findCounted counts what a lead narrows, up to most. Below that the keys are the page asked for; else they are none of it.
func (s *Service) findCounted(ctx context.Context, f filter, sort string, page productsPage, size, most int32) (keys []productsPage, total int32, err error) {
	all := f.find(sort, page, size)
	rows, err := queries.FindCounted(ctx, s.cfg.DB.Read(ctx), productdb.FindCountedParams{
		Lead: all.Lead, Words: all.Words, Query: all.Query, Brand: all.Brand, Tag: all.Tag, TypeID: all.TypeID, ByType: all.ByType, CategoryID: all.CategoryID,
		ByCategory: all.ByCategory, State: all.State, Since: all.Since, NoPicture: all.NoPicture,
		SortBy: all.SortBy, AfterName: all.AfterName, AfterID: all.AfterID, BeforeTime: all.BeforeTime, PageSize: int64(size), CountLimit: most,
	})
	for _, row := range rows {
		total = row.Total
		if row.ID != lowestID {
			keys = append(keys, productsPage{row.UpdateTime, row.Name, row.ID})
		}
	}
	return keys, total, err
}

// countProducts counts what listKeys lists without a lead.
func (s *Service) countProducts(ctx context.Context, f filter) (int32, error) {
	db := s.cfg.DB.Read(ctx)
	switch {
	case f.noPicture || !f.since.IsZero():
		keys, err := s.listKeys(ctx, f, byID, productsPage{ID: lowestID}, mostCounted)
		return int32(len(keys)), err
	case f.state != "":
		return queries.CountProductsInState(ctx, db, productdb.CountProductsInStateParams{State: f.state, CountLimit: mostCounted})
	default:
		return queries.CountProducts(ctx, db, mostCounted)
	}
}

// wordsOf are the words of a query in small letters.
func wordsOf(query string) []string {
	return strings.FieldsFunc(strings.ToLower(query), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// likes are patterns that every name has which wordQuery finds.
func likes(query string) []string {
	words := wordsOf(query)
	for i, word := range words {
		words[i] = "%" + word + "%"
	}
	return words
}

// wordQuery is a text search for words that begin as those of the query do, all of them.
func wordQuery(query string) string {
	words := wordsOf(query)
	for i, word := range words {
		words[i] = "'" + word + "':*"
	}
	return strings.Join(words, " & ")
}
