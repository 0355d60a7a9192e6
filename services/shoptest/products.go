package shoptest

import (
	"context"
	"sync"

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
}

// Price sells a variant for an amount.
func (p *Products) Price(variant string, minor int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offers[variant] = offer{minor: minor, forSale: true}
}

// Download sells a variant as files.
func (p *Products) Download(variant string, minor int64, files ...*productv1.VariantFile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offers[variant] = offer{minor: minor, forSale: true, files: files}
}

// Withdraw ends the sale of a variant.
func (p *Products) Withdraw(variant string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offers[variant] = offer{minor: p.offers[variant].minor}
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
	stock, err := p.stock.BatchGetStock(ctx, &inventoryv1.BatchGetStockRequest{VariantIds: req.GetVariantIds()})
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	answer := &productv1.BatchGetOffersResponse{}
	for _, row := range stock.GetStock() {
		offer, known := p.offers[row.GetVariantId()]
		if !known {
			continue
		}
		available := row.GetOnHand() - row.GetHeld()
		if p.hopes {
			available = 1000
		}
		answer.Offers = append(answer.Offers, &productv1.Offer{
			VariantId: row.GetVariantId(), ProductId: row.GetVariantId(), ProductSlug: "lamp", ProductName: "Lamp", VariantName: "Moss", Sku: "L-1",
			Price: &typev1.Money{AmountMinor: offer.minor, CurrencyCode: "USD"}, WeightGrams: 500, ForSale: offer.forSale,
			Available: available, Backorder: row.GetBackorder(), Files: offer.files,
		})
	}
	return answer, nil
}
