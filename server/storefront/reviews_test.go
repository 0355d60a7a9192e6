package storefront_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// publish does what staff and the worker do with all reviews that wait.
func (s *shop) publish() {
	s.t.Helper()
	signer, err := auth.NewSigner(append([]byte{2}, make([]byte, auth.SecretSize-1)...)) // as the shop's settings have it
	if err != nil {
		s.t.Fatal(err)
	}
	token, err := signer.Sign(auth.Caller{Kind: auth.Staff, Subject: "ada", Grants: []string{"products.read", "products.write"}}, clock.Now().Add(time.Minute))
	if err != nil {
		s.t.Fatal(err)
	}
	ctx := auth.WithToken(s.t.Context(), token)
	waiting, err := s.set.Reviews.ListReviewsInState(ctx, &productv1.ListReviewsInStateRequest{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, review := range waiting.GetReviews() {
		_, err := s.set.Reviews.ModerateReviews(ctx, &productv1.ModerateReviewsRequest{Ids: []string{review.GetId()}, State: productv1.ReviewState_REVIEW_STATE_PUBLISHED})
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.set.Catalog.RefreshProducts(s.t.Context(), &catalogv1.RefreshProductsRequest{ProductIds: []string{review.GetProductId()}}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// Anybody may write a review without script; it is seen once it was read, with stars for the eye and words for the ear, and search engines are told the average.
func TestReviewIsWrittenAndRead(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor().get("/products/jug/reviews")
	v.expect(http.StatusOK, "main", "Nobody has said anything yet")
	v.post("/products/jug/reviews", "rating", "9", "title", "Fine", "body", "", "author", "Ada", "email", "ada", "website", "")
	v.expect(http.StatusUnprocessableEntity, "main", "Choose from 1 to 5 stars")
	if v.page.Find("#field-title").AttrOr("value", "") != "Fine" || v.page.Find("#field-author").AttrOr("value", "") != "Ada" {
		t.Error("what was typed is gone")
	}
	v.post("/products/jug/reviews", "rating", "4", "title", "Fine", "body", "It pours.", "author", "Ada", "email", "ada@example.com", "website", "https://spam.example")
	v.expect(http.StatusOK, "h1", "Thank you")
	v.post("/products/jug/reviews", "rating", "4", "title", "<i>Fine</i>", "body", "It pours.\n\nWell.", "author", "Ada", "email", "ada@example.com", "website", "")
	v.expect(http.StatusOK, "h1", "Thank you")
	v.post("/products/jug/reviews", "rating", "1", "title", "", "body", "Again.", "author", "Ada", "email", "ada@example.com", "website", "")
	v.expect(http.StatusUnprocessableEntity, "main", "waiting to be read")
	v.get("/products/jug/reviews?sort=lowest").expect(http.StatusOK, "main", "Nobody has said anything yet")
	if strings.Contains(v.get("/products/jug").page.Text(), "aggregateRating") {
		t.Error("a rating without reviews")
	}
	s.publish()
	v.get("/products/jug/reviews?rating=4").expect(http.StatusOK, ".review", "4 out of 5 stars<i>Fine</i>It pours.Well.")
	if v.page.Find(".review").Length() != 1 || v.page.Find(".review__verified").Length() != 0 || strings.Contains(v.text("main"), "ada@example.com") {
		t.Errorf("reviews: %s", v.text("main"))
	}
	v.get("/products/jug?variant="+v.get("/products/jug").page.Find("[name=variant]").AttrOr("value", "")).expect(http.StatusOK, "main", "4.0 out of 5, 1 review")
	if !strings.Contains(v.page.Text(), `"reviewCount":1`) {
		t.Error("search engines are not told")
	}
}

// Who holds the link of an order writes as a buyer, of what is in it alone, and once.
func TestBuyersReview(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	order := v.order("on_delivery")
	v.get(order)
	link := v.page.Find(".items a[href*='/reviews/']").AttrOr("href", "")
	v.get(link).expect(http.StatusOK, "main", "marked as a buyer’s")
	if v.page.Find("#field-email").Length() != 0 || v.page.Find("#field-author").AttrOr("value", "") != "Ada" {
		t.Error("a buyer is asked for what the order says")
	}
	said := []string{"rating", "5", "title", "", "body", "Pours well.", "author", "Ada", "website", ""}
	v.post(link, said...).expect(http.StatusOK, "h1", "Thank you")
	v.post(link, said...).expect(http.StatusUnprocessableEntity, "main", "already")
	s.publish()
	v.get("/products/jug/reviews?sort=highest").expect(http.StatusOK, ".review__verified", "Bought here")
	for _, wrong := range []string{order + "/reviews/01a21a63-9706-7cdb-ad7b-137b374449ca", strings.Replace(link, "/orders/", "/orders/x", 1)} {
		if v.post(wrong, said...); v.status != http.StatusNotFound {
			t.Errorf("%s answers %d", wrong, v.status)
		}
	}
}
