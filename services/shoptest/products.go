package shoptest

import (
	"context"
	"maps"
	"sync"

	"google.golang.org/protobuf/proto"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

// Products offers what a test sells, with the stock that inventory has.
type Products struct {
	productv1connect.UnimplementedProductServiceHandler
	stock inventoryv1connect.StockServiceClient

	mu     sync.Mutex
	offers map[string]offer
	hopes  bool
	next   func()
}

type offer struct {
	minor   int64
	forSale bool
	files   []*productv1.VariantFile
	parts   []*productv1.OfferPart
	steps   []*productv1.OfferPrice
	// groups are what groups of customers pay instead.
	groups map[string]int64
	// categories that its product is in.
	categories []string
	taxClass   string
	giftCard   bool
}

// Price sells a variant for an amount.
func (p *Products) Price(variant string, minor int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offers[variant] = offer{minor: minor, forSale: true}
}

// PriceFrom sells a known variant cheaper from a quantity on.
func (p *Products) PriceFrom(variant string, quantity int32, minor int64) {
	usd := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.offers[variant]
	known.steps = []*productv1.OfferPrice{{MinQuantity: 1, Price: usd(known.minor)}, {MinQuantity: quantity, Price: usd(minor)}}
	p.offers[variant] = known
}

// PriceFor sells a known variant to a group of customers for another amount.
func (p *Products) PriceFor(variant, group string, minor int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.offers[variant]
	known.groups = maps.Clone(known.groups)
	if known.groups == nil {
		known.groups = map[string]int64{}
	}
	known.groups[group] = minor
	p.offers[variant] = known
}

// Reduce sells a known variant at a price that says what it was before.
func (p *Products) Reduce(variant string, minor int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.offers[variant]
	known.steps = []*productv1.OfferPrice{{MinQuantity: 1, Price: &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"}, Reduced: true}}
	p.offers[variant] = known
}

// Put puts a known variant in categories.
func (p *Products) Put(variant string, categories ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.offers[variant]
	known.categories = categories
	p.offers[variant] = known
}

// Tax taxes a known variant as goods of a class.
func (p *Products) Tax(variant, class string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.offers[variant]
	known.taxClass = class
	p.offers[variant] = known
}

// Download sells a variant as files.
func (p *Products) Download(variant string, minor int64, files ...*productv1.VariantFile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offers[variant] = offer{minor: minor, forSale: true, files: files}
}

// GiftCard sells a variant as a gift card that is worth its price.
func (p *Products) GiftCard(variant string, minor int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offers[variant] = offer{minor: minor, forSale: true, giftCard: true}
}

// Bundle sells a variant that is made of others.
func (p *Products) Bundle(variant string, minor int64, parts ...Item) {
	bundle := offer{minor: minor, forSale: true}
	for _, part := range parts {
		bundle.parts = append(bundle.parts, &productv1.OfferPart{
			VariantId: part.Variant, ProductId: part.Variant, ProductSlug: "lamp", ProductName: "Lamp", VariantName: "Moss", Sku: "L-1", Quantity: part.Quantity,
		})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offers[variant] = bundle
}

// Withdraw ends the sale of a variant.
func (p *Products) Withdraw(variant string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	withdrawn := p.offers[variant]
	withdrawn.forSale = false
	p.offers[variant] = withdrawn
}

// Hope makes every offer say that there is plenty, as one that was read a moment too early does. Then only holding decides.
func (p *Products) Hope() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hopes = true
}

// Meanwhile does something during the next call for offers, before they are looked up, once.
func (p *Products) Meanwhile(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = do
}

// BatchGetOffers implements the one call that checkout makes.
func (p *Products) BatchGetOffers(ctx context.Context, req *productv1.BatchGetOffersRequest) (*productv1.BatchGetOffersResponse, error) {
	p.mu.Lock()
	meanwhile := p.next
	p.next = nil
	p.mu.Unlock()
	if meanwhile != nil {
		meanwhile()
	}
	p.mu.Lock()
	offers, hopes := maps.Clone(p.offers), p.hopes
	p.mu.Unlock()
	asked := &inventoryv1.BatchGetStockRequest{VariantIds: req.GetVariantIds()}
	for _, variant := range req.GetVariantIds() {
		if parts := offers[variant].parts; len(parts) > 0 {
			bundle := &inventoryv1.Bundle{VariantId: variant}
			for _, part := range parts {
				asked.VariantIds = append(asked.VariantIds, part.GetVariantId())
				bundle.Parts = append(bundle.Parts, &inventoryv1.BundlePart{VariantId: part.GetVariantId(), Quantity: part.GetQuantity()})
			}
			asked.Bundles = append(asked.Bundles, bundle)
		}
	}
	stock, err := p.stock.BatchGetStock(ctx, asked)
	if err != nil {
		return nil, err
	}
	levels := map[string]*inventoryv1.Stock{}
	for _, row := range stock.GetStock() {
		levels[row.GetVariantId()] = row
		if hopes {
			row.OnHand, row.Held = 1000, 0
		}
	}
	for _, bundle := range stock.GetBundles() {
		levels[bundle.GetVariantId()] = &inventoryv1.Stock{OnHand: bundle.GetAvailable(), Backorder: bundle.GetBackorder()}
	}
	answer := &productv1.BatchGetOffersResponse{}
	for _, variant := range req.GetVariantIds() {
		offer, known := offers[variant]
		if !known {
			continue
		}
		if minor, less := offer.groups[req.GetCustomerGroup()]; less {
			offer.minor, offer.steps = minor, nil
		}
		made := &productv1.Offer{
			VariantId: variant, ProductId: variant, ProductSlug: "lamp", ProductName: "Lamp", VariantName: "Moss", Sku: "L-1",
			Price: &typev1.Money{AmountMinor: offer.minor, CurrencyCode: "USD"}, WeightGrams: 500, ForSale: offer.forSale,
			Available: levels[variant].GetOnHand() - levels[variant].GetHeld(), Backorder: levels[variant].GetBackorder(),
			Files: offer.files, Prices: offer.steps, CategoryIds: offer.categories, TaxClass: offer.taxClass, GiftCard: offer.giftCard,
		}
		if offer.giftCard {
			made.Available, made.Backorder = 1000, true
		}
		for _, part := range offer.parts {
			told := proto.CloneOf(part)
			told.Available, told.Backorder = levels[part.GetVariantId()].GetOnHand()-levels[part.GetVariantId()].GetHeld(), levels[part.GetVariantId()].GetBackorder()
			made.Parts = append(made.Parts, told)
		}
		answer.Offers = append(answer.Offers, made)
	}
	return answer, nil
}
