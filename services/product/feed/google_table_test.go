package feed

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A table says the same as XML, in cells that hold lists.
func TestGoogleTSV(t *testing.T) {
	t.Parallel()
	file := sample(t, "google.tsv")
	products, refusals := readAll(t, strings.NewReader(file), Config{})
	if keys(products) != "cardigan LAMP" || len(refusals) > 0 {
		t.Fatalf("products %q, refused %+v", keys(products), refusals)
	}
	p, v := products[0], products[0].Variants[0]
	if len(p.Variants) != 2 || len(p.Options) != 1 || p.Options[0].Name != "Size" || v.SKU != "C-M-S" || v.Price != 5900 || v.CompareAt != 7900 || v.WeightGrams != 500 {
		t.Errorf("%+v", p)
	}
	if !slices.Equal(p.Attributes, []Attribute{{"Care", "Hand wash, cold"}, {"Yarn: Care", "Spin slowly"}, {"Color", "Moss"}}) {
		t.Errorf("attributes %v", p.Attributes)
	}
	if p.Description != "Warm and light.\n\n• Made of wool, only\n• Two pockets" || !slices.Equal(p.Categories[0], []string{"Clothing", "Knitwear, wool"}) {
		t.Errorf("%q, %q", p.Description, p.Categories)
	}
	if len(p.Images) != 3 || p.Images[2].Source != "https://pics.example/c,3.jpg" || p.Variants[1].Stock != (Stock{Known: true}) {
		t.Errorf("images %v, %+v", p.Images, p.Variants[1])
	}
	r, err := Open(strings.NewReader(file), Config{Currency: "USD"})
	if err != nil || r.Format() != GoogleTSV {
		t.Errorf("%v", err)
	}
}

// Facebook's catalogue counts what may be sold, and names what its variants differ by.
func TestFacebookCSV(t *testing.T) {
	t.Parallel()
	file := sample(t, "facebook.csv")
	products, refusals := readAll(t, strings.NewReader(file), Config{Now: time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)})
	if keys(products) != "soap OLD" || len(refusals) > 0 {
		t.Fatalf("products %q, refused %+v", keys(products), refusals)
	}
	p, v := products[0], products[0].Variants[0]
	if len(p.Options) != 1 || p.Options[0].Name != "Scent" || !slices.Equal(p.Options[0].Values, []string{"Cherry", "Rose"}) || !slices.Equal(p.Tags, []string{"bath", "gift"}) {
		t.Errorf("%+v", p)
	}
	if v.Price != 500 || v.CompareAt != 650 || v.Stock != (Stock{Known: true, OnHand: 12}) || len(p.Images) != 3 {
		t.Errorf("%+v, images %v", v, p.Images)
	}
	if products[1].State != Draft || products[1].Variants[0].Stock != (Stock{Known: true}) {
		t.Errorf("%+v", products[1])
	}
	r, err := Open(strings.NewReader(file), Config{Currency: "USD"})
	if err != nil || r.Format() != FacebookCSV {
		t.Errorf("%v", err)
	}
}

// Tables have their headers in German, or in any language beside the English names, and mean the same as in English.
func TestGoogleTableInOtherLanguages(t *testing.T) {
	t.Parallel()
	english := "id\ttitle\tdescription\tlink\timage link\tadditional image link\tavailability\tprice\tsale price\tbrand\tgtin\tcondition\titem group id\tcolor\tsize\tproduct type\n"
	rows := "A-S\tWool cardigan, S\tWarm.\thttps://x.example/c\thttps://pics.example/c.jpg\thttps://pics.example/d.jpg\tin_stock\t79.00 USD\t59.00 USD\tTindle\t4006381333931\tnew\tcardigan\tMoss\tS\tClothing > Knitwear\n" +
		"A-M\tWool cardigan, M\tWarm.\thttps://x.example/c\thttps://pics.example/c.jpg\t\tout of stock\t79.00 USD\t\tTindle\t\tnew\tcardigan\tMoss\tM\tClothing > Knitwear\n" +
		"B\tLamp\tIt turns.\thttps://x.example/l\thttps://pics.example/l.jpg\t\tpreorder\t49 USD\t\tTindle\t\tused\t\t\t\tHome\n"
	words := strings.NewReplacer("in_stock", "auf_Lager", "out of stock", "nicht auf Lager", "preorder", "vorbestellbar", "\tnew\t", "\tneu\t")
	want, refusals := readAll(t, strings.NewReader(english+rows), Config{})
	if keys(want) != "cardigan B" || len(refusals) > 0 {
		t.Fatalf("products %q, refused %+v", keys(want), refusals)
	}
	for language, file := range map[string]string{
		"German": "ID\tTitel\tBeschreibung\tLink\tBildlink\tZusätzlicher Bildlink\tVerfügbarkeit\tPreis\tSonderangebotspreis\tMarke\tGTIN\tZustand\tArtikelgruppen-ID\tFarbe\tGröße\tProdukttyp\n" + words.Replace(rows),
		"French, with names": "ID [id]\tTitre [title]\tDescription [description]\tLien [link]\tLien vers l’image [image_link]\tAutres images [additional_image_link]\tDisponibilité [availability]\tPrix [price]\t" +
			"Prix soldé [sale_price]\tMarque [brand]\tCode GTIN [gtin]\tÉtat [condition]\tGroupe [item_group_id]\tCouleur [color]\tTaille [size]\tType de produit [product_type]\n" + rows,
	} {
		r, err := Open(strings.NewReader(file), Config{Currency: "USD"})
		if err != nil || r.Format() != GoogleTSV {
			t.Errorf("%s: %v", language, err)
			continue
		}
		got, refusals := readAll(t, strings.NewReader(file), Config{})
		if len(got) != len(want) || len(refusals) > 0 {
			t.Errorf("%s: products %q, refused %+v", language, keys(got), refusals)
			continue
		}
		for i := range got {
			if withoutRows(got[i]) != withoutRows(want[i]) {
				t.Errorf("%s:\n%s\nwant\n%s", language, withoutRows(got[i]), withoutRows(want[i]))
			}
		}
	}
}

// What the two ways to write a feed say is the same product.
func TestGoogleXMLAndTSVAgree(t *testing.T) {
	t.Parallel()
	table := "id\ttitle\tprice\tavailability\tlink\titem_group_id\tcolor\nA\tBowl\t5 USD\tin_stock\thttps://x.example\tbowl\tMoss\nB\tBowl\t6 USD\tbackorder\thttps://x.example\tbowl\tSand\n"
	xml := rss(`<id>A</id><title>Bowl</title><price>5 USD</price><availability>in stock</availability><item_group_id>bowl</item_group_id><color>Moss</color>`,
		`<id>B</id><title>Bowl</title><price>6 USD</price><availability>backorder</availability><item_group_id>bowl</item_group_id><color>Sand</color>`)
	one, _ := readAll(t, strings.NewReader(table), Config{})
	two, _ := readAll(t, strings.NewReader(xml), Config{})
	if len(one) != 1 || len(two) != 1 || !slices.Equal(Hash(one[0]).Content, Hash(two[0]).Content) || !slices.Equal(Hash(one[0]).Stock, Hash(two[0]).Stock) {
		t.Errorf("%+v\n%+v", one, two)
	}
}
