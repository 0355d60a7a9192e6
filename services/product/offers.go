package product

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
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
	var ids []string
	for _, row := range rows {
		offer := &productv1.Offer{
			VariantId: row.ID, ProductId: row.ProductID, ProductSlug: row.Slug, ProductName: row.Name,
			VariantName: strings.Join(row.OptionValues, " / "), Price: &typev1.Money{AmountMinor: row.PriceMinor, CurrencyCode: row.Currency},
			WeightGrams: row.WeightGrams, ForSale: row.State == "active",
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
		ids = append(ids, row.ID)
		answer.Offers = append(answer.Offers, offer)
	}
	files, err := queries.ListVariantFiles(ctx, s.cfg.DB.Primary(), ids)
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	for _, row := range files {
		at := slices.Index(ids, row.VariantID)
		answer.Offers[at].Files = append(answer.Offers[at].Files, toFile(row))
	}
	stock, err := s.cfg.Stock.BatchGetStock(ctx, &inventoryv1.BatchGetStockRequest{VariantIds: ids})
	if err != nil {
		return nil, fmt.Errorf("ask for stock: %w", err)
	}
	for i, level := range stock.GetStock() { // in the order asked for
		answer.Offers[i].Available = max(level.GetOnHand()-level.GetHeld(), 0)
		answer.Offers[i].Backorder = level.GetBackorder()
	}
	return answer, nil
}
