package product

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// BatchGetOffers reads the primary, because an order is priced by it. What is available is asked of inventory and is a hint.
func (s *Service) BatchGetOffers(ctx context.Context, req *productv1.BatchGetOffersRequest) (*productv1.BatchGetOffersResponse, error) {
	rows, err := queries.ListOffers(ctx, s.cfg.DB.Primary(), req.GetVariantIds())
	if err != nil {
		return nil, fmt.Errorf("list offers: %w", err)
	}
	answer := &productv1.BatchGetOffersResponse{}
	if len(rows) == 0 {
		return answer, nil
	}
	for _, row := range rows {
		offer := &productv1.Offer{
			VariantId: row.ID, ProductId: row.ProductID, ProductSlug: row.Slug, ProductName: row.Name,
			VariantName: strings.Join(row.OptionValues, " / "), Price: &typev1.Money{AmountMinor: row.PriceMinor, CurrencyCode: row.Currency},
			WeightGrams: row.WeightGrams, ForSale: sold(row.State), TaxClass: row.TaxClass, CategoryIds: row.CategoryIds, CollectionIds: row.CollectionIds,
		}
		if row.Sku != nil {
			offer.Sku = *row.Sku
		}
		if row.ImageID != "" {
			var files []imageFile
			if err := json.Unmarshal(row.ImageFiles, &files); err != nil {
				return nil, fmt.Errorf("image %s: %w", row.ImageID, err)
			}
			offer.Image = &productv1.Image{Id: row.ImageID, Alt: row.ImageAlt, Files: toFiles(files)}
		}
		answer.Offers = append(answer.Offers, offer)
	}
	if err := s.addPrices(ctx, answer.GetOffers(), req.GetCustomerGroup()); err != nil {
		return nil, err
	}
	if err := s.addFiles(ctx, answer.GetOffers()); err != nil {
		return nil, err
	}
	if err := s.addParts(ctx, answer.GetOffers()); err != nil {
		return nil, err
	}
	return answer, s.addStock(ctx, answer.GetOffers())
}

// addPrices says what one costs for as many as are bought. A variant whose own price is in another currency may have one in the shop's by a list.
func (s *Service) addPrices(ctx context.Context, offers []*productv1.Offer, group string) error {
	variants := make([]string, len(offers))
	for i, offer := range offers {
		variants[i] = offer.GetVariantId()
	}
	rows, err := queries.ListPricesFor(ctx, s.cfg.DB.Primary(), productdb.ListPricesForParams{
		VariantIds: variants, Currency: s.cfg.Currency, CustomerGroup: group, Now: clock.Now(),
	})
	if err != nil {
		return fmt.Errorf("list prices: %w", err)
	}
	of := map[string][]productdb.ListPricesForRow{}
	for _, row := range rows {
		of[row.VariantID] = append(of[row.VariantID], row)
	}
	for _, offer := range offers {
		if offer.Prices = s.steps(of[offer.GetVariantId()]); len(offer.GetPrices()) > 0 {
			offer.Price = offer.GetPrices()[0].GetPrice()
		}
	}
	return nil
}

// steps are the prices that some quantity has as its best, from one unit on; none when one unit has no price.
func (s *Service) steps(prices []productdb.ListPricesForRow) []*productv1.OfferPrice {
	quantities := []int32{1}
	for _, price := range prices {
		quantities = append(quantities, price.MinQuantity)
	}
	slices.Sort(quantities)
	var steps []*productv1.OfferPrice
	for _, quantity := range slices.Compact(quantities) {
		best := bestPrice(prices, quantity)
		switch last := len(steps) - 1; {
		case best == nil:
			return nil
		case last >= 0 && steps[last].GetPrice().GetAmountMinor() <= best.PriceMinor:
		default:
			steps = append(steps, &productv1.OfferPrice{MinQuantity: quantity, Price: amount(best.PriceMinor, s.cfg.Currency), Reduced: best.CompareAtMinor != nil})
		}
	}
	return steps
}

// addFiles says what is downloaded once it is paid.
func (s *Service) addFiles(ctx context.Context, offers []*productv1.Offer) error {
	byID, ids := make(map[string]*productv1.Offer, len(offers)), make([]string, len(offers))
	for i, offer := range offers {
		byID[offer.GetVariantId()], ids[i] = offer, offer.GetVariantId()
	}
	files, err := queries.ListVariantFiles(ctx, s.cfg.DB.Primary(), ids)
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	for _, row := range files {
		byID[row.VariantID].Files = append(byID[row.VariantID].Files, toFile(row))
	}
	return nil
}

// addParts says what bundles are made of. One that lacks a part is not for sale.
func (s *Service) addParts(ctx context.Context, offers []*productv1.Offer) error {
	byID := make(map[string]*productv1.Offer, len(offers))
	for _, offer := range offers {
		byID[offer.GetVariantId()] = offer
	}
	rows, err := queries.ListOfferParts(ctx, s.cfg.DB.Primary(), slices.Collect(maps.Keys(byID)))
	if err != nil {
		return fmt.Errorf("list parts of bundles: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.PartID)
	}
	found, err := partVariants(ctx, s.cfg.DB.Primary(), ids)
	if err != nil {
		return err
	}
	weights := map[string]int64{}
	for _, row := range rows {
		part, offer := found[row.PartID], byID[row.BundleID]
		offer.ForSale = offer.GetForSale() && sold(part.State) && !part.Bundle
		offer.Parts = append(offer.Parts, &productv1.OfferPart{
			VariantId: row.PartID, ProductId: part.ProductID, ProductSlug: part.Slug, ProductName: part.Name,
			VariantName: strings.Join(part.OptionValues, " / "), Sku: deref(part.Sku), Quantity: row.Quantity,
		})
		weights[row.BundleID] += int64(row.Quantity) * int64(part.WeightGrams)
	}
	for bundle, weight := range weights {
		if byID[bundle].GetWeightGrams() == 0 {
			byID[bundle].WeightGrams = int32(min(weight, math.MaxInt32))
		}
	}
	return nil
}

// addStock says what can be had at this moment.
func (s *Service) addStock(ctx context.Context, offers []*productv1.Offer) error {
	var bundles []*inventoryv1.Bundle
	wanted := map[string]bool{}
	for _, offer := range offers {
		if len(offer.GetParts()) == 0 {
			wanted[offer.GetVariantId()] = true
			continue
		}
		for _, part := range offer.GetParts() {
			wanted[part.GetVariantId()] = true
		}
		bundles = append(bundles, toBundle(offer.GetVariantId(), offer.GetParts()))
	}
	levels, made := make(map[string]*inventoryv1.Stock, len(wanted)), make(map[string]*inventoryv1.BundleStock, len(bundles))
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(wanted)), stockBatch) {
		stock, err := s.cfg.Stock.BatchGetStock(ctx, &inventoryv1.BatchGetStockRequest{VariantIds: ids, Bundles: bundles})
		if err != nil {
			return fmt.Errorf("ask for stock: %w", err)
		}
		for _, level := range stock.GetStock() {
			levels[level.GetVariantId()] = level
		}
		for _, bundle := range stock.GetBundles() {
			made[bundle.GetVariantId()] = bundle
		}
		bundles = nil // told by the first answer
	}
	for _, offer := range offers {
		for _, part := range offer.GetParts() {
			part.Available, part.Backorder = free(levels[part.GetVariantId()]), levels[part.GetVariantId()].GetBackorder()
		}
		if bundle := made[offer.GetVariantId()]; bundle != nil {
			offer.Available, offer.Backorder = bundle.GetAvailable(), bundle.GetBackorder()
		} else {
			offer.Available, offer.Backorder = free(levels[offer.GetVariantId()]), levels[offer.GetVariantId()].GetBackorder()
		}
	}
	return nil
}

func free(stock *inventoryv1.Stock) int64 { return max(stock.GetOnHand()-stock.GetHeld(), 0) }
