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
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// BatchGetOffers reads the primary, because an order is priced by it. What is available is asked of inventory and is a hint.
func (s *Service) BatchGetOffers(ctx context.Context, req *productv1.BatchGetOffersRequest) (*productv1.BatchGetOffersResponse, error) {
	found, err := s.find(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("find offers: %w", err)
	}
	answer := &productv1.BatchGetOffersResponse{}
	if len(found.offers) == 0 {
		return answer, nil
	}
	for _, row := range found.offers {
		offer := &productv1.Offer{
			VariantId: row.ID, ProductId: row.ProductID, ProductSlug: row.Slug, ProductName: row.Name,
			VariantName: strings.Join(row.OptionValues, " / "), Price: &typev1.Money{AmountMinor: row.PriceMinor, CurrencyCode: row.Currency},
			WeightGrams: row.WeightGrams, ForSale: sold(row.State), TaxClass: row.TaxClass, CategoryIds: row.CategoryIds, CollectionIds: row.CollectionIds, GiftCard: row.GiftCard,
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
	s.addPrices(answer.GetOffers(), found.prices)
	addFiles(answer.GetOffers(), found.files)
	if err := s.addParts(ctx, answer.GetOffers(), found.parts); err != nil {
		return nil, err
	}
	refuseWorthless(answer.GetOffers())
	return answer, s.addStock(ctx, answer.GetOffers())
}

// offered is what is stored of variants that may be bought.
type offered struct {
	offers []productdb.ListOffersRow
	prices []productdb.ListPricesForRow
	files  []productdb.ProductFile
	parts  []productdb.ListOfferPartsRow
}

// find asks the primary for it: once for what is neither downloaded nor a bundle, as nearly all is, else twice.
func (s *Service) find(ctx context.Context, req *productv1.BatchGetOffersRequest) (found offered, err error) {
	variants := req.GetVariantIds()
	prices := productdb.ListPricesForParams{VariantIds: variants, Currency: s.cfg.Currency, CustomerGroup: req.GetCustomerGroup(), Now: clock.Now()}
	err = s.cfg.DB.Together(ctx,
		func(db postgres.DBTX) (err error) {
			found.offers, err = queries.ListOffers(ctx, db, variants)
			return err
		},
		func(db postgres.DBTX) (err error) {
			found.prices, err = queries.ListPricesFor(ctx, db, prices)
			return err
		})
	if err != nil || !slices.ContainsFunc(found.offers, func(row productdb.ListOffersRow) bool { return row.Digital || row.Bundle }) {
		return found, err
	}
	err = s.cfg.DB.Together(ctx,
		func(db postgres.DBTX) (err error) {
			found.files, err = queries.ListVariantFiles(ctx, db, variants)
			return err
		},
		func(db postgres.DBTX) (err error) {
			found.parts, err = queries.ListOfferParts(ctx, db, variants)
			return err
		})
	return found, err
}

// addPrices says what one costs for as many as are bought. A variant whose own price is in another currency may have one in the shop's by a list.
func (s *Service) addPrices(offers []*productv1.Offer, rows []productdb.ListPricesForRow) {
	of := map[string][]productdb.ListPricesForRow{}
	for _, row := range rows {
		of[row.VariantID] = append(of[row.VariantID], row)
	}
	for _, offer := range offers {
		prices := of[offer.GetVariantId()]
		if offer.GetGiftCard() {
			prices = values(prices)
		}
		if offer.Prices = s.steps(prices); len(offer.GetPrices()) > 0 {
			offer.Price = offer.GetPrices()[0].GetPrice()
		}
	}
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
func addFiles(offers []*productv1.Offer, files []productdb.ProductFile) {
	for _, row := range files {
		for _, offer := range offers {
			if offer.GetVariantId() == row.VariantID {
				offer.Files = append(offer.Files, toFile(row))
			}
		}
	}
}

// addParts says what bundles are made of. One that lacks a part is not for sale.
func (s *Service) addParts(ctx context.Context, offers []*productv1.Offer, rows []productdb.ListOfferPartsRow) error {
	if len(rows) == 0 {
		return nil
	}
	byID := make(map[string]*productv1.Offer, len(offers))
	for _, offer := range offers {
		byID[offer.GetVariantId()] = offer
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
		if offer.GetGiftCard() {
			continue
		}
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
		if offer.GetGiftCard() {
			offer.Available, offer.Backorder = endless, true
		} else if bundle := made[offer.GetVariantId()]; bundle != nil {
			offer.Available, offer.Backorder = bundle.GetAvailable(), bundle.GetBackorder()
		} else {
			offer.Available, offer.Backorder = free(levels[offer.GetVariantId()]), levels[offer.GetVariantId()].GetBackorder()
		}
	}
	return nil
}

func free(stock *inventoryv1.Stock) int64 { return max(stock.GetOnHand()-stock.GetHeld(), 0) }
