package main

import (
	"context"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services"
)

const imageBatch = 20

// fetchImages makes our own copies of pictures that feeds named.
func fetchImages(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Products.FetchImages(ctx, &productv1.FetchImagesRequest{Limit: imageBatch})
	return answer.GetFetched()+answer.GetFailed() == imageBatch, err
}
