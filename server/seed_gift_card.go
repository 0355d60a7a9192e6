package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/services"
)

// seedGiftCard adds the gift card of the sample shop, which no feed can bring. A repeat finds it there; a folder without one has none.
func seedGiftCard(ctx context.Context, set *services.Set, folder *os.Root, currency string) error {
	file, err := folder.ReadFile("gift-card.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var given struct {
		Key, Name, Slug, Description string
		Values                       []string
	}
	if err := json.Unmarshal(file, &given); err != nil {
		return fmt.Errorf("gift-card.json: %w", err)
	}
	card := &productv1.Product{
		Key: given.Key, Name: given.Name, Slug: given.Slug, Description: given.Description, State: productv1.ProductState_PRODUCT_STATE_ACTIVE, GiftCard: true,
		Options: []*productv1.Option{{Name: "Value"}},
	}
	for _, value := range given.Values {
		price, err := money.ParseDecimal(value, currency)
		if err != nil {
			return fmt.Errorf("gift-card.json: %w", err)
		}
		label := price.Format("en")
		card.Options[0].Values = append(card.Options[0].Values, label)
		card.Variants = append(card.Variants, &productv1.Variant{
			Sku: "GIFT-" + value, OptionValues: []string{label}, Price: &typev1.Money{AmountMinor: price.Minor, CurrencyCode: currency},
		})
	}
	if _, err := set.Products.CreateProduct(ctx, &productv1.CreateProductRequest{Product: card}); err != nil && connect.CodeOf(err) != connect.CodeAlreadyExists {
		return fmt.Errorf("add the gift card: %w", err)
	}
	return nil
}
