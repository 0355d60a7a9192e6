package many_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/tradewind-commerce/tradewind/deploy/seed/many"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// An import takes every product, and each is another one.
func TestProductsAreTaken(t *testing.T) {
	records, source, err := many.Records(os.Getenv("TEST_FEED_DATA"))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(source)
	const n = 10_000
	var file bytes.Buffer
	if err := many.Write(&file, many.Products(records, n)); err != nil {
		t.Fatal(err)
	}
	reader, err := feed.Open(&file, feed.Config{Currency: "USD"})
	if err != nil {
		t.Fatal(err)
	}
	keys, gtins, variants := map[string]bool{}, map[string]bool{}, 0
	for {
		item, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(item.Refusals) > 0 {
			t.Fatalf("refused: %+v", item.Refusals)
		}
		keys[item.Product.Key] = true
		for _, v := range item.Product.Variants {
			gtins[v.GTIN] = true
			variants++
		}
	}
	if len(keys) != n || len(gtins) != variants || variants < n {
		t.Errorf("%d products, %d variants, %d GTINs", len(keys), variants, len(gtins))
	}
}
