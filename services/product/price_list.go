package product

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
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
