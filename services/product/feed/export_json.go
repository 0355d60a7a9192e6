package feed

import (
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jsonLines writes products in this shop's own JSON, one a line. The decision on product sync names the fields.
type jsonLines struct {
	to       io.Writer
	currency string
}

// NewJSONLines writes everything that a product has, one JSON object a line. Currency is the shop's. Imported again, the file changes
// nothing.
func NewJSONLines(to io.Writer, currency string) Writer {
	return &jsonLines{to: to, currency: currency}
}

// A product as it is written. The reader names the same fields in json_record.go.
type (
	jsonProduct struct {
		Key            string            `json:"key"`
		Name           string            `json:"name"`
		Slug           string            `json:"slug,omitempty"` // only where a feed asked for it: else it follows the name
		Description    string            `json:"description,omitempty"`
		Brand          string            `json:"brand,omitempty"`
		State          State             `json:"state"`
		Type           string            `json:"type,omitempty"`
		Currency       string            `json:"currency"`
		Categories     [][]string        `json:"categories,omitempty"`
		Tags           []string          `json:"tags,omitempty"`
		Attributes     jsontext.Value    `json:"attributes,omitzero"`
		Options        []Option          `json:"options,omitempty"`
		Variants       []jsonVariant     `json:"variants"`
		Images         []jsonImage       `json:"images,omitempty"`
		Related        []string          `json:"related,omitempty"`
		TaxClass       string            `json:"tax_class,omitempty"`
		SEOTitle       string            `json:"seo_title,omitempty"`
		SEODescription string            `json:"seo_description,omitempty"`
		Translations   []jsonTranslation `json:"translations,omitempty"`
	}
	jsonVariant struct {
		SKU       string            `json:"sku,omitempty"`
		GTIN      string            `json:"gtin,omitempty"`
		MPN       string            `json:"mpn,omitempty"`
		Options   map[string]string `json:"options,omitempty"`
		Price     string            `json:"price"`
		CompareAt string            `json:"compare_at_price,omitempty"`
		Prices    []jsonPrice       `json:"prices,omitempty"`
		Stock     *int64            `json:"stock,omitempty"`
		Backorder bool              `json:"backorder,omitzero"`
		Weight    int32             `json:"weight_grams,omitzero"`
		Image     string            `json:"image,omitempty"`
	}
	jsonPrice struct {
		Currency    string `json:"currency"`
		MinQuantity int64  `json:"min_quantity"`
		Price       string `json:"price"`
		CompareAt   string `json:"compare_at,omitempty"`
	}
	jsonImage struct {
		Source string `json:"src"`
		Alt    string `json:"alt,omitempty"`
	}
	jsonTranslation struct {
		Locale         string `json:"locale"`
		Name           string `json:"name,omitempty"`
		Description    string `json:"description,omitempty"`
		Slug           string `json:"slug,omitempty"`
		SEOTitle       string `json:"seo_title,omitempty"`
		SEODescription string `json:"seo_description,omitempty"`
	}
)

func (j *jsonLines) Write(p *Product) error {
	line, err := json.Marshal(j.product(p), json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = j.to.Write(append(line, '\n'))
	return err
}

func (j *jsonLines) Close() error { return nil }

func (j *jsonLines) product(p *Product) jsonProduct {
	out := jsonProduct{
		Key: coded(p.Key), Name: entities(p.Name), Description: described(p.Description), Brand: entities(p.Brand), State: p.State, Type: entities(p.Type),
		Currency: j.currency, Options: p.Options, TaxClass: p.TaxClass, SEOTitle: entities(p.SEOTitle), SEODescription: p.SEODescription,
		Attributes: jsonAttributes(p.Attributes), Translations: jsonTranslations(p.Translations), Tags: each(p.Tags, entities), Related: each(p.Related, coded),
	}
	if p.SlugGiven {
		out.Slug = p.Slug
	}
	for _, path := range p.Categories {
		out.Categories = append(out.Categories, each(path, entities))
	}
	for i := range p.Variants {
		out.Variants = append(out.Variants, j.variant(p, &p.Variants[i]))
	}
	for _, i := range p.Images {
		out.Images = append(out.Images, jsonImage{Source: i.Source, Alt: entities(i.Alt)})
	}
	return out
}

func (j *jsonLines) variant(p *Product, v *Variant) jsonVariant {
	out := jsonVariant{
		SKU: coded(v.SKU), GTIN: v.GTIN, MPN: coded(v.MPN), Price: inDecimals(v.Price, j.currency), Prices: jsonPrices(v.Prices),
		Backorder: v.Stock.Backorder, Weight: v.WeightGrams, Image: v.Image,
	}
	if v.CompareAt > 0 {
		out.CompareAt = inDecimals(v.CompareAt, j.currency)
	}
	if v.Stock.Known {
		out.Stock = &v.Stock.OnHand
	}
	for i, value := range v.OptionValues {
		if out.Options == nil {
			out.Options = make(map[string]string, len(p.Options))
		}
		out.Options[p.Options[i].Name] = value
	}
	return out
}

// jsonAttributes is an object in the product's order. JSON knows no name twice, so the values of such a name are joined.
func jsonAttributes(list []Attribute) jsontext.Value {
	if len(list) == 0 {
		return nil
	}
	joined := make([]Attribute, 0, len(list))
	at := make(map[string]int, len(list))
	for _, a := range list {
		if i, twice := at[a.Name]; twice {
			joined[i].Value += ", " + a.Value
			continue
		}
		at[a.Name] = len(joined)
		joined = append(joined, a)
	}
	out := jsontext.Value("{")
	for i, a := range joined {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(appendText(out, entities(a.Name)), ':'), appendText(nil, entities(a.Value))...)
	}
	return append(out, '}')
}

// appendText writes a JSON string. Product texts are clean UTF-8, the only thing it could fail for.
func appendText(to []byte, text string) []byte {
	to, _ = jsontext.AppendQuote(to, text)
	return to
}

func jsonPrices(list []Price) []jsonPrice {
	var out []jsonPrice
	for _, p := range list {
		price := jsonPrice{Currency: p.Currency, MinQuantity: p.MinQuantity, Price: inDecimals(p.Minor, p.Currency)}
		if p.CompareAt > 0 {
			price.CompareAt = inDecimals(p.CompareAt, p.Currency)
		}
		out = append(out, price)
	}
	return out
}

func jsonTranslations(list []Translation) []jsonTranslation {
	var out []jsonTranslation
	for _, t := range list {
		out = append(out, jsonTranslation{
			Locale: t.Locale, Name: entities(t.Name), Description: described(t.Description), Slug: t.Slug,
			SEOTitle: entities(t.SEOTitle), SEODescription: t.SEODescription,
		})
	}
	return out
}

func each(list []string, write func(string) string) []string {
	var out []string
	for _, text := range list {
		out = append(out, write(text))
	}
	return out
}
