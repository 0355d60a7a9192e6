package pricing

import (
	"context"
	"fmt"
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
)

// mostActive is how many promotions may be active: each process keeps them in memory, and each cart goes through them.
const mostActive = 5_000

const (
	usualPage = 50
	// mostCounted is where counts of lists end.
	mostCounted = 10_000
)

var (
	errNoPromotion = rpc.NotFound("no such promotion")
	errChanged     = rpc.Aborted("somebody else changed this promotion meanwhile; look at it again")
	errPageToken   = rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
)

// pageKey is where a page ended.
type pageKey struct {
	Time time.Time `json:"t"`
	ID   string    `json:"i"` // of a promotion, or a code
}

// promotionStates are how queries call the states of promotions.
var promotionStates = map[pricingv1.PromotionState]string{
	pricingv1.PromotionState_PROMOTION_STATE_RUNNING: "running", pricingv1.PromotionState_PROMOTION_STATE_SCHEDULED: "scheduled",
	pricingv1.PromotionState_PROMOTION_STATE_ENDED: "ended", pricingv1.PromotionState_PROMOTION_STATE_OFF: "off",
}

// ListPromotions returns a page of those that pass the filters, newest first.
func (s *Service) ListPromotions(ctx context.Context, req *pricingv1.ListPromotionsRequest) (*pricingv1.ListPromotionsResponse, error) {
	before := pageKey{Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: "ffffffff-ffff-ffff-ffff-ffffffffffff"}
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	if !id.Valid(before.ID) {
		return nil, errPageToken
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	narrowed := pricingdb.CountPromotionsParams{
		State: promotionStates[req.GetState()], NeedsCode: req.NeedsCode, Words: req.GetQuery(), Code: CodeKey(req.GetQuery()), Now: clock.Now(), Most: mostCounted,
	}
	rows, err := queries.ListPromotions(ctx, s.cfg.DB.Read(ctx), pricingdb.ListPromotionsParams{
		State: narrowed.State, NeedsCode: narrowed.NeedsCode, Words: narrowed.Words, Code: narrowed.Code, Now: narrowed.Now,
		BeforeTime: before.Time, BeforeID: before.ID, PageSize: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list promotions: %w", err)
	}
	answer := &pricingv1.ListPromotionsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(pageKey{Time: rows[size-1].CreateTime, ID: rows[size-1].ID})
	}
	if req.GetCount() {
		counted, err := queries.CountPromotions(ctx, s.cfg.DB.Read(ctx), narrowed)
		if err != nil {
			return nil, fmt.Errorf("count promotions: %w", err)
		}
		answer.Total = int32(counted)
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
			return nil, errChanged
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

// DeletePromotion removes one that no order used.
func (s *Service) DeletePromotion(ctx context.Context, req *pricingv1.DeletePromotionRequest) (*pricingv1.DeletePromotionResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		locked, err := queries.LockPromotion(ctx, tx, req.GetId()) // orders that would use it wait
		switch {
		case postgres.IsNoRows(err):
			return struct{}{}, nil
		case err != nil:
			return struct{}{}, fmt.Errorf("lock promotion: %w", err)
		case locked.Version != req.GetExpectedVersion():
			return struct{}{}, errChanged
		}
		used, err := queries.IsUsed(ctx, tx, req.GetId())
		if err != nil {
			return struct{}{}, fmt.Errorf("look for orders: %w", err)
		}
		if used {
			return struct{}{}, rpc.FailedPrecondition("orders used this promotion; switch it off instead, so that what it cost stays known")
		}
		return struct{}{}, queries.DeletePromotion(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &pricingv1.DeletePromotionResponse{}, nil
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
	active, err := queries.CountActivePromotions(ctx, tx, pricingdb.CountActivePromotionsParams{Now: clock.Now(), Most: mostActive + 1})
	if err != nil {
		return nil, fmt.Errorf("count active promotions: %w", err)
	}
	if active > mostActive {
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
	kept.State, kept.NewestCodes = pricingv1.PromotionState_PROMOTION_STATE_UNSPECIFIED, nil
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
		promotion.State = stateOf(row, clock.Now())
		shown[i], byID[row.ID], ids[i] = promotion, promotion, row.ID
	}
	usage, err := queries.CountUsage(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("count usage: %w", err)
	}
	for _, used := range usage {
		byID[used.PromotionID].Usage.Uses, byID[used.PromotionID].Usage.Spent.AmountMinor = used.Uses, used.SpentMinor
	}
	codes, err := queries.ListNewestCodes(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("list newest codes: %w", err)
	}
	for _, code := range codes {
		byID[code.PromotionID].NewestCodes = append(byID[code.PromotionID].NewestCodes, code.Shown)
	}
	return shown, nil
}

func stateOf(row pricingdb.Promotion, now time.Time) pricingv1.PromotionState {
	switch {
	case !row.Active:
		return pricingv1.PromotionState_PROMOTION_STATE_OFF
	case row.EndTime != nil && !row.EndTime.After(now):
		return pricingv1.PromotionState_PROMOTION_STATE_ENDED
	case row.StartTime != nil && row.StartTime.After(now):
		return pricingv1.PromotionState_PROMOTION_STATE_SCHEDULED
	default:
		return pricingv1.PromotionState_PROMOTION_STATE_RUNNING
	}
}

func read(definition []byte) (*pricingv1.Promotion, error) {
	promotion := &pricingv1.Promotion{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(definition, promotion); err != nil {
		return nil, fmt.Errorf("read promotion: %w", err)
	}
	return promotion, nil
}

func moment(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime()
	return &at
}
