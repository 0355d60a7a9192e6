package main

import (
	"net/http"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// Staff read what waits, publish or reject several at once, and answer; shoppers read what was published.
func TestModerateReviews(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[{"key": "jug", "name": "Small jug", "price": "8.00", "stock": 5}]`))
	list, err := d.set.Products.ListProducts(t.Context(), &productv1.ListProductsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	product := list.GetProducts()[0].GetId()
	for _, author := range []string{"Bob", "Eve", "Mallory"} {
		_, err := d.set.Reviews.SubmitReview(t.Context(), &productv1.SubmitReviewRequest{ProductId: product, Rating: 4, Body: author + " says so.", Author: author, Email: author + "@example.com"})
		if err != nil {
			t.Fatal(err)
		}
	}
	d.open("/reviews")
	d.says("Mallory says so.")
	ids := d.page.Find("input[name=id]")
	if ids.Length() != 3 {
		t.Fatalf("%d reviews wait", ids.Length())
	}
	d.post("/reviews/rejections", map[string][]string{"id": {ids.Eq(0).AttrOr("value", "")}})
	d.says("Reviews rejected: 1.")
	d.post("/reviews/publications", map[string][]string{"id": {ids.Eq(1).AttrOr("value", ""), ids.Eq(2).AttrOr("value", "")}})
	d.says("No reviews here")
	d.post("/reviews/publications", nil)
	d.wants(http.StatusOK, "/reviews")
	d.open("/reviews?state=rejected")
	d.says("Mallory says so.")
	d.open("/reviews?state=published")
	d.says("Bob says so.")
	action := d.page.Find("form[action$='/reply']").First().AttrOr("action", "")
	d.post(action, map[string][]string{"reply": {"Thank you."}})
	d.wants(http.StatusOK, "/reviews")
	if d.text("textarea") != "Thank you." {
		t.Errorf("the answer is %q", d.text("textarea"))
	}
	answer, err := d.set.Reviews.ListReviews(t.Context(), &productv1.ListReviewsRequest{ProductId: product})
	if err != nil || len(answer.GetReviews()) != 2 || answer.GetReviews()[0].GetReply() != "Thank you." || answer.GetHistogram()[3] != 2 {
		t.Errorf("%v, %v", answer, err)
	}
}
