package pricing

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

var (
	errNoTaxZone      = rpc.NotFound("no taxes are kept for this country or region")
	errTaxZoneChanged = rpc.Aborted("somebody else changed these taxes meanwhile; look at them again")
)

// zoneKey is where a page of tax zones ended.
type zoneKey struct {
	Country string `json:"c"`
	Region  string `json:"r"`
}

// ListTaxZones returns a page.
func (s *Service) ListTaxZones(ctx context.Context, req *pricingv1.ListTaxZonesRequest) (*pricingv1.ListTaxZonesResponse, error) {
	var after zoneKey
	if err := rpc.ParsePageToken(req.GetPageToken(), &after); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	rows, err := queries.ListTaxZones(ctx, s.cfg.DB.Read(ctx), pricingdb.ListTaxZonesParams{Now: clock.Now(), AfterCountry: after.Country, AfterRegion: after.Region, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list tax zones: %w", err)
	}
	answer := &pricingv1.ListTaxZonesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(zoneKey{rows[size-1].CountryCode, rows[size-1].Region})
	}
	for _, row := range rows {
		zone := taxZoneOf(pricingdb.TaxZone{
			CountryCode: row.CountryCode, Region: row.Region, Name: row.Name, Included: row.Included, Shipping: row.Shipping, EachLine: row.EachLine, Version: row.Version,
		})
		zone.Summary = row.Taxes
		answer.Zones = append(answer.Zones, zone)
	}
	return answer, nil
}

func taxZoneOf(row pricingdb.TaxZone) *pricingv1.TaxZone {
	zone := &pricingv1.TaxZone{
		CountryCode: row.CountryCode, Region: row.Region, Name: row.Name, PricesIncludeTax: row.Included, EachLine: row.EachLine, Version: row.Version,
	}
	for _, known := range shippingTaxes {
		if known.stored == row.Shipping {
			zone.Shipping = known.shown
		}
	}
	return zone
}

// GetTaxZone returns one with its taxes.
func (s *Service) GetTaxZone(ctx context.Context, req *pricingv1.GetTaxZoneRequest) (*pricingv1.GetTaxZoneResponse, error) {
	db, at := s.cfg.DB.Read(ctx), placeOf(req.GetCountryCode(), req.GetRegion(), "")
	row, err := queries.GetTaxZone(ctx, db, pricingdb.GetTaxZoneParams{CountryCode: at.country, Region: at.region})
	if postgres.IsNoRows(err) {
		return nil, errNoTaxZone
	}
	if err != nil {
		return nil, fmt.Errorf("get tax zone: %w", err)
	}
	zone, err := withTaxes(ctx, db, row)
	return &pricingv1.GetTaxZoneResponse{Zone: zone}, err
}

// withTaxes is a zone with its taxes.
func withTaxes(ctx context.Context, db postgres.DBTX, row pricingdb.TaxZone) (*pricingv1.TaxZone, error) {
	taxes, err := queries.ListTaxesOfZone(ctx, db, pricingdb.ListTaxesOfZoneParams{CountryCode: row.CountryCode, Region: row.Region})
	if err != nil {
		return nil, fmt.Errorf("list taxes of zone: %w", err)
	}
	zone := taxZoneOf(row)
	for _, tax := range taxes {
		zone.Taxes = append(zone.Taxes, taxOf(pricingdb.ListTaxesRow(tax)))
	}
	return zone, nil
}

// SetTaxZone stores a zone and replaces its taxes.
func (s *Service) SetTaxZone(ctx context.Context, req *pricingv1.SetTaxZoneRequest) (*pricingv1.SetTaxZoneResponse, error) {
	given := req.GetZone()
	var wrong problems
	at := areaOf(given.GetCountryCode(), given.GetRegion(), "", "", wrong.of(-1))
	taxes := make([]*pricingv1.Tax, len(given.GetTaxes()))
	for i, tax := range given.GetTaxes() {
		if tax.GetPostcodeFrom() != "" || tax.GetPostcodeUntil() != "" {
			wrong.of(i)("postcode_from", "does not belong here: taxes of postcodes are stored by themselves")
		}
		taxes[i] = proto.CloneOf(tax)
		taxes[i].CountryCode, taxes[i].Region = at.country, at.region
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	stored := ""
	for _, known := range shippingTaxes {
		if known.shown == given.GetShipping() {
			stored = known.stored
		}
	}
	zone, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*pricingv1.TaxZone, error) {
		row, err := putTaxZone(ctx, tx, req.GetExpectedVersion(), pricingdb.AddTaxZoneParams{
			CountryCode: at.country, Region: at.region, Name: strings.TrimSpace(given.GetName()), Included: given.GetPricesIncludeTax(), Shipping: stored, EachLine: given.GetEachLine(),
		})
		if err != nil {
			return nil, err
		}
		if err := queries.DeleteTaxesOfZone(ctx, tx, pricingdb.DeleteTaxesOfZoneParams{CountryCode: at.country, Region: at.region}); err != nil {
			return nil, fmt.Errorf("delete taxes of zone: %w", err)
		}
		if err := putTaxes(ctx, tx, taxes, false); err != nil {
			return nil, err
		}
		return withTaxes(ctx, tx, row)
	})
	return &pricingv1.SetTaxZoneResponse{Zone: zone}, err
}

// putTaxZone stores a zone without its taxes; it is new when it replaces version 0.
func putTaxZone(ctx context.Context, tx pgx.Tx, expected int64, put pricingdb.AddTaxZoneParams) (pricingdb.TaxZone, error) {
	if expected == 0 {
		row, err := queries.AddTaxZone(ctx, tx, put)
		if postgres.Violates(err, "tax_zones_pkey") {
			return row, rpc.AlreadyExists("there are taxes of this country or region already; change these")
		}
		return row, err
	}
	if err := lockTaxZone(ctx, tx, put.CountryCode, put.Region, expected); err != nil {
		return pricingdb.TaxZone{}, err
	}
	row, err := queries.ChangeTaxZone(ctx, tx, pricingdb.ChangeTaxZoneParams{
		CountryCode: put.CountryCode, Region: put.Region, Name: put.Name, Included: put.Included, Shipping: put.Shipping, EachLine: put.EachLine,
	})
	if err != nil {
		return row, fmt.Errorf("change tax zone: %w", err)
	}
	return row, nil
}

func lockTaxZone(ctx context.Context, tx pgx.Tx, country, region string, expected int64) error {
	locked, err := queries.LockTaxZone(ctx, tx, pricingdb.LockTaxZoneParams{CountryCode: country, Region: region})
	switch {
	case postgres.IsNoRows(err):
		return errNoTaxZone
	case err != nil:
		return fmt.Errorf("lock tax zone: %w", err)
	case locked.Version != expected:
		return errTaxZoneChanged
	}
	return nil
}

// DeleteTaxZone removes a zone with all its taxes.
func (s *Service) DeleteTaxZone(ctx context.Context, req *pricingv1.DeleteTaxZoneRequest) (*pricingv1.DeleteTaxZoneResponse, error) {
	at := placeOf(req.GetCountryCode(), req.GetRegion(), "")
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		err := lockTaxZone(ctx, tx, at.country, at.region, req.GetExpectedVersion())
		if errors.Is(err, errNoTaxZone) {
			return struct{}{}, nil // it is gone already
		}
		if err != nil {
			return struct{}{}, err
		}
		if err := queries.DeleteAllTaxesOfZone(ctx, tx, pricingdb.DeleteAllTaxesOfZoneParams{CountryCode: at.country, Region: at.region}); err != nil {
			return struct{}{}, fmt.Errorf("delete taxes of zone: %w", err)
		}
		_, err = queries.DeleteTaxZone(ctx, tx, pricingdb.DeleteTaxZoneParams{CountryCode: at.country, Region: at.region})
		return struct{}{}, err
	})
	if err != nil {
		return nil, err
	}
	return &pricingv1.DeleteTaxZoneResponse{}, nil
}
