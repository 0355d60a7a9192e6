package product

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

var errNoPriceList = rpc.NotFound("there is no such price list")

// ListPriceLists pages through price lists by name.
func (s *Service) ListPriceLists(ctx context.Context, req *productv1.ListPriceListsRequest) (*productv1.ListPriceListsResponse, error) {
	page, err := readNamesPage(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	rows, err := queries.ListPriceLists(ctx, s.cfg.DB.Read(ctx), productdb.ListPriceListsParams{AfterName: page.Name, AfterID: page.ID, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list price lists: %w", err)
	}
	answer := &productv1.ListPriceListsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(namesPage{strings.ToLower(rows[size-1].Name), rows[size-1].ID})
	}
	for _, row := range rows {
		answer.Lists = append(answer.Lists, toPriceList(row))
	}
	return answer, nil
}

// GetPriceList returns a price list.
func (s *Service) GetPriceList(ctx context.Context, req *productv1.GetPriceListRequest) (*productv1.GetPriceListResponse, error) {
	row, err := queries.GetPriceList(ctx, s.cfg.DB.Read(ctx), req.GetId())
	if postgres.IsNoRows(err) {
		return nil, errNoPriceList
	}
	if err != nil {
		return nil, fmt.Errorf("get price list: %w", err)
	}
	return &productv1.GetPriceListResponse{List: toPriceList(row)}, nil
}

// inPriceList runs a transaction that changes a list, and tells of it.
func (s *Service) inPriceList(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) (*productv1.PriceList, error)) (*productv1.PriceList, error) {
	changed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.PriceList, error) {
		changed, err := fn(ctx, tx)
		if err != nil || changed == nil {
			return nil, err
		}
		return changed, broker.Publish(ctx, tx, &productv1.PriceListsChanged{ListIds: []string{changed.GetId()}})
	})
	if postgres.Violates(err, "product_price_lists_name") {
		return nil, refused(problem("name", "is the name of another price list"))
	}
	return changed, err
}

// CreatePriceList adds a price list.
func (s *Service) CreatePriceList(ctx context.Context, req *productv1.CreatePriceListRequest) (*productv1.CreatePriceListResponse, error) {
	l := proto.CloneOf(req.GetList())
	start, end, err := tidyPriceList(l)
	if err != nil {
		return nil, err
	}
	made, err := s.inPriceList(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.PriceList, error) {
		row, err := queries.AddPriceList(ctx, tx, productdb.AddPriceListParams{
			ID: id.New(), Name: l.GetName(), Currency: l.GetCurrencyCode(), CustomerGroup: l.GetCustomerGroup(), StartTime: start, EndTime: end, Now: clock.Now(),
		})
		return toPriceList(row), err
	})
	if err != nil {
		return nil, err
	}
	return &productv1.CreatePriceListResponse{List: made}, nil
}

// UpdatePriceList changes what is said of a list.
func (s *Service) UpdatePriceList(ctx context.Context, req *productv1.UpdatePriceListRequest) (*productv1.UpdatePriceListResponse, error) {
	l := proto.CloneOf(req.GetList())
	if !id.Valid(l.GetId()) {
		return nil, refused(problem("id", "name the price list by its id"))
	}
	start, end, err := tidyPriceList(l)
	if err != nil {
		return nil, err
	}
	changed, err := s.inPriceList(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.PriceList, error) {
		before, err := lockPriceList(ctx, tx, l.GetId(), req.GetExpectedVersion())
		if err != nil {
			return nil, err
		}
		if before.GetCurrencyCode() != l.GetCurrencyCode() {
			return nil, refused(problem("currency_code", "cannot change, since prices are in it; make another list"))
		}
		row, err := queries.ChangePriceList(ctx, tx, productdb.ChangePriceListParams{
			ID: l.GetId(), Name: l.GetName(), CustomerGroup: l.GetCustomerGroup(), StartTime: start, EndTime: end, Now: clock.Now(),
		})
		return toPriceList(row), err
	})
	if err != nil {
		return nil, err
	}
	return &productv1.UpdatePriceListResponse{List: changed}, nil
}

// DeletePriceList removes a list.
func (s *Service) DeletePriceList(ctx context.Context, req *productv1.DeletePriceListRequest) (*productv1.DeletePriceListResponse, error) {
	_, err := s.inPriceList(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.PriceList, error) {
		l, err := lockPriceList(ctx, tx, req.GetId(), req.GetExpectedVersion())
		if errors.Is(err, errNoPriceList) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return l, queries.DeletePriceList(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.DeletePriceListResponse{}, nil
}

func lockPriceList(ctx context.Context, tx pgx.Tx, list string, version int64) (*productv1.PriceList, error) {
	row, err := queries.LockPriceList(ctx, tx, list)
	if postgres.IsNoRows(err) {
		return nil, errNoPriceList
	}
	if err != nil {
		return nil, fmt.Errorf("lock price list: %w", err)
	}
	if version != 0 && row.Version != version {
		return nil, rpc.Aborted("somebody else changed this price list meanwhile; look at it again, then repeat your change")
	}
	return toPriceList(row), nil
}

func tidyPriceList(l *productv1.PriceList) (start, end *time.Time, err error) {
	var found problems
	found.line("name", feed.MaxCategory, &l.Name)
	if l.GetName() == "" {
		found.add("name", "is missing; a price list needs a name")
	}
	if !money.Known(l.GetCurrencyCode()) {
		found.add("currency_code", "is no currency, such as EUR")
	}
	found.line("customer_group", feed.MaxCategory, &l.CustomerGroup)
	for field, at := range map[string]*timestamppb.Timestamp{"start_time": l.GetStartTime(), "end_time": l.GetEndTime()} {
		if at == nil {
			continue
		}
		if !at.IsValid() {
			found.add(field, "is no time")
			continue
		}
		t := at.AsTime().Truncate(time.Microsecond)
		if field == "start_time" {
			start = &t
		} else {
			end = &t
		}
	}
	if start != nil && end != nil && !end.After(*start) {
		found.add("end_time", "is not after the start")
	}
	return start, end, found.err()
}

func toPriceList(row productdb.ProductPriceList) *productv1.PriceList {
	l := &productv1.PriceList{
		Id: row.ID, Name: row.Name, CurrencyCode: row.Currency, CustomerGroup: row.CustomerGroup, Version: row.Version,
		CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
	}
	if row.StartTime != nil {
		l.StartTime = timestamppb.New(*row.StartTime)
	}
	if row.EndTime != nil {
		l.EndTime = timestamppb.New(*row.EndTime)
	}
	return l
}

// pricesPage is the price that the page before ended with.
type pricesPage struct {
	Variant  string `json:"v"`
	Quantity int32  `json:"q"`
}

// ListListedPrices pages through a list's prices.
func (s *Service) ListListedPrices(ctx context.Context, req *productv1.ListListedPricesRequest) (*productv1.ListListedPricesResponse, error) {
	db := s.cfg.DB.Read(ctx)
	list, err := queries.GetPriceList(ctx, db, req.GetListId())
	if postgres.IsNoRows(err) {
		return nil, errNoPriceList
	}
	if err != nil {
		return nil, fmt.Errorf("get price list: %w", err)
	}
	page := pricesPage{Variant: lowestID}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	if !id.Valid(page.Variant) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), 100)
	rows, err := queries.ListListedPrices(ctx, db, productdb.ListListedPricesParams{
		ListID: req.GetListId(), AfterVariant: page.Variant, AfterQuantity: page.Quantity, PageSize: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list listed prices: %w", err)
	}
	answer := &productv1.ListListedPricesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(pricesPage{rows[size-1].VariantID, rows[size-1].MinQuantity})
	}
	for _, row := range rows {
		answer.Prices = append(answer.Prices, &productv1.ListedPrice{
			ListId: list.ID, VariantId: row.VariantID, MinQuantity: row.MinQuantity, Price: amount(row.PriceMinor, list.Currency),
			CompareAtPrice: amountOrNone(row.CompareAtMinor, list.Currency),
		})
	}
	return answer, nil
}

func amount(minor int64, currency string) *typev1.Money {
	return &typev1.Money{AmountMinor: minor, CurrencyCode: currency}
}

func amountOrNone(minor *int64, currency string) *typev1.Money {
	if minor == nil {
		return nil
	}
	return amount(*minor, currency)
}

// ListProductPrices returns the listed prices of a product.
func (s *Service) ListProductPrices(ctx context.Context, req *productv1.ListProductPricesRequest) (*productv1.ListProductPricesResponse, error) {
	rows, err := queries.ListProductPrices(ctx, s.cfg.DB.Read(ctx), productdb.ListProductPricesParams{ProductID: req.GetProductId(), PageSize: 5_000})
	if err != nil {
		return nil, fmt.Errorf("list product prices: %w", err)
	}
	answer := &productv1.ListProductPricesResponse{}
	for _, row := range rows {
		answer.Prices = append(answer.Prices, &productv1.ListedPrice{
			ListId: row.ListID, VariantId: row.VariantID, MinQuantity: row.MinQuantity, Price: amount(row.PriceMinor, row.Currency),
			CompareAtPrice: amountOrNone(row.CompareAtMinor, row.Currency),
		})
	}
	return answer, nil
}

// SetListedPrices changes a list's prices, all or none.
func (s *Service) SetListedPrices(ctx context.Context, req *productv1.SetListedPricesRequest) (*productv1.SetListedPricesResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		list, err := lockPriceList(ctx, tx, req.GetListId(), 0)
		if err != nil {
			return nil, err
		}
		variants, err := checkListed(ctx, tx, list, req)
		if err != nil {
			return nil, err
		}
		if len(req.GetRemoved()) > 0 {
			gone := productdb.RemoveListedPricesParams{ListID: list.GetId()}
			for _, p := range req.GetRemoved() {
				gone.VariantIds, gone.MinQuantities = append(gone.VariantIds, p.GetVariantId()), append(gone.MinQuantities, p.GetMinQuantity())
			}
			if err := queries.RemoveListedPrices(ctx, tx, gone); err != nil {
				return nil, fmt.Errorf("remove listed prices: %w", err)
			}
		}
		type listedRow struct {
			VariantID   string `json:"variant_id"`
			MinQuantity int32  `json:"min_quantity"`
			Price       int64  `json:"price_minor"`
			CompareAt   *int64 `json:"compare_at_minor"`
		}
		set := []listedRow{}
		for _, p := range req.GetPrices() {
			row := listedRow{VariantID: p.GetVariantId(), MinQuantity: p.GetMinQuantity(), Price: p.GetPrice().GetAmountMinor()}
			if p.GetCompareAtPrice() != nil {
				row.CompareAt = &p.CompareAtPrice.AmountMinor
			}
			set = append(set, row)
		}
		rows, err := json.Marshal(set)
		if err != nil {
			return nil, err
		}
		if err := queries.SetListedPrices(ctx, tx, productdb.SetListedPricesParams{ListID: list.GetId(), Rows: rows}); err != nil {
			return nil, fmt.Errorf("set listed prices: %w", err)
		}
		for start := 0; start < len(variants); start += eventSize {
			if err := broker.Publish(ctx, tx, &productv1.ListedPricesChanged{VariantIds: variants[start:min(start+eventSize, len(variants))]}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	return &productv1.SetListedPricesResponse{}, nil
}

// checkListed names all that is wrong with prices, and returns the variants that they are of, each once.
func checkListed(ctx context.Context, tx pgx.Tx, list *productv1.PriceList, req *productv1.SetListedPricesRequest) ([]string, error) {
	var found problems
	var asked, all []string
	type place struct {
		variant  string
		quantity int32
	}
	seen, listed := map[place]bool{}, map[string]bool{}
	look := func(field string, p *productv1.ListedPrice) {
		if !id.Valid(p.GetVariantId()) {
			found.add(field+".variant_id", "is not the id of a variant")
			return
		}
		if p.GetMinQuantity() < 1 {
			found.add(field+".min_quantity", "is less than 1")
		}
		at := place{p.GetVariantId(), p.GetMinQuantity()}
		if seen[at] {
			found.add(field, "is there twice: a variant has one price from a quantity on")
		}
		seen[at] = true
		if !listed[p.GetVariantId()] {
			listed[p.GetVariantId()] = true
			all = append(all, p.GetVariantId())
		}
	}
	for i, p := range req.GetPrices() {
		field := fmt.Sprintf("prices[%d]", i)
		look(field, p)
		asked = append(asked, p.GetVariantId())
		if p.GetPrice() == nil {
			found.add(field+".price", "is missing")
			continue
		}
		found.listedPrice(field+".price", p.GetPrice(), list.GetCurrencyCode())
		if p.GetCompareAtPrice() != nil {
			found.listedPrice(field+".compare_at_price", p.GetCompareAtPrice(), list.GetCurrencyCode())
			if p.GetCompareAtPrice().GetAmountMinor() <= p.GetPrice().GetAmountMinor() {
				found.add(field+".compare_at_price", "is not above the price; leave it empty when there is no reduction")
			}
		}
	}
	for i, p := range req.GetRemoved() {
		look(fmt.Sprintf("removed[%d]", i), p)
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	rows, err := queries.ListKnownVariants(ctx, tx, orEmpty(asked))
	if err != nil {
		return nil, fmt.Errorf("list known variants: %w", err)
	}
	known := map[string]bool{}
	for _, row := range rows {
		known[row] = true
	}
	for i, variant := range asked {
		if !known[variant] {
			found.add(fmt.Sprintf("prices[%d].variant_id", i), "is not the id of a variant")
		}
	}
	return all, found.err()
}

func (p *problems) listedPrice(field string, price *typev1.Money, currency string) {
	if price.GetCurrencyCode() != currency {
		p.add(field, "is not in "+currency+", the currency of the list")
		return
	}
	p.price(field, price, currency)
}
