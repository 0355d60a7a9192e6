package feed

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// told says in one line what was understood of a product, and in one more for each variant.
func told(p *Product) []string {
	var parts []string
	add := func(what, value string) {
		if value != "" {
			parts = append(parts, strings.TrimPrefix(what+"="+value, "="))
		}
	}
	var paths, options, attributes, translations, pictures []string
	for _, path := range p.Categories {
		paths = append(paths, strings.Join(path, ">"))
	}
	for _, o := range p.Options {
		options = append(options, o.Name+":"+strings.Join(o.Values, "/"))
	}
	for _, a := range p.Attributes {
		attributes = append(attributes, a.Name+":"+a.Value)
	}
	for _, t := range p.Translations {
		translations = append(translations, strings.Join([]string{t.Locale, t.Name, t.Slug}, ":"))
	}
	for _, i := range p.Images {
		pictures = append(pictures, strings.TrimSuffix(strings.TrimPrefix(i.Source, "https://pics.example/")+":"+i.Alt, ":"))
	}
	add("brand", p.Brand)
	add("type", p.Type)
	add("slug", p.Slug)
	add("text", strings.ReplaceAll(p.Description, "\n", "|"))
	add("seo", p.SEOTitle)
	add("in", strings.Join(paths, ", "))
	add("tags", strings.Join(p.Tags, ","))
	add("options", strings.Join(options, ", "))
	add("attributes", strings.Join(attributes, ", "))
	add("images", strings.Join(pictures, ", "))
	add("related", strings.Join(p.Related, ","))
	add("translated", strings.Join(translations, ", "))
	lines := []string{fmt.Sprintf("%s %q %s %s", p.Key, p.Name, p.State, strings.Join(parts, " "))}
	for _, v := range p.Variants {
		parts = nil
		add("", strings.Join(v.OptionValues, "/"))
		add("price", itoa(v.Price))
		if v.CompareAt > 0 {
			add("before", itoa(v.CompareAt))
		}
		for _, price := range v.Prices {
			add(price.Currency, itoa(price.Minor))
		}
		if v.Stock.Known {
			add("stock", itoa(v.Stock.OnHand))
		}
		if v.Stock.Backorder {
			add("sells", "on")
		}
		if v.WeightGrams > 0 {
			add("grams", itoa(int64(v.WeightGrams)))
		}
		add("gtin", v.GTIN)
		add("mpn", v.MPN)
		add("image", strings.TrimPrefix(v.Image, "https://pics.example/"))
		lines = append(lines, fmt.Sprintf("- %d %s %s", v.Row, v.SKU, strings.Join(parts, " ")))
	}
	return lines
}

// Each shop's export is understood as its documentation describes it, and what cannot be taken is named.
func TestDialects(t *testing.T) {
	t.Parallel()
	december := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		file    string
		now     time.Time
		format  Format
		told    []string
		refused []string // row, column and a part of the reason
	}{
		"magento": {
			file: "magento.csv", format: MagentoCSV,
			told: []string{
				`RAIN "Harbour Raincoat" active slug=harbour-raincoat text=For wet days.||Keeps the rain out.||• Taped seams seo=Raincoat for harbours in=Outdoor>Coats, Sale options=Size:S/M/L, Colour:Blue attributes=Material:Cotton, Nylon, Care:Wash cold, dry flat, Pattern:Solid images=r/a/rain.jpg:Raincoat, r/a/rain-back.jpg:Back, r/a/rain-blue.jpg:Blue related=LAMP,TENT translated=de:Hafen-Regenmantel:hafen-regenmantel`,
				`- 2 RAIN-S-BLUE S/Blue price=7990 stock=12 image=r/a/rain-blue.jpg`,
				`- 3 RAIN-M-BLUE M/Blue price=6990 before=7990 stock=0 image=r/a/rain-blue.jpg`,
				`- 6 RAIN-L-BLUE L/Blue price=8490 stock=5 image=r/a/rain-blue.jpg`,
				`LAMP "Storm Lamp" active slug=storm-lamp text=Burns all night. in=Outdoor images=l/a/lamp.jpg translated=fr-FR:Lampe-tempête:`,
				`- 8 LAMP price=2500 sells=on image=l/a/lamp.jpg`,
				`TENT "Tent Course" draft slug=tent-course in=Courses`,
				`- 10 TENT price=4000 sells=on`,
				`KIT "Camping Kit" draft slug=camping-kit in=Outdoor related=LAMP,TENT`,
			},
			refused: []string{
				"7 product_online: says that this variant is disabled",
				"8 special_price: holds for a limited time only",
				"11 product_type: is made of other products and has no price of its own",
				"12 visibility: says that this is a variant only, and no configurable produc",
				"13 sku: is used by the product in row 8 already",
				"14 product_type: is a type of product that cannot be taken over",
			},
		},
		"magento on sale": {
			file: "magento.csv", format: MagentoCSV, now: december,
			told: []string{
				`RAIN "Harbour Raincoat" active slug=harbour-raincoat text=For wet days.||Keeps the rain out.||• Taped seams seo=Raincoat for harbours in=Outdoor>Coats, Sale options=Size:S/M/L, Colour:Blue attributes=Material:Cotton, Nylon, Care:Wash cold, dry flat, Pattern:Solid images=r/a/rain.jpg:Raincoat, r/a/rain-back.jpg:Back, r/a/rain-blue.jpg:Blue related=LAMP,TENT translated=de:Hafen-Regenmantel:hafen-regenmantel`,
				`- 2 RAIN-S-BLUE S/Blue price=7990 stock=12 image=r/a/rain-blue.jpg`,
				`- 3 RAIN-M-BLUE M/Blue price=6990 before=7990 stock=0 image=r/a/rain-blue.jpg`,
				`- 6 RAIN-L-BLUE L/Blue price=8490 stock=5 image=r/a/rain-blue.jpg`,
				`LAMP "Storm Lamp" active slug=storm-lamp text=Burns all night. in=Outdoor images=l/a/lamp.jpg translated=fr-FR:Lampe-tempête:`,
				`- 8 LAMP price=2000 before=2500 sells=on image=l/a/lamp.jpg`,
				`TENT "Tent Course" draft slug=tent-course in=Courses`,
				`- 10 TENT price=4000 sells=on`,
				`KIT "Camping Kit" draft slug=camping-kit in=Outdoor related=LAMP,TENT`,
			},
			refused: []string{
				"7 product_online: says that this variant is disabled",
				"8 special_price_to_date: was not taken",
				"11 product_type: is made of other products and has no price of its own",
				"12 visibility: says that this is a variant only, and no configurable produc",
				"13 sku: is used by the product in row 8 already",
				"14 product_type: is a type of product that cannot be taken over",
			},
		},
		"medusa": {
			file: "medusa.csv", format: MedusaCSV,
			told: []string{
				`prod_1 "Field Kettle" active slug=kettle text=Boils fast.|Whistles. tags=camp,tea options=Size:Small/Large, Colour:Red attributes=Subtitle:For two, Material:Steel images=kettle.jpg, kettle-side.jpg`,
				`- 2 KET-S-R Small/Red price=3000 EUR=2800 grams=600`,
				`- 3 KET-L-R Large/Red price=4000 EUR=3850 sells=on grams=900 gtin=04006381333931`,
				`prod_2 "Tin Spoon" draft slug=spoon`,
				`- 4 SPOON price=450 EUR=400 sells=on`,
				`prod_1 "" active options=Size:, Colour:`,
				`- 5 KET-S-B Small/Blue price=3000 EUR=2800 grams=600`,
			},
			refused: []string{
				"5 Variant Barcode: is not a GTIN of 8, 12, 13 or 14 digits",
			},
		},
		"medusa v1": {
			file: "medusa_v1.csv", format: MedusaCSV,
			told: []string{
				`stool "Milking Stool" active type=Furniture slug=stool text=Three legs. in=Farmhouse tags=wood,seat options=Finish:Natural/Black attributes=Material:Ash images=stool.jpg, stool-2.jpg`,
				`- 2 STOOL-N Natural price=6500 EUR=6000 stock=7 grams=2400`,
				`- 3 STOOL-B Black price=7000 stock=0 sells=on grams=2500`,
			},
			refused: []string{
				"4 Price USD: is missing",
			},
		},
		"prestashop": {
			file: "prestashop.csv", format: PrestaShopCSV,
			told: []string{
				`11 "Beeswax Candle" active brand=Hive & Co slug=beeswax-candle text=Burns clean.||Made by hand. seo=Beeswax candle in=Lighting, Gifts tags=wax,candle attributes=Height:20 cm, Scent:Honey images=candle.jpg:Candle, box.jpg:Box related=12`,
				`- 2 CANDLE-1 price=1250 stock=1250 sells=on grams=250 gtin=04006381333931 mpn=HC-77`,
				`12 "Candle Holder" active brand=Hive & Co slug=candle-holder text=Cast iron. in=Lighting attributes=Condition:used`,
				`- 3 HOLDER-1 price=100000 before=102400 stock=7 grams=1500`,
				`13 "Matches" draft slug=matches`,
				`- 4  price=81 before=90`,
			},
			refused: []string{
				"3 EAN13: is not a GTIN",
				"5 Product ID: is used by the product in row 4 already",
			},
		},
		"shopware": {
			file: "shopware.csv", format: ShopwareCSV,
			told: []string{
				`0b2f1c5e8d3a4f6b9c7e1d2a3b4c5d60 "Linen Shirt" active brand=Webers slug=linen-shirt text=Cool in summer. options=Variant:SW-1.1/Linen Shirt Long images=shirt.jpg:A linen shirt, shirt-long.jpg`,
				`- 2 SW-1.1 SW-1.1 price=5999 stock=4`,
				`- 4 SW-1.2 Linen Shirt Long price=6499 stock=9 image=shirt-long.jpg`,
				`1c2f1c5e8d3a4f6b9c7e1d2a3b4c5d60 "Linen Scarf" draft slug=linen-scarf in=Clothing>Scarves attributes=Material:Linen`,
				`- 6 SW-2 price=2000 stock=3`,
			},
			refused: []string{
				"5 active: says that this variant is not sold",
				"7 parent_id: is the name of a product that no row of the file describes",
			},
		},
		"spree": {
			file: "spree.csv", format: SpreeCSV,
			told: []string{
				`tea-towel "Tea Towel" active type=Linen slug=tea-towel text=Dries. seo=Tea towels in=Kitchen>Towels, Gifts tags=kitchen,linen options=Colour:Red/Blue, Size:Small images=towel.jpg, red-2.jpg, red.jpg`,
				`- 3 TEA-R-S Red/Small price=1250 before=1500 EUR=1150 GBP=1050 stock=7 sells=on grams=200 image=red.jpg`,
				`- 4 TEA-B-S Blue/Small price=1250 sells=on grams=200`,
				`wick "Wick" draft slug=wick attributes=Wick length:40 cm`,
				`- 5 WICK price=300 EUR=275 sells=on grams=10`,
			},
			refused: []string{
				"6 price: is empty or 0",
				"10 sku: has a price in this currency in row 3 already",
				"12 sku: is a price for a variant that the product does not have",
				"13 slug: is used by the product in row 5 already",
				"14 slug: is the name of a product that no row of the file describes",
			},
		},
		"vendure": {
			file: "vendure.csv", format: VendureCSV,
			told: []string{
				`oak-desk "Oak Desk" active brand=Timberline slug=oak-desk text=A desk, made of "white" oak. in=Furniture>Desks options=width:120 cm/160 cm, finish:Oiled attributes=Style:Plain, Solid, CareNote:Oil it once a year images=desk.jpg, desk-side.jpg, desk-120.jpg`,
				`- 2 DSK120 120 cm/Oiled price=34900 stock=5 image=desk-120.jpg`,
				`- 3 DSK160 160 cm/Oiled price=42900 sells=on`,
				`desk-lamp "Desk Lamp" active slug=desk-lamp text=Shines.`,
				`- 4 LMP1 price=3950 stock=12`,
			},
			refused: []string{
				"5 slug: is used by the product in row 2 already",
				"6 : This row was not taken, because its product was refused",
			},
		},
		"vendure languages": {
			file: "vendure_languages.csv", format: VendureCSV,
			told: []string{
				`wall-clock "Wall Clock" active brand=Tick slug=wall-clock text=Ticks. options=size:small/large translated=de:Wanduhr:wanduhr`,
				`- 2 CLK-S small price=2500 stock=3`,
				`- 3 CLK-L large price=3500 stock=3`,
			},
		},
		"woocommerce": {
			file: "woocommerce.csv", format: WooCommerceCSV,
			told: []string{
				`100 "Map Print" active brand=Atlas & Sons slug=map-print text=For walls.||Printed on cotton paper. seo=Map prints for walls in=Wall Art>Maps, Gifts, small tags=map options=Size:A2/A3, Frame:Oak/Any images=map.jpg, map,wide.jpg, map-a3.jpg related=104,globe`,
				`- 2 PRINT-A3 A3/Any price=3500 sells=on grams=500 image=map-a3.jpg`,
				`- 3 PRINT-A2 A2/Oak price=4000 before=4800 stock=8 sells=on grams=750`,
				`104 "Globe" draft slug=globe text==Round in=Gifts attributes=Material:Paper, Wood`,
				`- 6 GLOBE price=129950 stock=0 grams=1200`,
				`105 "Traveller's Set" draft slug=travellers-set in=Gifts related=GLOBE,100`,
				`106 "Flag" draft slug=flag in=Gifts attributes=External URL:https://flags.example/flag`,
				`- 8 FLAG price=950 sells=on`,
				`name:postcard "Postcard" active slug=postcard`,
				`- 11  price=150 stock=50`,
			},
			refused: []string{
				"5 Published: says that this variation is not sold",
				"6 GTIN, UPC, EAN, or ISBN: is not a GTIN",
				"6 Sale price: holds for a limited time only",
				"7 Type: is made of other products and has no price of its own",
				"8 Type: is sold by another shop",
				"9 Parent: is the name of a product that no row of the file describes",
				"10 SKU: is used by the product in row 6 already",
				"12 Type: is a kind of product that cannot be taken over",
			},
		},
		"woocommerce on sale": {
			file: "woocommerce.csv", format: WooCommerceCSV, now: december,
			told: []string{
				`100 "Map Print" active brand=Atlas & Sons slug=map-print text=For walls.||Printed on cotton paper. seo=Map prints for walls in=Wall Art>Maps, Gifts, small tags=map options=Size:A2/A3, Frame:Oak/Any images=map.jpg, map,wide.jpg, map-a3.jpg related=104,globe`,
				`- 2 PRINT-A3 A3/Any price=3500 sells=on grams=500 image=map-a3.jpg`,
				`- 3 PRINT-A2 A2/Oak price=4000 before=4800 stock=8 sells=on grams=750`,
				`104 "Globe" draft slug=globe text==Round in=Gifts attributes=Material:Paper, Wood`,
				`- 6 GLOBE price=109900 before=129950 stock=0 grams=1200`,
				`105 "Traveller's Set" draft slug=travellers-set in=Gifts related=GLOBE,100`,
				`106 "Flag" draft slug=flag in=Gifts attributes=External URL:https://flags.example/flag`,
				`- 8 FLAG price=950 sells=on`,
				`name:postcard "Postcard" active slug=postcard`,
				`- 11  price=150 stock=50`,
			},
			refused: []string{
				"5 Published: says that this variation is not sold",
				"6 GTIN, UPC, EAN, or ISBN: is not a GTIN",
				"6 Date sale price ends: was not taken",
				"7 Type: is made of other products and has no price of its own",
				"8 Type: is sold by another shop",
				"9 Parent: is the name of a product that no row of the file describes",
				"10 SKU: is used by the product in row 6 already",
				"12 Type: is a kind of product that cannot be taken over",
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(filepath.Join("testdata", tc.file))
			if err != nil {
				t.Fatal(err)
			}
			r, err := Open(strings.NewReader(string(content)), Config{Currency: "USD", ImageBase: "https://pics.example/", Now: tc.now})
			if err != nil {
				t.Fatal(err)
			}
			if r.Format() != tc.format {
				t.Errorf("taken for %s, want %s", r.Format(), tc.format)
			}
			var lines []string
			refused := map[string]string{}
			for {
				item, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if item.Product != nil {
					lines = append(lines, told(item.Product)...)
				}
				for _, r := range item.Refusals {
					refused[fmt.Sprintf("%d %s", r.Row, r.Column)] = r.Reason
				}
			}
			for i := range max(len(lines), len(tc.told)) {
				got, want := "", ""
				if i < len(lines) {
					got = lines[i]
				}
				if i < len(tc.told) {
					want = tc.told[i]
				}
				if got != want {
					t.Errorf("understood\n%s\nwant\n%s", got, want)
				}
			}
			for _, want := range tc.refused {
				cell, reason, _ := strings.Cut(want, ": ")
				if got, found := refused[cell]; !found || !strings.Contains(got, reason) {
					t.Errorf("%s refused because it %q, want %q", cell, got, reason)
				}
				delete(refused, cell)
			}
			for cell, reason := range refused {
				t.Errorf("%s refused, because it %s", cell, reason)
			}
		})
	}
}

// Translations name their product by its address; a language counts once.
func TestSpreeTranslations(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join("testdata", "spree_translations.csv"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(strings.NewReader(string(content)), Config{Currency: "USD"})
	if err != nil {
		t.Fatal(err)
	}
	var texts []Text
	var refused []string
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if item.Text != nil {
			texts = append(texts, *item.Text)
		}
		for _, r := range item.Refusals {
			refused = append(refused, fmt.Sprintf("%d %s", r.Row, r.Column))
		}
	}
	want := []Text{
		{Row: 2, Slug: "tea-towel", Translation: Translation{Locale: "de", Name: "Geschirrtuch", Description: "Trocknet."}},
		{Row: 3, Slug: "tea-towel", Translation: Translation{Locale: "pt-BR", Name: "Pano de prato"}},
	}
	if !slices.Equal(texts, want) {
		t.Errorf("texts %+v, want %+v", texts, want)
	}
	if got := strings.Join(refused, ", "); got != "4 slug, 5 locale, 6 name, 7 slug" {
		t.Errorf("refused %s", got)
	}
}
