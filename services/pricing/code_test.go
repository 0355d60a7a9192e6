package pricing

import (
	"context"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// A code counts however it is typed, until its promotion changes, ends or is used up; the next cart knows.
func TestQuoteByCode(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(&pricingv1.Limits{Uses: 1}), 0)
	for _, typed := range []string{"TEN-OFF", "tenoff", " Ten Off "} {
		answer := s.quote(basket(typed))
		if answer.GetTotals().GetTotal().GetAmountMinor() != 4000 || !answer.GetCodes()[0].GetApplied() || answer.GetCodes()[0].GetCode() != typed {
			t.Errorf("by %q: %v", typed, answer)
		}
	}
	if answer := s.quote(basket("TEN")); answer.GetTotals().GetTotal().GetAmountMinor() != 5000 || answer.GetCodes()[0].GetProblem() == "" {
		t.Errorf("by another code: %v", answer)
	}
	s.promotion.Effect.GetAmountOff().Amount = usd(1500)
	changed, err := s.UpdatePromotion(t.Context(), &pricingv1.UpdatePromotionRequest{Promotion: s.promotion, ExpectedVersion: 1})
	if err != nil || changed.GetPromotion().GetVersion() != 2 {
		t.Fatalf("%v, %v", changed, err)
	}
	answer := s.quote(basket("TEN-OFF"))
	if answer.GetTotals().GetTotal().GetAmountMinor() != 3500 {
		t.Errorf("after a change: %v", answer)
	}
	if _, err := s.UpdatePromotion(t.Context(), &pricingv1.UpdatePromotionRequest{Promotion: s.promotion, ExpectedVersion: 1}); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("a change of what is not there any more: %v", err)
	}
	orderID, refused, err := s.order(t.Context(), "ann@example.com", answer.GetPromotions())
	if err != nil || len(refused) > 0 {
		t.Fatalf("%v, %v", refused, err)
	}
	if answer := s.quote(basket("TEN-OFF")); answer.GetTotals().GetTotal().GetAmountMinor() != 5000 {
		t.Errorf("once it is used up: %v", answer)
	}
	for range 2 { // repeating it changes nothing
		if _, err := postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
			return struct{}{}, Release(ctx, tx, orderID)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if answer := s.quote(basket("TEN-OFF")); answer.GetTotals().GetTotal().GetAmountMinor() != 3500 {
		t.Errorf("once the order was given up: %v", answer)
	}
	if _, err := s.RemoveCode(t.Context(), &pricingv1.RemoveCodeRequest{Code: "ten-off"}); err != nil {
		t.Fatal(err)
	}
	if answer := s.quote(basket("TEN-OFF")); answer.GetTotals().GetTotal().GetAmountMinor() != 5000 {
		t.Errorf("once the code is removed: %v", answer)
	}
}

// A batch is made once, of codes that nobody has yet; pages of them are whole.
func TestCodes(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	batch := &pricingv1.CreateCodesRequest{PromotionId: s.promotion.GetId(), Count: 12_345, Prefix: "xmas-", BatchId: id.New(), MostUses: 1}
	for i, want := range []int32{12_345, 0} {
		made, err := s.CreateCodes(t.Context(), batch)
		if err != nil || made.GetCreated() != want {
			t.Errorf("time %d: %v, %v", i, made, err)
		}
	}
	ctx := s.caughtUp()
	pages, seen, page := 0, map[string]bool{}, &pricingv1.ListCodesRequest{PromotionId: s.promotion.GetId(), PageSize: 1000}
	for {
		listed, err := s.ListCodes(ctx, page)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, code := range listed.GetCodes() {
			seen[code.GetCode()] = true
		}
		if page.PageToken = listed.GetNextPageToken(); page.PageToken == "" {
			break
		}
	}
	if len(seen) != 12_346 || pages != 13 {
		t.Errorf("%d codes on %d pages, want 12,346 on 13", len(seen), pages)
	}
	for name, req := range map[string]*pricingv1.CreateCodesRequest{
		"taken":            {PromotionId: s.promotion.GetId(), Code: "ten off"},
		"of nothing":       {PromotionId: id.New(), Code: "ELEVEN"},
		"with a sign":      {PromotionId: s.promotion.GetId(), Code: "50%OFF"},
		"too short":        {PromotionId: s.promotion.GetId(), Code: "A"},
		"none":             {PromotionId: s.promotion.GetId()},
		"without batch id": {PromotionId: s.promotion.GetId(), Count: 3},
	} {
		if made, err := s.CreateCodes(t.Context(), req); err == nil {
			t.Errorf("%s: %v", name, made)
		}
	}
}

// Codes are found by how they begin, in any spelling, page by page.
func TestFindCodes(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	for prefix, count := range map[string]int32{"XMAS-": 30, "XMA0": 20, "XMB": 10} {
		if _, err := s.CreateCodes(t.Context(), &pricingv1.CreateCodesRequest{
			PromotionId: s.promotion.GetId(), Count: count, Prefix: prefix, BatchId: id.New(), Length: 12,
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateCodes(t.Context(), &pricingv1.CreateCodesRequest{
		PromotionId: s.promotion.GetId(), Count: 5, BatchId: id.New(), Length: 4,
	}); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("codes that can be guessed: %v", err)
	}
	for prefix, want := range map[string]int{"xm": 60, "x m-a": 50, "XMAS": 30, "XMC": 0, "": 61} {
		var found []string
		page := &pricingv1.ListCodesRequest{PromotionId: s.promotion.GetId(), Prefix: prefix, PageSize: 7, Count: true}
		for {
			answer, err := s.ListCodes(s.caughtUp(), page)
			if err != nil {
				t.Fatal(err)
			}
			if int(answer.GetTotal()) != want {
				t.Errorf("%d begin with %q, want %d", answer.GetTotal(), prefix, want)
			}
			for _, code := range answer.GetCodes() {
				found = append(found, code.GetCode())
			}
			if page.PageToken = answer.GetNextPageToken(); page.GetPageToken() == "" {
				break
			}
		}
		slices.Sort(found)
		if len(slices.Compact(found)) != want {
			t.Errorf("%d found that begin with %q, want %d", len(found), prefix, want)
		}
		for _, code := range found {
			if strings.HasPrefix(code, "XMAS-") && len(code) != len("XMAS-")+12 {
				t.Errorf("%s is not as long as was asked", code)
			}
		}
	}
}

// A code is the same however it is typed or pasted.
func TestCodeKey(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"TEN-OFF", "ten off", "\tTen-Off ", "t e n-o-f f"} {
		if got := CodeKey(typed); got != "TENOFF" {
			t.Errorf("%q is %q", typed, got)
		}
	}
}
