package pricing

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

var (
	errNoShippingZone      = rpc.NotFound("no such shipping zone")
	errShippingZoneChanged = rpc.Aborted("somebody else changed this shipping zone meanwhile; look at it again")
)

// nameKey is where a page of zones ended.
type nameKey struct {
	Name string `json:"n"`
	ID   string `json:"i"`
}

// ListShippingZones returns a page of whole zones.
func (s *Service) ListShippingZones(ctx context.Context, req *pricingv1.ListShippingZonesRequest) (*pricingv1.ListShippingZonesResponse, error) {
	after := nameKey{ID: "00000000-0000-0000-0000-000000000000"}
	if err := rpc.ParsePageToken(req.GetPageToken(), &after); err != nil {
		return nil, err
	}
	if !id.Valid(after.ID) {
		return nil, errPageToken
	}
	db, size := s.cfg.DB.Read(ctx), rpc.PageSize(req.GetPageSize(), usualPage)
	rows, err := queries.ListShippingZones(ctx, db, pricingdb.ListShippingZonesParams{AfterName: after.Name, AfterID: after.ID, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list shipping zones: %w", err)
	}
	answer := &pricingv1.ListShippingZonesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(nameKey{rows[size-1].Name, rows[size-1].ID})
	}
	answer.Zones, err = shippingZones(ctx, db, rows...)
	return answer, err
}

// GetShippingZone returns one.
func (s *Service) GetShippingZone(ctx context.Context, req *pricingv1.GetShippingZoneRequest) (*pricingv1.GetShippingZoneResponse, error) {
	db := s.cfg.DB.Read(ctx)
	row, err := queries.GetShippingZone(ctx, db, req.GetId())
	if postgres.IsNoRows(err) {
		return nil, errNoShippingZone
	}
	if err != nil {
		return nil, fmt.Errorf("get shipping zone: %w", err)
	}
	zones, err := shippingZones(ctx, db, row)
	if err != nil {
		return nil, err
	}
	return &pricingv1.GetShippingZoneResponse{Zone: zones[0]}, nil
}

// shippingZones are rows with all that belongs to them.
func shippingZones(ctx context.Context, db postgres.DBTX, rows ...pricingdb.ShippingZone) ([]*pricingv1.ShippingZone, error) {
	zones, byID, ids := make([]*pricingv1.ShippingZone, len(rows)), make(map[string]*pricingv1.ShippingZone, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		zones[i] = &pricingv1.ShippingZone{Id: row.ID, Name: row.Name, Version: row.Version}
		byID[row.ID], ids[i] = zones[i], row.ID
	}
	areas, err := queries.ListAreas(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("list areas: %w", err)
	}
	for _, row := range areas {
		at := area{row.CountryCode, row.Region, row.PostcodeFrom, row.PostcodeUntil}
		byID[row.ZoneID].Areas = append(byID[row.ZoneID].Areas, &pricingv1.ShippingArea{CountryCode: at.country, Region: at.region, PostcodeFrom: at.from, PostcodeUntil: at.last()})
	}
	ways, err := queries.ListZoneMethods(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("list methods: %w", err)
	}
	type key struct{ zone, code string }
	methods := make(map[key]*pricingv1.ShippingMethod, len(ways))
	for _, row := range ways {
		method := &pricingv1.ShippingMethod{Code: row.Code, Name: row.Name, Active: row.Active, MinDays: row.MinDays, MaxDays: row.MaxDays, PickupHours: row.Hours}
		if row.Pickup != nil {
			method.PickupAddress = &typev1.Address{}
			if err := protojson.Unmarshal(row.Pickup, method.GetPickupAddress()); err != nil {
				return nil, fmt.Errorf("read address of pickup: %w", err)
			}
		}
		methods[key{row.ZoneID, row.Code}] = method
		byID[row.ZoneID].Methods = append(byID[row.ZoneID].Methods, method)
	}
	prices, err := queries.ListZonePrices(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("list prices: %w", err)
	}
	for _, row := range prices {
		method := methods[key{row.ZoneID, row.Code}]
		method.Prices = append(method.Prices, &pricingv1.ShippingPrice{
			CurrencyCode: row.CurrencyCode, MostGrams: row.MostGrams, MostUnits: row.MostUnits, LeastGoodsMinor: row.LeastGoodsMinor, PriceMinor: row.PriceMinor,
		})
	}
	return zones, nil
}

// SetShippingZone stores a new zone or replaces all of one.
func (s *Service) SetShippingZone(ctx context.Context, req *pricingv1.SetShippingZoneRequest) (*pricingv1.SetShippingZoneResponse, error) {
	given := req.GetZone()
	fresh := req.GetExpectedVersion() == 0
	if fresh == (given.GetId() != "") || !fresh && !id.Valid(given.GetId()) {
		return nil, rpc.InvalidArgument("zone.id: a new zone has none and no version, any other has both")
	}
	areas, methods, prices, err := checkZone(given)
	if err != nil {
		return nil, err
	}
	zone, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*pricingv1.ShippingZone, error) {
		row, err := putShippingZone(ctx, tx, req.GetExpectedVersion(), given)
		if err != nil {
			return nil, err
		}
		areas.ZoneID, methods.ZoneID, prices.ZoneID = row.ID, row.ID, row.ID
		if err := queries.DeleteAreas(ctx, tx, row.ID); err != nil {
			return nil, fmt.Errorf("delete areas: %w", err)
		}
		got, err := queries.AddAreas(ctx, tx, areas)
		if err != nil {
			return nil, fmt.Errorf("add areas: %w", err)
		}
		if err := taken(areas, got); err != nil {
			return nil, err
		}
		if err := queries.DeleteMethods(ctx, tx, row.ID); err != nil {
			return nil, fmt.Errorf("delete methods: %w", err)
		}
		if err := queries.AddMethods(ctx, tx, methods); err != nil {
			return nil, fmt.Errorf("add methods: %w", err)
		}
		if err := queries.AddPrices(ctx, tx, prices); err != nil {
			return nil, fmt.Errorf("add prices: %w", err)
		}
		zones, err := shippingZones(ctx, tx, row)
		if err != nil {
			return nil, err
		}
		return zones[0], nil
	})
	return &pricingv1.SetShippingZoneResponse{Zone: zone}, err
}

func putShippingZone(ctx context.Context, tx pgx.Tx, expected int64, given *pricingv1.ShippingZone) (pricingdb.ShippingZone, error) {
	name := strings.TrimSpace(given.GetName())
	if expected == 0 {
		row, err := queries.AddShippingZone(ctx, tx, pricingdb.AddShippingZoneParams{ID: id.New(), Name: name})
		if err != nil {
			return row, fmt.Errorf("add shipping zone: %w", err)
		}
		return row, nil
	}
	if err := lockShippingZone(ctx, tx, given.GetId(), expected); err != nil {
		return pricingdb.ShippingZone{}, err
	}
	row, err := queries.ChangeShippingZone(ctx, tx, pricingdb.ChangeShippingZoneParams{ID: given.GetId(), Name: name})
	if err != nil {
		return row, fmt.Errorf("change shipping zone: %w", err)
	}
	return row, nil
}

func lockShippingZone(ctx context.Context, tx pgx.Tx, zone string, expected int64) error {
	locked, err := queries.LockShippingZone(ctx, tx, zone)
	switch {
	case postgres.IsNoRows(err):
		return errNoShippingZone
	case err != nil:
		return fmt.Errorf("lock shipping zone: %w", err)
	case locked.Version != expected:
		return errShippingZoneChanged
	}
	return nil
}

// DeleteShippingZone removes a zone.
func (s *Service) DeleteShippingZone(ctx context.Context, req *pricingv1.DeleteShippingZoneRequest) (*pricingv1.DeleteShippingZoneResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		err := lockShippingZone(ctx, tx, req.GetId(), req.GetExpectedVersion())
		if errors.Is(err, errNoShippingZone) {
			return struct{}{}, nil // it is gone already
		}
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, queries.DeleteShippingZone(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &pricingv1.DeleteShippingZoneResponse{}, nil
}

// TryAddress prices a basket for an address.
func (s *Service) TryAddress(ctx context.Context, req *pricingv1.TryAddressRequest) (*pricingv1.TryAddressResponse, error) {
	quote, err := s.Quote(ctx, req.GetBasket())
	if err != nil {
		return nil, err
	}
	return &pricingv1.TryAddressResponse{Quote: quote}, nil
}
