package pricing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/pricing/engine"
)

// mostActive is how many promotions may be active: each process keeps them in memory, and each cart goes through them.
const mostActive = 5_000

const usualPage = 50

var (
	errNoPromotion = rpc.NotFound("no such promotion")
	errPageToken   = rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
)

// pageKey is where a page ended.
type pageKey struct {
	Time time.Time `json:"t"`
	ID   string    `json:"i"` // of a promotion, or a code
}

// ListPromotions returns a page, newest first.
func (s *Service) ListPromotions(ctx context.Context, req *pricingv1.ListPromotionsRequest) (*pricingv1.ListPromotionsResponse, error) {
	before := pageKey{Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: "ffffffff-ffff-ffff-ffff-ffffffffffff"}
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	if !id.Valid(before.ID) {
		return nil, errPageToken
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	rows, err := queries.ListPromotions(ctx, s.cfg.DB.Read(ctx), pricingdb.ListPromotionsParams{BeforeTime: before.Time, BeforeID: before.ID, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list promotions: %w", err)
	}
	answer := &pricingv1.ListPromotionsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(pageKey{Time: rows[size-1].CreateTime, ID: rows[size-1].ID})
	}
	answer.Promotions, err = s.promotions(ctx, s.cfg.DB.Read(ctx), rows...)
	return answer, err
}

// GetPromotion returns one.
func (s *Service) GetPromotion(ctx context.Context, req *pricingv1.GetPromotionRequest) (*pricingv1.GetPromotionResponse, error) {
	row, err := queries.GetPromotion(ctx, s.cfg.DB.Read(ctx), req.GetId())
	if postgres.IsNoRows(err) {
		return nil, errNoPromotion
	}
	if err != nil {
		return nil, fmt.Errorf("get promotion: %w", err)
	}
	promotions, err := s.promotions(ctx, s.cfg.DB.Read(ctx), row)
	if err != nil {
		return nil, err
	}
	return &pricingv1.GetPromotionResponse{Promotion: promotions[0]}, nil
}

// CreatePromotion stores a new one.
func (s *Service) CreatePromotion(ctx context.Context, req *pricingv1.CreatePromotionRequest) (*pricingv1.CreatePromotionResponse, error) {
	given := proto.CloneOf(req.GetPromotion())
	if given.GetId() == "" {
		given.Id = id.New()
	}
	stored, err := s.stored(given)
	if err != nil {
		return nil, err
	}
	created, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*pricingv1.Promotion, error) {
		row, err := queries.AddPromotion(ctx, tx, pricingdb.AddPromotionParams{
			ID: given.GetId(), Name: given.GetName(), Active: given.GetActive(), NeedsCode: given.GetNeedsCode(),
			StartTime: moment(given.GetStartTime()), EndTime: moment(given.GetEndTime()), Definition: stored, Now: clock.Now(),
		})
		if postgres.Violates(err, "promotions_pkey") {
			return nil, rpc.AlreadyExists("there is a promotion with this id")
		}
		if err != nil {
			return nil, fmt.Errorf("add promotion: %w", err)
		}
		return s.finish(ctx, tx, row, given)
	})
	return &pricingv1.CreatePromotionResponse{Promotion: created}, err
}

// UpdatePromotion replaces what staff say of one.
func (s *Service) UpdatePromotion(ctx context.Context, req *pricingv1.UpdatePromotionRequest) (*pricingv1.UpdatePromotionResponse, error) {
	given := req.GetPromotion()
	stored, err := s.stored(given)
	if err != nil {
		return nil, err
	}
	changed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*pricingv1.Promotion, error) {
		locked, err := queries.LockPromotion(ctx, tx, given.GetId())
		switch {
		case postgres.IsNoRows(err):
			return nil, errNoPromotion
		case err != nil:
			return nil, fmt.Errorf("lock promotion: %w", err)
		case locked.Version != req.GetExpectedVersion():
			return nil, rpc.Aborted("somebody else changed this promotion meanwhile; look at it again")
		}
		row, err := queries.ChangePromotion(ctx, tx, pricingdb.ChangePromotionParams{
			ID: given.GetId(), Name: given.GetName(), Active: given.GetActive(), NeedsCode: given.GetNeedsCode(),
			StartTime: moment(given.GetStartTime()), EndTime: moment(given.GetEndTime()), Definition: stored, Now: clock.Now(),
		})
		if err != nil {
			return nil, fmt.Errorf("change promotion: %w", err)
		}
		return s.finish(ctx, tx, row, given)
	})
	return &pricingv1.UpdatePromotionResponse{Promotion: changed}, err
}

// finish sets the limits of a promotion that was just stored and returns it.
func (s *Service) finish(ctx context.Context, tx pgx.Tx, row pricingdb.Promotion, given *pricingv1.Promotion) (*pricingv1.Promotion, error) {
	limits := given.GetLimits()
	set := pricingdb.SetLimitsParams{
		PromotionID: row.ID, MostUses: limits.GetUses(), MostPerCustomer: limits.GetUsesPerCustomer(), BudgetMinor: limits.GetBudget().GetAmountMinor(),
	}
	var err error
	if set.MostUses > 0 || set.MostPerCustomer > 0 || set.BudgetMinor > 0 {
		err = queries.SetLimits(ctx, tx, set)
	} else {
		err = queries.DropLimits(ctx, tx, row.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("set limits: %w", err)
	}
	active, err := queries.ListActivePromotions(ctx, tx, pricingdb.ListActivePromotionsParams{Now: clock.Now(), Most: mostActive + 1})
	if err != nil {
		return nil, fmt.Errorf("list active promotions: %w", err)
	}
	if len(active) > mostActive {
		return nil, rpc.FailedPrecondition(fmt.Sprintf("there are %d active promotions already; end some first", mostActive))
	}
	promotions, err := s.promotions(ctx, tx, row)
	if err != nil {
		return nil, err
	}
	return promotions[0], nil
}

// stored is what is kept of a promotion, once it makes sense.
func (s *Service) stored(given *pricingv1.Promotion) ([]byte, error) {
	if problem := s.problem(given); problem != "" {
		return nil, rpc.InvalidArgument(problem)
	}
	kept := proto.CloneOf(given)
	kept.Usage, kept.Version, kept.CreateTime, kept.UpdateTime = nil, 0, nil, nil
	encoded, err := protojson.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("encode promotion: %w", err)
	}
	return encoded, nil
}

// problem says what is wrong with a promotion that the rules of its fields do not know of.
func (s *Service) problem(given *pricingv1.Promotion) string {
	effect := given.GetEffect()
	for _, amount := range []struct {
		field string
		money *typev1.Money
	}{
		{"conditions.min_value", given.GetConditions().GetMinValue()}, {"limits.budget", given.GetLimits().GetBudget()},
		{"effect.amount_off.amount", effect.GetAmountOff().GetAmount()}, {"effect.amount_off_each.amount", effect.GetAmountOffEach().GetAmount()},
		{"effect.fixed_price.price", effect.GetFixedPrice().GetPrice()},
	} {
		switch {
		case amount.money == nil:
		case amount.money.GetCurrencyCode() != s.cfg.Currency:
			return fmt.Sprintf("promotion.%s: must be in %s, the shop's currency", amount.field, s.cfg.Currency)
		case amount.money.GetAmountMinor() < 0:
			return fmt.Sprintf("promotion.%s: must not be below zero", amount.field)
		}
	}
	for i, tier := range effect.GetTiers().GetTiers() {
		if (tier.GetRate() > 0) == (tier.GetAmountMinor() > 0) {
			return fmt.Sprintf("promotion.effect.tiers[%d]: takes off either a share or an amount", i)
		}
	}
	if given.GetStartTime() != nil && given.GetEndTime() != nil && !given.GetEndTime().AsTime().After(given.GetStartTime().AsTime()) {
		return "promotion.end_time: must be after it begins"
	}
	return ""
}

// promotions are rows as the API shows them, with their usage.
func (s *Service) promotions(ctx context.Context, db postgres.DBTX, rows ...pricingdb.Promotion) ([]*pricingv1.Promotion, error) {
	shown := make([]*pricingv1.Promotion, len(rows))
	byID, ids := make(map[string]*pricingv1.Promotion, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		promotion, err := read(row.Definition)
		if err != nil {
			return nil, err
		}
		promotion.Id, promotion.Version = row.ID, row.Version
		promotion.CreateTime, promotion.UpdateTime = timestamppb.New(row.CreateTime), timestamppb.New(row.UpdateTime)
		promotion.Usage = &pricingv1.Usage{Spent: &typev1.Money{CurrencyCode: s.cfg.Currency}}
		shown[i], byID[row.ID], ids[i] = promotion, promotion, row.ID
	}
	usage, err := queries.CountUsage(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("count usage: %w", err)
	}
	for _, used := range usage {
		byID[used.PromotionID].Usage.Uses, byID[used.PromotionID].Usage.Spent.AmountMinor = used.Uses, used.SpentMinor
	}
	return shown, nil
}

func read(definition []byte) (*pricingv1.Promotion, error) {
	promotion := &pricingv1.Promotion{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(definition, promotion); err != nil {
		return nil, fmt.Errorf("read promotion: %w", err)
	}
	return promotion, nil
}

// TryPromotion prices a basket with and without a promotion.
func (s *Service) TryPromotion(ctx context.Context, req *pricingv1.TryPromotionRequest) (*pricingv1.TryPromotionResponse, error) {
	tried := proto.CloneOf(req.GetPromotion())
	if problem := s.problem(tried); problem != "" {
		return nil, rpc.InvalidArgument(problem)
	}
	if tried.GetId() == "" {
		tried.Id = id.New()
	}
	tried.Active, tried.NeedsCode = true, false
	basket := proto.CloneOf(req.GetBasket())
	basket.Codes = nil
	rules, err := s.rules(ctx, basket)
	if err != nil {
		return nil, err
	}
	others, _, err := s.ready.get(ctx, s.cfg.DB, 0)
	if err != nil {
		return nil, err
	}
	others = slices.DeleteFunc(slices.Clone(others), func(p *pricingv1.Promotion) bool { return p.GetId() == tried.GetId() })
	answer := &pricingv1.TryPromotionResponse{}
	rules.Promotions = engine.Ready(others)
	if answer.Without, err = price(rules, basket); err != nil {
		return nil, err
	}
	rules.Promotions = engine.Ready(append(others, tried))
	delete(rules.Ended, tried.GetId())
	answer.With, err = price(rules, basket)
	return answer, err
}

func moment(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime()
	return &at
}
