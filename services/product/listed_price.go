package product

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// pricesPage is the price that the page before ended with.
type pricesPage struct {
	Variant  string `json:"v"`
	Quantity int32  `json:"q"`
}

// ListListedPrices pages through a list's prices.
func (s *Service) ListListedPrices(ctx context.Context, req *productv1.ListListedPricesRequest) (*productv1.ListListedPricesResponse, error) {
	db := s.cfg.DB.Read(ctx)
	list, err := queries.GetPriceList(ctx, db, req.GetListId())
	if postgres.IsNoRows(err) {
		return nil, errNoPriceList
	}
	if err != nil {
		return nil, fmt.Errorf("get price list: %w", err)
	}
	page := pricesPage{Variant: lowestID}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	if !id.Valid(page.Variant) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), 100)
	rows, err := queries.ListListedPrices(ctx, db, productdb.ListListedPricesParams{
		ListID: req.GetListId(), AfterVariant: page.Variant, AfterQuantity: page.Quantity, PageSize: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list listed prices: %w", err)
	}
	answer := &productv1.ListListedPricesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(pricesPage{rows[size-1].VariantID, rows[size-1].MinQuantity})
	}
	for _, row := range rows {
		answer.Prices = append(answer.Prices, &productv1.ListedPrice{
			ListId: list.ID, VariantId: row.VariantID, MinQuantity: row.MinQuantity, Price: amount(row.PriceMinor, list.Currency),
			CompareAtPrice: amountOrNone(row.CompareAtMinor, list.Currency),
		})
	}
	return answer, nil
}

func amount(minor int64, currency string) *typev1.Money {
	return &typev1.Money{AmountMinor: minor, CurrencyCode: currency}
}

func amountOrNone(minor *int64, currency string) *typev1.Money {
	if minor == nil {
		return nil
	}
	return amount(*minor, currency)
}

// ListProductPrices returns the listed prices of a product.
func (s *Service) ListProductPrices(ctx context.Context, req *productv1.ListProductPricesRequest) (*productv1.ListProductPricesResponse, error) {
	rows, err := queries.ListProductPrices(ctx, s.cfg.DB.Read(ctx), productdb.ListProductPricesParams{ProductID: req.GetProductId(), PageSize: 5_000})
	if err != nil {
		return nil, fmt.Errorf("list product prices: %w", err)
	}
	answer := &productv1.ListProductPricesResponse{}
	for _, row := range rows {
		answer.Prices = append(answer.Prices, &productv1.ListedPrice{
			ListId: row.ListID, VariantId: row.VariantID, MinQuantity: row.MinQuantity, Price: amount(row.PriceMinor, row.Currency),
			CompareAtPrice: amountOrNone(row.CompareAtMinor, row.Currency),
		})
	}
	return answer, nil
}

// SetListedPrices changes a list's prices, all or none.
func (s *Service) SetListedPrices(ctx context.Context, req *productv1.SetListedPricesRequest) (*productv1.SetListedPricesResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		list, err := lockPriceList(ctx, tx, req.GetListId(), 0)
		if err != nil {
			return nil, err
		}
		variants, err := checkListed(ctx, tx, list, req)
		if err != nil {
			return nil, err
		}
		if len(req.GetRemoved()) > 0 {
			gone := productdb.RemoveListedPricesParams{ListID: list.GetId()}
			for _, p := range req.GetRemoved() {
				gone.VariantIds, gone.MinQuantities = append(gone.VariantIds, p.GetVariantId()), append(gone.MinQuantities, p.GetMinQuantity())
			}
			if err := queries.RemoveListedPrices(ctx, tx, gone); err != nil {
				return nil, fmt.Errorf("remove listed prices: %w", err)
			}
		}
		type listedRow struct {
			VariantID   string `json:"variant_id"`
			MinQuantity int32  `json:"min_quantity"`
			Price       int64  `json:"price_minor"`
			CompareAt   *int64 `json:"compare_at_minor"`
		}
		set := []listedRow{}
		for _, p := range req.GetPrices() {
			row := listedRow{VariantID: p.GetVariantId(), MinQuantity: p.GetMinQuantity(), Price: p.GetPrice().GetAmountMinor()}
			if p.GetCompareAtPrice() != nil {
				row.CompareAt = &p.CompareAtPrice.AmountMinor
			}
			set = append(set, row)
		}
		rows, err := json.Marshal(set)
		if err != nil {
			return nil, err
		}
		if err := queries.SetListedPrices(ctx, tx, productdb.SetListedPricesParams{ListID: list.GetId(), Rows: rows}); err != nil {
			return nil, fmt.Errorf("set listed prices: %w", err)
		}
		for some := range slices.Chunk(variants, eventSize) {
			if err := broker.Publish(ctx, tx, &productv1.ListedPricesChanged{VariantIds: some}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	return &productv1.SetListedPricesResponse{}, nil
}

// checkListed names all that is wrong with prices, and returns the variants that they are of, each once.
func checkListed(ctx context.Context, tx pgx.Tx, list *productv1.PriceList, req *productv1.SetListedPricesRequest) ([]string, error) {
	found := listedProblems{seen: map[listedPlace]bool{}}
	var asked []string
	for i, p := range req.GetPrices() {
		asked = append(asked, p.GetVariantId())
		found.check(fmt.Sprintf("prices[%d]", i), p, list.GetCurrencyCode())
	}
	for i, p := range req.GetRemoved() {
		found.place(fmt.Sprintf("removed[%d]", i), p)
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	known, err := queries.ListKnownVariants(ctx, tx, orEmpty(asked))
	if err != nil {
		return nil, fmt.Errorf("list known variants: %w", err)
	}
	for i, variant := range asked {
		if !slices.Contains(known, variant) {
			found.add(fmt.Sprintf("prices[%d].variant_id", i), "is not the id of a variant")
		}
	}
	return found.variants, found.err()
}

// listedPlace is what a list has one price for.
type listedPlace struct {
	variant  string
	quantity int32
}

// listedProblems are what is wrong with prices of a list, whose variants it gathers.
type listedProblems struct {
	problems
	seen     map[listedPlace]bool
	variants []string
}

// check says what is wrong with a price.
func (p *listedProblems) check(field string, listed *productv1.ListedPrice, currency string) {
	p.place(field, listed)
	if listed.GetPrice() == nil {
		p.add(field+".price", "is missing")
		return
	}
	p.listedPrice(field+".price", listed.GetPrice(), currency)
	if listed.GetCompareAtPrice() != nil {
		p.listedPrice(field+".compare_at_price", listed.GetCompareAtPrice(), currency)
		if listed.GetCompareAtPrice().GetAmountMinor() <= listed.GetPrice().GetAmountMinor() {
			p.add(field+".compare_at_price", "is not above the price; leave it empty when there is no reduction")
		}
	}
}

// place says what is wrong with where a price stands.
func (p *listedProblems) place(field string, listed *productv1.ListedPrice) {
	if !id.Valid(listed.GetVariantId()) {
		p.add(field+".variant_id", "is not the id of a variant")
		return
	}
	if listed.GetMinQuantity() < 1 {
		p.add(field+".min_quantity", "is less than 1")
	}
	at := listedPlace{listed.GetVariantId(), listed.GetMinQuantity()}
	if p.seen[at] {
		p.add(field, "is there twice: a variant has one price from a quantity on")
	}
	p.seen[at] = true
	if !slices.Contains(p.variants, listed.GetVariantId()) {
		p.variants = append(p.variants, listed.GetVariantId())
	}
}

func (p *problems) listedPrice(field string, price *typev1.Money, currency string) {
	if price.GetCurrencyCode() != currency {
		p.add(field, "is not in "+currency+", the currency of the list")
		return
	}
	p.price(field, price, currency)
}
