package pricing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
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

// taken says which areas are another zone's.
func taken(asked pricingdb.AddAreasParams, got []pricingdb.AddAreasRow) error {
	var wrong problems
	for i := range asked.CountryCodes {
		row := pricingdb.AddAreasRow{CountryCode: asked.CountryCodes[i], Region: asked.Regions[i], PostcodeFrom: asked.PostcodesFrom[i], PostcodeUntil: asked.PostcodesUntil[i]}
		if !slices.Contains(got, row) {
			wrong.of(i)("areas", "another zone has this place already; take it out there first")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return rpc.FailedPrecondition("areas: "+wrong[0].GetText(), &pricingv1.RateProblems{Problems: wrong})
}

// methodCode is the form of codes.
var methodCode = regexp.MustCompile(`^[a-z0-9_-]{1,50}$`)

// checkZone makes rows of what shall be stored. Problems of areas have the index of the area, those of methods that of the method, in fields that begin with
// "methods".
func checkZone(given *pricingv1.ShippingZone) (areas pricingdb.AddAreasParams, methods pricingdb.AddMethodsParams, prices pricingdb.AddPricesParams, err error) {
	var wrong problems
	seen := map[area]bool{}
	for i, one := range given.GetAreas() {
		at := areaOf(one.GetCountryCode(), one.GetRegion(), one.GetPostcodeFrom(), one.GetPostcodeUntil(), wrong.of(i))
		if seen[at] {
			wrong.of(i)("areas", "is there twice")
		}
		seen[at] = true
		areas.CountryCodes, areas.Regions = append(areas.CountryCodes, at.country), append(areas.Regions, at.region)
		areas.PostcodesFrom, areas.PostcodesUntil = append(areas.PostcodesFrom, at.from), append(areas.PostcodesUntil, at.until)
	}
	methods.Codes, prices.Codes = []string{}, []string{}
	for i, method := range given.GetMethods() {
		say := wrong.of(i)
		tell := func(field, text string) { say("methods."+field, text) }
		if slices.Contains(methods.Codes, method.GetCode()) {
			tell("code", "another method of this zone has it")
		}
		checkMethod(method, tell)
		pickup := ""
		if method.GetPickupAddress() != nil {
			encoded, err := protojson.Marshal(method.GetPickupAddress())
			if err != nil {
				return areas, methods, prices, fmt.Errorf("encode address of pickup: %w", err)
			}
			pickup = string(encoded)
		}
		methods.Codes, methods.Positions = append(methods.Codes, method.GetCode()), append(methods.Positions, int32(i+1))
		methods.Names, methods.Actives = append(methods.Names, strings.TrimSpace(method.GetName())), append(methods.Actives, method.GetActive())
		methods.MinDays, methods.MaxDays = append(methods.MinDays, method.GetMinDays()), append(methods.MaxDays, method.GetMaxDays())
		methods.Pickups, methods.Hours = append(methods.Pickups, pickup), append(methods.Hours, method.GetPickupHours())
		for at, price := range inOrder(method.GetPrices()) {
			prices.Codes, prices.Positions = append(prices.Codes, method.GetCode()), append(prices.Positions, int32(at+1))
			prices.CurrencyCodes, prices.Prices = append(prices.CurrencyCodes, price.GetCurrencyCode()), append(prices.Prices, price.GetPriceMinor())
			prices.MostGrams, prices.MostUnits = append(prices.MostGrams, price.GetMostGrams()), append(prices.MostUnits, price.GetMostUnits())
			prices.LeastGoods = append(prices.LeastGoods, price.GetLeastGoodsMinor())
		}
	}
	return areas, methods, prices, wrong.err()
}

// mostMinor is the largest amount that a price of delivery, or of goods for it, may be.
const mostMinor = 100_000_000_000

func checkMethod(method *pricingv1.ShippingMethod, wrong func(field, text string)) {
	if !methodCode.MatchString(method.GetCode()) {
		wrong("code", "must have 1 to 50 small letters, digits, - and _")
	}
	if name := strings.TrimSpace(method.GetName()); name == "" || len([]rune(name)) > 100 {
		wrong("name", "must have 1 to 100 characters: shoppers read it")
	}
	if method.GetMinDays() < 0 || method.GetMinDays() > 365 {
		wrong("min_days", "must be from 0 to 365")
	}
	if method.GetMaxDays() < method.GetMinDays() || method.GetMaxDays() > 365 {
		wrong("max_days", "must be from the least to 365")
	}
	if to := method.GetPickupAddress(); to != nil {
		areaOf(to.GetCountryCode(), to.GetRegion(), to.GetPostalCode(), "", func(field, text string) {
			wrong("pickup_address."+strings.Replace(field, "postcode_from", "postal_code", 1), text)
		})
	}
	if len(method.GetPrices()) == 0 {
		wrong("prices", "are missing: write at least one, 0 for free")
	}
	for i, price := range method.GetPrices() {
		at := fmt.Sprintf("prices[%d].", i)
		if !money.Known(price.GetCurrencyCode()) {
			wrong(at+"currency_code", "is no currency; write its three letters, such as EUR")
		}
		for field, amount := range map[string]int64{"most_grams": price.GetMostGrams(), "most_units": price.GetMostUnits()} {
			if amount < 0 || amount > math.MaxInt32 {
				wrong(at+field, "must not be below zero, nor above 2 billion")
			}
		}
		for field, amount := range map[string]int64{"least_goods_minor": price.GetLeastGoodsMinor(), "price_minor": price.GetPriceMinor()} {
			if amount < 0 || amount > mostMinor {
				wrong(at+field, "must not be below zero, nor above what an order may cost")
			}
		}
		same := func(other *pricingv1.ShippingPrice) bool {
			a, b := proto.CloneOf(price), proto.CloneOf(other)
			a.PriceMinor, b.PriceMinor = 0, 0
			return proto.Equal(a, b)
		}
		if slices.ContainsFunc(method.GetPrices()[:i], same) {
			wrong(at+"price_minor", "is for the same carts as one before it")
		}
	}
}

// inOrder are prices as they are tried: those for the most valuable goods first, then for the lightest and fewest.
func inOrder(prices []*pricingv1.ShippingPrice) []*pricingv1.ShippingPrice {
	bound := func(most int64) int64 {
		if most == 0 {
			return math.MaxInt64
		}
		return most
	}
	return slices.SortedStableFunc(slices.Values(prices), func(a, b *pricingv1.ShippingPrice) int {
		return cmp.Or(
			cmp.Compare(b.GetLeastGoodsMinor(), a.GetLeastGoodsMinor()),
			cmp.Compare(bound(a.GetMostGrams()), bound(b.GetMostGrams())), cmp.Compare(bound(a.GetMostUnits()), bound(b.GetMostUnits())),
		)
	})
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
