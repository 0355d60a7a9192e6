package product

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

func (s *shop) createPriceList(l *productv1.PriceList) string {
	s.t.Helper()
	answer, err := s.CreatePriceList(asStaff(s.t.Context()), &productv1.CreatePriceListRequest{List: l})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetList().GetId()
}

// Of the prices that a shopper may have at this moment, the lowest counts.
func TestBatchGetPrices(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	p := s.create(staff, mug("Mug")) // 24.00 and 29.00
	small, large := p.GetVariants()[0].GetId(), p.GetVariants()[1].GetId()
	now := clock.Now()
	set := func(list string, variant string, quantity int32, minor int64, currency string) {
		t.Helper()
		_, err := s.SetListedPrices(staff, &productv1.SetListedPricesRequest{ListId: list, Prices: []*productv1.ListedPrice{
			{VariantId: variant, MinQuantity: quantity, Price: &typev1.Money{AmountMinor: minor, CurrencyCode: currency}},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	all := s.createPriceList(&productv1.PriceList{Name: "Everybody", CurrencyCode: "USD"})
	trade := s.createPriceList(&productv1.PriceList{Name: "Trade", CurrencyCode: "USD", CustomerGroup: "trade"})
	over := s.createPriceList(&productv1.PriceList{Name: "Over", CurrencyCode: "USD", EndTime: timestamppb.New(now.Add(-time.Second))})
	soon := s.createPriceList(&productv1.PriceList{Name: "Soon", CurrencyCode: "USD", StartTime: timestamppb.New(now.Add(time.Hour))})
	euro := s.createPriceList(&productv1.PriceList{Name: "Euro", CurrencyCode: "EUR"})
	set(all, small, 1, 2500, "USD") // above its own price
	set(all, small, 10, 2000, "USD")
	set(trade, small, 1, 1900, "USD")
	set(trade, small, 1, 1800, "USD") // set anew
	set(over, small, 1, 1, "USD")
	set(soon, small, 1, 1, "USD")
	set(euro, small, 1, 2200, "EUR")
	for want, req := range map[string]*productv1.BatchGetPricesRequest{
		"2400 2900": {Items: []*productv1.PriceQuestion{{VariantId: small, Quantity: 9}, {VariantId: large, Quantity: 1}}},
		"2000":      {Items: []*productv1.PriceQuestion{{VariantId: small, Quantity: 10}, {VariantId: id.New(), Quantity: 1}}},
		"1800 2900": {CustomerGroup: "trade", Items: []*productv1.PriceQuestion{{VariantId: small, Quantity: 1}, {VariantId: large, Quantity: 1}}},
		"2200":      {CurrencyCode: "EUR", Items: []*productv1.PriceQuestion{{VariantId: small, Quantity: 1}, {VariantId: large, Quantity: 1}}},
	} {
		answer, err := s.BatchGetPrices(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, price := range answer.GetPrices() {
			got = append(got, fmt.Sprint(price.GetPrice().GetAmountMinor()))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v: %v, want %s", req, got, want)
		}
	}
	_, err := s.SetListedPrices(staff, &productv1.SetListedPricesRequest{ListId: all, Prices: []*productv1.ListedPrice{
		{VariantId: small, MinQuantity: 0, Price: dollars(1)}, {VariantId: large, MinQuantity: 1, Price: &typev1.Money{CurrencyCode: "EUR"}},
		{VariantId: large, MinQuantity: 1, Price: dollars(5), CompareAtPrice: dollars(5)}, {VariantId: "x", MinQuantity: 1},
	}})
	if got := fieldsOf(err); got != "prices[0].min_quantity prices[1].price prices[2] prices[2].compare_at_price prices[3].variant_id prices[3].price" {
		t.Errorf("problems %s", got)
	}
	listed, err := s.ListProductPrices(s.seeing(), &productv1.ListProductPricesRequest{ProductId: p.GetId()})
	if err != nil || len(listed.GetPrices()) != 6 {
		t.Errorf("%v %v", listed, err)
	}
	_, err = s.SetListedPrices(staff, &productv1.SetListedPricesRequest{ListId: all, Removed: []*productv1.ListedPrice{{VariantId: small, MinQuantity: 10}}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.ListListedPrices(s.seeing(), &productv1.ListListedPricesRequest{ListId: all})
	if err != nil || len(page.GetPrices()) != 1 || page.GetPrices()[0].GetPrice().GetAmountMinor() != 2500 {
		t.Errorf("%v %v", page, err)
	}
	if _, err := s.CreatePriceList(staff, &productv1.CreatePriceListRequest{List: &productv1.PriceList{Name: "trade", CurrencyCode: "USD"}}); fieldsOf(err) != "name" {
		t.Errorf("a name taken: %v", err)
	}
	if _, err := s.UpdatePriceList(staff, &productv1.UpdatePriceListRequest{List: &productv1.PriceList{Id: all, Name: "All", CurrencyCode: "USD"}, ExpectedVersion: 2}); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("stale: %v", err)
	}
	for range 2 {
		if _, err := s.DeletePriceList(staff, &productv1.DeletePriceListRequest{Id: all}); err != nil {
			t.Fatal(err)
		}
	}
}

// With a reduction goes the lowest price of the 30 days before it began, however often the price changed since, and whoever changed it.
func TestLowestPrices(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	s.mustSync(`[{"key": "k", "name": "Mug", "sku": "K", "price": "100"}]`)
	variant := s.products()["k"].GetVariants()[0].GetId()
	// ago moves all that happened into the past, as days go by.
	ago := func(days int) {
		t.Helper()
		past := time.Duration(days) * 24 * time.Hour
		if _, err := s.db.Primary().Exec(t.Context(), `update product_variants set price_time = price_time - $1::interval`, past); err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Primary().Exec(t.Context(), `update product_price_history set from_time = from_time - $1::interval, until_time = until_time - $1::interval`, past); err != nil {
			t.Fatal(err)
		}
	}
	price := func(cents, before int64) {
		t.Helper()
		p := s.products()["k"]
		p.Variants[0].Price, p.Variants[0].CompareAtPrice = dollars(cents), nil
		if before > 0 {
			p.Variants[0].CompareAtPrice = dollars(before)
		}
		s.mustUpdate(staff, p, "variants")
	}
	lowest := func() string {
		t.Helper()
		answer, err := s.BatchGetLowestPrices(s.seeing(), &productv1.BatchGetLowestPricesRequest{VariantIds: []string{variant, id.New()}})
		if err != nil || len(answer.GetPrices()) != 1 {
			t.Fatalf("%v %v", answer, err)
		}
		return fmt.Sprint(answer.GetPrices()[0].GetLowest().GetAmountMinor(), " ", answer.GetPrices()[0].GetReducedSince() != nil)
	}
	if got := lowest(); got != "10000 false" {
		t.Errorf("new: %s", got)
	}
	ago(40)
	price(9000, 0) // 20 days at 90
	ago(20)
	s.mustSync(`[{"key": "k", "name": "Mug", "sku": "K", "price": "80", "description": "an import"}]`) // staff's price, or the import's: as it was decided
	p := s.products()["k"]
	p.Variants[0].Price = dollars(8000)
	if _, err := s.update(staff, p, "variants"); err != nil {
		t.Fatal(err)
	}
	ago(5)
	price(9500, 0)
	ago(10)
	price(7000, 9500) // reduced
	if got := lowest(); got != "8000 true" {
		t.Errorf("reduced: %s", got)
	}
	ago(3)
	price(6000, 9500) // and again
	ago(40)
	if got := lowest(); got != "8000 true" {
		t.Errorf("reduced again: %s", got)
	}
	price(9900, 0)
	if got := lowest(); got != "6000 false" {
		t.Errorf("over: %s", got)
	}
	var past []string
	req := &productv1.ListPastPricesRequest{VariantId: variant, PageSize: 2}
	for {
		answer, err := s.ListPastPrices(s.seeing(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, price := range answer.GetPrices() {
			past = append(past, fmt.Sprint(price.GetPrice().GetAmountMinor()))
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	if got := strings.Join(past, " "); got != "6000 7000 9500 8000 9000 10000" {
		t.Errorf("past %s", got)
	}
}
