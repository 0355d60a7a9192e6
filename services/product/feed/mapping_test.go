package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// columnsOf writes a mapping in short: "Header=field", "Header=field,unit=kg" and "=field,value=EUR".
func columnsOf(entries ...string) *Mapping {
	m := &Mapping{Scope: WholeProducts}
	for _, entry := range entries {
		header, rest, _ := strings.Cut(entry, "=")
		parts := strings.Split(rest, ",")
		c := MappedColumn{Column: header, Field: Field(parts[0])}
		for _, part := range parts[1:] {
			name, value, _ := strings.Cut(part, "=")
			switch name {
			case "value":
				c.Value = value
			case "name":
				c.Name = value
			case "unit":
				c.Unit = value
			case "sep":
				c.Separator = value
			case "locale":
				c.Locale = value
			case "currency":
				c.Currency = value
			}
		}
		m.Columns = append(m.Columns, c)
	}
	return m
}

// Every field of a mapping reaches its place in the product.
func TestMappingGivesEveryField(t *testing.T) {
	t.Parallel()
	m := columnsOf("no=sku", "kind=type", "title=name", "titel=name,locale=de", "texte=description,locale=fr", "main=category", "sub=category", "more=category,sep=/", "words=tags,sep=;",
		"eur=price", "chf=price,currency=CHF", "was=compare_at", "was chf=compare_at,currency=CHF", "count=stock", "more sold=backorder", "kilos=weight,unit=kg", "pics=image,sep=|", "side=image",
		"height=attribute,name=Height,unit=cm", "part=mpn", "address=slug", "st=seo_title", "sd=seo_description", "with=related", "=brand,value=Tindle", "on=state,value=no", "=attribute,name=Origin,value=Austria")
	rows := []string{
		"no\tkind\ttitle\ttitel\ttexte\tmain\tsub\tmore\twords\teur\tchf\twas\twas chf\tcount\tmore sold\tkilos\tpics\tside\theight\tpart\taddress\tst\tsd\twith\ton",
		"M-1\tMugs\tMug &amp; saucer\tBecher\tUne tasse.\tKitchen\tCups\tSale/Mugs\ttea; gift\t€ 24.50\tCHF 26.00\t30\t31\t7\tyes\t0.31\thttps://x.example/1.jpg | https://x.example/2.jpg\thttps://x.example/3.jpg\t9.5\tT-1\tThe Mug\tMug!\tBuy it\tM-2, M-3\t",
	}
	products, _, refusals := importAs(t, []byte(strings.Join(rows, "\n")), m)
	if len(products) != 1 || len(refusals) > 0 {
		t.Fatalf("%d products, refused %+v", len(products), refusals)
	}
	want := &Product{
		Row: 2, Key: "M-1", Slug: "the-mug", SlugGiven: true, Name: "Mug & saucer", Brand: "Tindle", State: Draft, Type: "Mugs", SEOTitle: "Mug!", SEODescription: "Buy it",
		Attributes: []Attribute{{"Height", "9.5 cm"}, {"Origin", "Austria"}}, Tags: []string{"tea", "gift"}, Categories: [][]string{{"Sale", "Mugs"}, {"Kitchen", "Cups"}},
		Images:  []Image{{Source: "https://x.example/1.jpg"}, {Source: "https://x.example/2.jpg"}, {Source: "https://x.example/3.jpg"}},
		Related: []string{"M-2", "M-3"}, Translations: []Translation{{Locale: "de", Name: "Becher"}, {Locale: "fr", Description: "Une tasse."}},
		Variants: []Variant{{
			Row: 2, SKU: "M-1", MPN: "T-1", OptionValues: []string{}, Price: 2450, CompareAt: 3000, WeightGrams: 310, Stock: Stock{Known: true, OnHand: 7, Backorder: true},
			Prices: []Price{{Currency: "CHF", MinQuantity: 1, Minor: 2600, CompareAt: 3100}},
		}},
	}
	if !reflect.DeepEqual(products[0], want) {
		t.Errorf("\n%+v, want\n%+v", products[0], want)
	}
}

// Rows with one group are one product, also where they stand apart; options that none of them has are none.
func TestMappingJoinsRows(t *testing.T) {
	t.Parallel()
	m := columnsOf("g=group", "sku=sku", "name=name", "price=price", "colour=option", "size=option,name=Size", "fit=option")
	products, _, refusals := importAs(t, []byte("g,sku,name,price,colour,size,fit\nA,a1,Shirt,1,Moss,S,\nA,a2,Shirt,2,Moss,M,\nB,b1,Scarf,3,,,\nA,a3,,4,Clay,M,\n"), m)
	if len(products) != 3 || len(refusals) > 0 {
		t.Fatalf("%d products, refused %+v", len(products), refusals)
	}
	if refusals := Join(products[0], products[2:]); len(refusals) > 0 {
		t.Fatalf("refused %+v", refusals)
	}
	shirt, scarf := products[0], products[1]
	if !reflect.DeepEqual(shirt.Options, []Option{{"colour", []string{"Moss", "Clay"}}, {"Size", []string{"S", "M"}}}) || len(shirt.Variants) != 3 || shirt.Variants[2].SKU != "a3" {
		t.Errorf("%+v", shirt)
	}
	if len(scarf.Options) > 0 || len(scarf.Variants) != 1 {
		t.Errorf("%+v", scarf)
	}
}

// A bad cell costs its variant or product and is named with its row and header.
func TestMappingDamage(t *testing.T) {
	t.Parallel()
	m := columnsOf("sku=sku", "ean=gtin", "name=name", "price=price", "cur=currency", "was=compare_at", "stock=stock", "kg=weight,unit=kg", "on=state", "pic=image", "bo=backorder", "cat=category,sep=>")
	m.Decimal = ","
	good := map[string]string{"sku": "A", "name": "Mug", "price": "1.234,50"}
	tests := map[string]struct{ column, cell, says string }{
		"price in words":      {"price", "ask", "not a number"},
		"no price":            {"price", "", "no price in the shop's currency"},
		"negative price":      {"price", "-1", "negative"},
		"another currency":    {"price", "5 USD", "no price in the shop's currency"},
		"unknown currency":    {"cur", "XXQ", "currency that is not known"},
		"bad former price":    {"was", "x", "not a number"},
		"bad GTIN":            {"ean", "4006381333932", "check digit"},
		"half a piece":        {"stock", "1,5", "not a whole number"},
		"unknown unit":        {"kg", "3 stone", "unit of weight"},
		"unknown state":       {"on", "maybe", "no state"},
		"no picture":          {"pic", "kettle.jpg", "not a web address"},
		"neither yes nor no":  {"bo", "perhaps", "neither yes nor no"},
		"deep category":       {"cat", strings.Repeat("a>", 11) + "a", "levels"},
		"no SKU and no other": {"sku", "", "nobody knows which product"},
	}
	header := []string{"sku", "ean", "name", "price", "cur", "was", "stock", "kg", "on", "pic", "bo", "cat"}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := make([]string, len(header))
			for i, h := range header {
				if row[i] = good[h]; h == tc.column {
					row[i] = tc.cell
				}
			}
			_, _, refusals := importAs(t, []byte(strings.Join(header, ";")+"\n"+strings.Join(row, ";")+"\n"), m)
			if !slices.ContainsFunc(refusals, func(r Refusal) bool { return r.Row == 2 && strings.Contains(r.Reason, tc.says) }) {
				t.Errorf("refused %+v, want a word on %q", refusals, tc.says)
			}
		})
	}
	products, _, refusals := importAs(t, []byte("sku;ean;name;price;cur;was;stock;kg;on;pic;bo;cat\nA;;Mug;1.234;eur;\"CHF\u00a01.500,-\";3;\"1,2 kg\";;;;\n"), m)
	if len(products) != 1 || len(refusals) > 0 || products[0].Variants[0].Price != 123400 || products[0].Variants[0].WeightGrams != 1200 {
		t.Errorf("%+v, refused %+v", products, refusals)
	}
}

// A mapping that names columns which the file has not is not half used.
func TestMappingOfAnotherFile(t *testing.T) {
	t.Parallel()
	m := columnsOf("Art-Nr=sku", "Titel=name", "Preis=price", "Farbe=attribute")
	_, err := Open(strings.NewReader("art nr;titel;Verkaufspreis\n1;Mug;2\n"), Config{Currency: "EUR", Mapping: m})
	var unreadable *Unreadable
	if !errors.As(err, &unreadable) || !strings.Contains(unreadable.Reason, "no column Preis and no column Farbe") || !strings.Contains(unreadable.Reason, "Verkaufspreis") {
		t.Errorf("%v", err)
	}
	if _, err := Open(strings.NewReader("a;b\n1;2\n"), Config{Currency: "EUR", Format: Mapped}); !errors.As(err, &unreadable) {
		t.Errorf("without a mapping: %v", err)
	}
	// What a known shop writes is read as such, unless somebody says that the mapping explains it.
	file := shopifyFile(simple("mug", "Variant SKU", "M"))
	own := columnsOf("Variant SKU=sku", "Title=name", "Variant Price=price")
	for format, want := range map[Format]string{Unknown: "mug", Mapped: "M"} {
		products, _ := readAll(t, strings.NewReader(file), Config{Format: format, Mapping: own})
		if keys(products) != want {
			t.Errorf("as %q: %s", format, keys(products))
		}
	}
}

// Mappings are edited by people: what is wrong with one is said before a file is read.
func TestMappingCheck(t *testing.T) {
	t.Parallel()
	base := []string{"a=sku", "b=name", "c=price"}
	tests := map[string]struct {
		mapping *Mapping
		says    string
	}{
		"good":                {columnsOf(base...), ""},
		"unknown field":       {columnsOf(append(base, "d=colour")...), "no field"},
		"twice":               {columnsOf(append(base, "d=name")...), "gives name, and so does"},
		"twice in languages":  {columnsOf(append(base, "d=name,locale=de", "e=name,locale=fr")...), ""},
		"same language":       {columnsOf(append(base, "d=name,locale=de", "e=name,locale=DE")...), "gives name, and so does"},
		"no language":         {columnsOf(append(base, "d=name,locale=german!")...), "language"},
		"price in a language": {columnsOf(append(base, "d=brand,locale=de")...), "not translated"},
		"nothing":             {columnsOf(append(base, "=brand")...), "neither a column nor a value"},
		"constant option":     {columnsOf(append(base, "=option,value=x")...), "no name"},
		"four options":        {columnsOf(append(base, "d=option", "e=option", "f=option", "g=option")...), "more than the 3 that"},
		"no name":             {columnsOf("a=sku", "c=price"), "gives the name"},
		"no price":            {columnsOf("a=sku", "b=name"), "gives the price"},
		"no key":              {columnsOf("b=name", "c=price"), "tells one product from another"},
		"unknown unit":        {columnsOf(append(base, "d=weight,unit=stone")...), "unit of weight"},
		"unknown currency":    {columnsOf(append(base, "d=price,currency=XXQ")...), "currency"},
		"decimal mark":        {&Mapping{Scope: WholeProducts, Decimal: "'"}, "decimal mark"},
		"no scope":            {&Mapping{}, "neither that rows"},
		"offers with a name":  {&Mapping{Scope: OffersOnly, Columns: columnsOf("a=sku", "b=name").Columns}, "offers do not have"},
		"empty offers":        {&Mapping{Scope: OffersOnly, Columns: columnsOf("a=sku").Columns}, "nothing to change"},
	}
	for name, tc := range tests {
		err := tc.mapping.Check()
		if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		}
	}
}

// All that is wrong is told at once, each beside its entry, so that a person mends it in one go.
func TestMappingProblems(t *testing.T) {
	t.Parallel()
	var entries []int
	for _, problem := range columnsOf("a=sku", "b=colour", "c=price", "d=price").Problems() {
		entries = append(entries, problem.Entry)
		if !strings.HasSuffix(problem.Text, ".") {
			t.Errorf("no sentence: %q", problem.Text)
		}
	}
	if want := []int{1, 3, -1}; !slices.Equal(entries, want) {
		t.Errorf("problems of %v, want %v", entries, want)
	}
}

// Whatever a mapping and a file hold, reading ends without a crash, and what comes out can be stored.
func FuzzMapping(f *testing.F) {
	seed, err := json.Marshal(columnsOf("g=group", "a=sku", "b=name", "c=price", "d=option", "e=image,sep=|", "f=category,sep=>", "h=weight,unit=kg", "b2=name,locale=de"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, []byte("g;a;b;c;d;e;f;h;b2\nG;1;Mug;1,50;Moss;https://x/1.jpg|x;a>b;1,5;Becher\nG;2;;2;;;;;\n;;;;;;;;\n"))
	f.Add([]byte(`{"scope":"offers","decimal":",","columns":[{"column":"a","field":"gtin"},{"field":"stock","value":"3"}]}`), []byte("a,b\n4006381333931,2\n"))
	f.Fuzz(func(t *testing.T, stored, file []byte) {
		var m Mapping
		if json.Unmarshal(stored, &m) != nil {
			return
		}
		r, err := Open(bytes.NewReader(file), Config{Currency: "EUR", Format: Mapped, Mapping: &m, MaxBytes: 1 << 20})
		for err == nil {
			var item Item
			if item, err = r.Next(); err != nil {
				break
			}
			if p := item.Product; p != nil {
				if p.Continues == 0 && (p.Key == "" || p.Name == "" || p.Slug == "" || len(p.Variants) == 0) {
					t.Errorf("not a product: %+v", p)
				}
				for _, v := range p.Variants {
					if v.Price < 0 || v.Price > maxPrice || p.Continues == 0 && len(v.OptionValues) != len(p.Options) {
						t.Errorf("variant %+v of %+v", v, p)
					}
				}
				Hash(p)
			}
			if o := item.Offer; o != nil && (o.SKU == "" && o.GTIN == "" || o.Price == nil && len(o.Prices) == 0 && !o.Stock.Known) {
				t.Errorf("offer %+v", o)
			}
		}
	})
}
