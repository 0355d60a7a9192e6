package product

import (
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

func (s *shop) review(change func(*productv1.SubmitReviewRequest)) error {
	s.t.Helper()
	req := &productv1.SubmitReviewRequest{
		ProductId: s.products()["moss"].GetId(), Rating: 4, Title: "Good", Body: "It holds tea.", Author: "Ada", Email: id.New() + "@example.com", Locale: "en",
	}
	change(req)
	_, err := s.SubmitReview(s.t.Context(), req)
	return err
}

func (s *shop) pendingReviews() (ids []string) {
	s.t.Helper()
	answer, err := s.ListReviewsInState(postgres.WithToken(s.t.Context(), s.flushed()), &productv1.ListReviewsInStateRequest{PageSize: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range answer.GetReviews() {
		ids = append(ids, r.GetId())
	}
	return ids
}

func (s *shop) moderate(state productv1.ReviewState, ids ...string) {
	s.t.Helper()
	if _, err := s.ModerateReviews(s.t.Context(), &productv1.ModerateReviewsRequest{Ids: ids, State: state}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) published(req *productv1.ListReviewsRequest) *productv1.ListReviewsResponse {
	s.t.Helper()
	req.ProductId = s.products()["moss"].GetId()
	answer, err := s.ListReviews(postgres.WithToken(s.t.Context(), s.flushed()), req)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

// A review counts from when it is published until it is rejected, and the product tells of it each time.
func TestReviewsCountOnceRead(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	for _, rating := range []int32{5, 4, 4} {
		if err := s.review(func(r *productv1.SubmitReviewRequest) { r.Rating = rating }); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.published(&productv1.ListReviewsRequest{}); len(got.GetReviews()) != 0 || s.products()["moss"].GetRatingCount() != 0 {
		t.Errorf("nobody has read them, and shoppers see %v", got)
	}
	before, events := s.products()["moss"].GetVersion(), s.number("select count(*) from outbox")
	waiting := s.pendingReviews()
	s.moderate(productv1.ReviewState_REVIEW_STATE_PUBLISHED, waiting...)
	s.moderate(productv1.ReviewState_REVIEW_STATE_PUBLISHED, waiting...) // again
	p := s.products()["moss"]
	if p.GetRatingCount() != 3 || p.GetRatingAverage() != 433 || p.GetVersion() != before+1 || s.number("select count(*) from outbox") != events+1 {
		t.Errorf("%d reviews, average %d, version %d after %d, %d events", p.GetRatingCount(), p.GetRatingAverage(), p.GetVersion(), before, s.number("select count(*) from outbox")-events)
	}
	if got := s.published(&productv1.ListReviewsRequest{}).GetHistogram(); fmt.Sprint(got) != "[0 0 0 2 1]" {
		t.Errorf("histogram %v", got)
	}
	s.moderate(productv1.ReviewState_REVIEW_STATE_REJECTED, waiting...)
	if p := s.products()["moss"]; p.GetRatingCount() != 0 || p.GetRatingAverage() != 0 {
		t.Errorf("rejected reviews count: %d, %d", p.GetRatingCount(), p.GetRatingAverage())
	}
}

// Reviews come in each order, a page after the other, each once.
func TestReviewsInOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	for _, rating := range []int32{3, 5, 1, 5, 3} {
		if err := s.review(func(r *productv1.SubmitReviewRequest) { r.Rating = rating }); err != nil {
			t.Fatal(err)
		}
	}
	s.moderate(productv1.ReviewState_REVIEW_STATE_PUBLISHED, s.pendingReviews()...)
	for name, tc := range map[string]struct {
		req  *productv1.ListReviewsRequest
		want string
	}{
		"newest":      {&productv1.ListReviewsRequest{}, "[3 5 1 5 3]"},
		"highest":     {&productv1.ListReviewsRequest{Order: productv1.ReviewOrder_REVIEW_ORDER_HIGHEST}, "[5 5 3 3 1]"},
		"lowest":      {&productv1.ListReviewsRequest{Order: productv1.ReviewOrder_REVIEW_ORDER_LOWEST}, "[1 3 3 5 5]"},
		"three stars": {&productv1.ListReviewsRequest{Rating: 3, Order: productv1.ReviewOrder_REVIEW_ORDER_LOWEST}, "[3 3]"},
	} {
		var got []int32
		seen := map[string]bool{}
		tc.req.PageSize = 2
		for {
			page := s.published(tc.req)
			for _, r := range page.GetReviews() {
				got, seen[r.GetId()] = append(got, r.GetRating()), true
			}
			if tc.req.PageToken = page.GetNextPageToken(); tc.req.GetPageToken() == "" {
				break
			}
		}
		if fmt.Sprint(got) != tc.want || len(seen) != len(got) {
			t.Errorf("%s: %v, want %s; %d different", name, got, tc.want, len(seen))
		}
	}
}

// An order says something of a product once, an address waits until it was read, and what cannot be shown is refused by its field.
func TestReviewsAreBounded(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	order := id.New()
	bought := func(r *productv1.SubmitReviewRequest) { r.OrderId = order }
	if err := s.review(bought); err != nil {
		t.Fatal(err)
	}
	if err := s.review(bought); connect.CodeOf(err) != connect.CodeAlreadyExists {
		t.Errorf("a second review of an order: %v", err)
	}
	same := func(r *productv1.SubmitReviewRequest) { r.Email = "Ada@Example.com" }
	if err := s.review(same); err != nil {
		t.Fatal(err)
	}
	if err := s.review(func(r *productv1.SubmitReviewRequest) { r.Email = "ada@example.com" }); connect.CodeOf(err) != connect.CodeAlreadyExists {
		t.Errorf("a second review while the first waits: %v", err)
	}
	s.moderate(productv1.ReviewState_REVIEW_STATE_PUBLISHED, s.pendingReviews()...)
	if err := s.review(same); err != nil {
		t.Errorf("a review after the first was read: %v", err)
	}
	for field, change := range map[string]func(*productv1.SubmitReviewRequest){
		"body":   func(r *productv1.SubmitReviewRequest) { r.Body = " \n\t " },
		"author": func(r *productv1.SubmitReviewRequest) { r.Author = "\u200b " },
		"email":  func(r *productv1.SubmitReviewRequest) { r.Email = "Ada <ada@example.com>" },
	} {
		if err := s.review(change); connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := s.review(func(r *productv1.SubmitReviewRequest) { r.ProductId = id.New() }); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a product that is not there: %v", err)
	}
	if got := s.published(&productv1.ListReviewsRequest{}).GetReviews(); len(got) != 2 || got[0].GetVerified() || !got[1].GetVerified() {
		t.Errorf("verified: %v", got)
	}
}

// What was typed is shown as it was typed, markup and all; the shop's answer too, and it can be taken back.
func TestReviewTexts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	body := "<b>Best</b> mug & saucer,\n1 < 2 &amp; so on.\n\nReally."
	if err := s.review(func(r *productv1.SubmitReviewRequest) { r.Body = "\r\n" + strings.ReplaceAll(body, "\n", "\r\n") + " " }); err != nil {
		t.Fatal(err)
	}
	waiting := s.pendingReviews()
	s.moderate(productv1.ReviewState_REVIEW_STATE_PUBLISHED, waiting...)
	if got := s.published(&productv1.ListReviewsRequest{}).GetReviews()[0].GetBody(); got != body {
		t.Errorf("body %q, want %q", got, body)
	}
	for _, reply := range []string{"Thank you <3", ""} {
		answer, err := s.ReplyReview(t.Context(), &productv1.ReplyReviewRequest{Id: waiting[0], Reply: reply})
		if err != nil || answer.GetReview().GetReply() != reply || (answer.GetReview().GetReplyTime() != nil) != (reply != "") {
			t.Errorf("%v, %v", answer, err)
		}
	}
	if _, err := s.ReplyReview(t.Context(), &productv1.ReplyReviewRequest{Id: id.New(), Reply: "?"}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a review that is not there: %v", err)
	}
}
