package pricing

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// codeForm is what a code is once spaces and hyphens are gone.
var codeForm = regexp.MustCompile(`^[A-Z0-9]{3,50}$`)

// CodeKey is a code as it is stored, whatever way it is typed.
func CodeKey(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
}

// unambiguous are the characters of codes that are made here: without those that look like others (Crockford's base 32).
var unambiguous = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// shortest is how many characters of a code of a batch are secret at least: 40 bits.
const shortest = 8

// CreateCodes makes one code as it is given, or a batch that nobody can guess.
func (s *Service) CreateCodes(ctx context.Context, req *pricingv1.CreateCodesRequest) (*pricingv1.CreateCodesResponse, error) {
	if (req.GetCode() == "") == (req.GetCount() == 0) {
		return nil, rpc.InvalidArgument("code: give one code, or the count of a batch")
	}
	if req.GetCount() > 0 && req.GetBatchId() == "" {
		return nil, rpc.InvalidArgument("batch_id: a batch needs an id, so that repeating the call makes no second one")
	}
	if req.GetLength() > 0 && req.GetLength() < shortest {
		return nil, rpc.InvalidArgument(fmt.Sprintf("length: fewer than %d characters can be guessed", shortest))
	}
	shown := []string{strings.TrimSpace(req.GetCode())}
	if req.GetCount() > 0 {
		shown = make([]string, req.GetCount())
		for i := range shown {
			shown[i] = req.GetPrefix() + secret(int(req.GetLength()))
		}
	}
	add := pricingdb.AddCodesParams{PromotionID: req.GetPromotionId(), MostUses: req.GetMostUses(), Shown: shown, Now: clock.Now()}
	for _, code := range shown {
		key := CodeKey(code)
		if !codeForm.MatchString(key) {
			return nil, rpc.InvalidArgument("code: 3 to 50 letters from A to Z and digits; spaces and hyphens between them are fine")
		}
		add.Codes = append(add.Codes, key)
	}
	if req.GetCount() > 0 {
		batch := req.GetBatchId()
		add.BatchID = &batch
	}
	created, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int64, error) {
		if _, err := queries.LockPromotion(ctx, tx, req.GetPromotionId()); err != nil {
			if postgres.IsNoRows(err) {
				return 0, errNoPromotion
			}
			return 0, fmt.Errorf("lock promotion: %w", err)
		}
		if add.BatchID != nil {
			made, err := queries.CountBatch(ctx, tx, add.BatchID)
			if err != nil || made > 0 {
				return 0, err
			}
		}
		return queries.AddCodes(ctx, tx, add)
	})
	if err != nil {
		return nil, err
	}
	if created == 0 && req.GetCount() == 0 {
		return nil, rpc.AlreadyExists("this code is taken; choose another")
	}
	return &pricingv1.CreateCodesResponse{Created: int32(created)}, nil
}

// secret is what follows the prefix of a code. Of the usual ten characters nobody can guess one within the tries that a shop allows: they hold 50 bits.
func secret(length int) string {
	if length == 0 {
		length = 10
	}
	var random [13]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the program instead
	return unambiguous.EncodeToString(random[:])[:length]
}

// ListCodes returns a page of a promotion's codes, newest first, or of those that begin so.
func (s *Service) ListCodes(ctx context.Context, req *pricingv1.ListCodesRequest) (*pricingv1.ListCodesResponse, error) {
	before, prefix := pageKey{Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, CodeKey(req.GetPrefix())
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	var rows []pricingdb.ListCodesRow
	var err error
	if prefix == "" {
		rows, err = queries.ListCodes(ctx, s.cfg.DB.Read(ctx), pricingdb.ListCodesParams{
			PromotionID: req.GetPromotionId(), BeforeTime: before.Time, AfterCode: before.ID, PageSize: size + 1,
		})
	} else {
		var found []pricingdb.FindCodesRow
		found, err = queries.FindCodes(ctx, s.cfg.DB.Read(ctx), pricingdb.FindCodesParams{
			PromotionID: req.GetPromotionId(), Prefix: prefix, AfterCode: before.ID, PageSize: size + 1,
		})
		for _, row := range found {
			rows = append(rows, pricingdb.ListCodesRow(row))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list codes: %w", err)
	}
	answer := &pricingv1.ListCodesResponse{}
	if req.GetCount() {
		counted, err := queries.CountCodes(ctx, s.cfg.DB.Read(ctx), pricingdb.CountCodesParams{PromotionID: req.GetPromotionId(), Prefix: prefix, Most: mostCounted})
		if err != nil {
			return nil, fmt.Errorf("count codes: %w", err)
		}
		answer.Total = int32(counted)
	}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(pageKey{Time: rows[size-1].CreateTime, ID: rows[size-1].Code})
	}
	for _, row := range rows {
		code := &pricingv1.Code{
			Code: row.Shown, PromotionId: row.PromotionID, MostUses: row.MostUses, Uses: row.Used, CreateTime: timestamppb.New(row.CreateTime),
		}
		if row.BatchID != nil {
			code.BatchId = *row.BatchID
		}
		answer.Codes = append(answer.Codes, code)
	}
	return answer, nil
}

// RemoveCode ends a code.
func (s *Service) RemoveCode(ctx context.Context, req *pricingv1.RemoveCodeRequest) (*pricingv1.RemoveCodeResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, queries.RemoveCode(ctx, tx, CodeKey(req.GetCode()))
	})
	if err != nil {
		return nil, fmt.Errorf("remove code: %w", err)
	}
	return &pricingv1.RemoveCodeResponse{}, nil
}
