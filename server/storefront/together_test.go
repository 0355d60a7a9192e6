package storefront_test

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// What others bought with a product stands on its page, and comes first of what goes with a cart that has it.
func TestBoughtTogetherPages(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	jug, basket := s.merchant("Jug"), s.merchant("Basket")
	v := s.visitor()
	if v.get("/products/jug"); v.page.Find("#together").Length() != 0 {
		t.Error("something is bought with a jug that nobody bought")
	}
	for range 2 {
		_, err := s.set.Catalog.CountBoughtTogether(t.Context(), &catalogv1.CountBoughtTogetherRequest{
			OrderId: id.New(), ProductIds: []string{jug.GetId(), basket.GetId()}, ConfirmTime: timestamppb.New(clock.Now()),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	cards := func(at string) (links []string) {
		for _, link := range v.page.Find(at + " a[href^='/products/']").EachIter() {
			if to := link.AttrOr("href", ""); len(links) == 0 || links[len(links)-1] != to {
				links = append(links, to)
			}
		}
		return links
	}
	v.get("/products/basket")
	v.expect(http.StatusOK, "#together h2", "Often bought together")
	if got := cards("#together"); len(got) != 1 || got[0] != "/products/jug" {
		t.Errorf("with a basket is bought %v", got)
	}
	if related := strings.Join(cards(".section:not(#together)"), " "); strings.Contains(related, "/products/jug") || !strings.Contains(related, "/products/lamp") {
		t.Errorf("related to a basket are %s", related)
	}
	v.add("jug")
	v.get("/cart")
	got := cards("main .section")
	if len(got) != 4 || got[0] != "/products/basket" || strings.Contains(strings.Join(got, " "), "/products/jug") {
		t.Errorf("with a jug in the cart goes %v", got)
	}
}
