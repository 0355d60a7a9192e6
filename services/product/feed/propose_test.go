package feed

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// proposal looks at a file, or fails.
func proposal(t *testing.T, file []byte) *Proposal {
	t.Helper()
	p, err := Propose(bytes.NewReader(file), Config{Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// importAs reads a file through a mapping in a shop that sells in euros.
func importAs(t *testing.T, file []byte, m *Mapping) (products []*Product, offers []*Offer, refusals []Refusal) {
	t.Helper()
	r, err := Open(bytes.NewReader(file), Config{Currency: "EUR", Format: Mapped, Mapping: m})
	if err != nil {
		t.Fatal(err)
	}
	for {
		item, err := r.Next()
		if err != nil {
			return products, offers, refusals
		}
		if item.Product != nil {
			products = append(products, item.Product)
		}
		if item.Offer != nil {
			offers = append(offers, item.Offer)
		}
		refusals = append(refusals, item.Refusals...)
	}
}

// said lists what a proposal makes of each column.
func said(p *Proposal) string {
	var all []string
	for _, c := range p.Columns {
		all = append(all, c.Column+"="+string(c.Field))
	}
	return strings.Join(all, " ")
}

// A merchant's list as it comes, with semicolons, decimal commas, German headers and Windows-1252, is proposed right and imports right.
func TestAMerchantsListIsProposedAndImported(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/haendlerliste.csv")
	if err != nil {
		t.Fatal(err)
	}
	p := proposal(t, file)
	if p.Format != Mapped || p.Encoding != "Windows 1252" || p.Separator != ";" || len(p.Header) != 18 || len(p.Rows) != 5 || len(p.Missing) > 0 || p.Mapping.Decimal != "," {
		t.Errorf("%+v", p)
	}
	const want = "Art.Nr.=sku Bezeichnung=name Bezeichnung EN=name Marke=brand Warengruppe=category VK brutto €=price UVP=compare_at EAN=gtin Lagerbestand=stock Gewicht kg=weight " +
		"Farbe=option Größe=option Bild=image Langtext=description Vaterartikel=group EK netto= Höhe (cm)=attribute Aktiv=state"
	if got := said(p); got != want {
		t.Errorf("proposed\n%s\nwant\n%s", got, want)
	}
	for _, c := range p.Columns {
		if c.Reason == "" || (c.Field == "") != (c.Confidence == 0) {
			t.Errorf("%+v", c)
		}
	}
	// It is stored as JSON and means the same afterwards.
	stored, err := json.Marshal(p.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	var mapping Mapping
	if err := json.Unmarshal(stored, &mapping); err != nil || !reflect.DeepEqual(&mapping, p.Mapping) {
		t.Fatalf("%s: %v", stored, err)
	}
	products, _, refusals := importAs(t, file, &mapping)
	if len(products) != 3 || len(refusals) > 0 {
		t.Fatalf("%d products, refused %+v", len(products), refusals)
	}
	kettle, towel, spoon := products[0], products[1], products[2]
	if kettle.Key != "TK-100" || kettle.Name != "Emaille-Wasserkessel, grün" || kettle.Brand != "Tindle" || kettle.State != Active || len(kettle.Description) < 100 ||
		!reflect.DeepEqual(kettle.Categories, [][]string{{"Küche", "Kessel"}}) || !reflect.DeepEqual(kettle.Attributes, []Attribute{{"Höhe", "21,5 cm"}}) ||
		!reflect.DeepEqual(kettle.Options, []Option{{"Farbe", []string{"Moosgrün", "Ton"}}, {"Größe", []string{"2 l", "4 l"}}}) || len(kettle.Images) != 4 ||
		!reflect.DeepEqual(kettle.Translations, []Translation{{Locale: "en", Name: "Enamel kettle, green"}}) {
		t.Errorf("kettle %+v", kettle)
	}
	if v := kettle.Variants[0]; v.SKU != "TK-100-M" || v.GTIN != "04006381333931" || v.Price != 2450 || v.CompareAt != 3000 || v.WeightGrams != 1250 ||
		v.Stock != (Stock{Known: true, OnHand: 12}) || v.Image != "https://bilder.example/kessel-1.jpg" {
		t.Errorf("first kettle %+v", v)
	}
	if v := kettle.Variants[2]; v.Price != 129900 || v.CompareAt != 0 || v.Stock.OnHand != 1250 || v.WeightGrams != 2500 {
		t.Errorf("third kettle %+v", v)
	}
	if towel.Name != "Geschirrtuch „Grau–Blau“" || len(towel.Options) > 0 || len(towel.Variants) != 1 || towel.Variants[0].Price != 990 || spoon.State != Draft {
		t.Errorf("towel %+v, spoon %+v", towel, spoon)
	}
}

// The same list saved as a spreadsheet is the same list.
func TestAMerchantsSpreadsheet(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/haendlerliste.csv")
	if err != nil {
		t.Fatal(err)
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(file)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = ';'
	cells, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range cells {
		if row[8] == "1.250" {
			row[8] = "1250" // a spreadsheet shows thousands apart and stores the number
		}
	}
	sheet := saved(t, cells)
	list, spreadsheet := proposal(t, file), proposal(t, sheet)
	if said(list) != said(spreadsheet) || !reflect.DeepEqual(list.Mapping, spreadsheet.Mapping) {
		t.Errorf("proposed\n%s\nwant\n%s", said(spreadsheet), said(list))
	}
	want, _, _ := importAs(t, file, list.Mapping)
	got, _, refusals := importAs(t, sheet, spreadsheet.Mapping)
	if len(got) != 3 || len(refusals) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d products, refused %+v", len(got), refusals)
	}
}

// The headers of eight languages are understood, whatever the file's encoding and separator, and without any the content says most.
func TestHeadersOfManyLanguages(t *testing.T) {
	t.Parallel()
	lines := [][]string{
		{"A-1", "Enamel kettle, two litres", "Tindle", "4006381333931", "24.50", "12", "310", "https://x.example/1.jpg", strings.Repeat("A heavy kettle for every stove. ", 5)},
		{"A-2", "Olive wood spoon, large", "Oehler", "4006381333948", "7.90", "3", "45", "https://x.example/2.jpg", strings.Repeat("A spoon of one piece of wood. ", 5)},
		{"A-3", "Tea towel, half linen", "Oehler", "4006381333955", "9.90", "40", "90", "https://x.example/3.jpg", strings.Repeat("Woven in a valley by hand. ", 5)},
		{"A-4", "Bread board of beech", "Tindle", "4006381333962", "19.00", "3", "900", "https://x.example/4.jpg", strings.Repeat("A board that lasts for long. ", 5)},
	}
	all := []Field{FieldSKU, FieldName, FieldBrand, FieldGTIN, FieldPrice, FieldStock, FieldWeight, FieldImage, FieldDescription}
	tests := map[string]struct {
		header string
		want   []Field
	}{
		"English":    {"Item No.,Product name,Brand,EAN code,Our price,Stock Qty,Weight (g),Image URL,Long description", all},
		"German":     {"Artikelnummer,Artikelbezeichnung,Hersteller,Strichcode,Verkaufspreis,Bestand,Gewicht (g),Bild-URL,Beschreibung", all},
		"French":     {"Référence,Désignation,Marque,Code-barres,Prix de vente TTC,Qté en stock,Poids (g),Photo,Descriptif", all},
		"Spanish":    {"Referencia,Nombre,Marca,Código de barras,PVP,Existencias,Peso (g),Imagen,Descripción", all},
		"Italian":    {"Codice articolo,Nome prodotto,Marca,Codice a barre,Prezzo,Giacenza,Peso (g),Immagine,Descrizione", all},
		"Dutch":      {"Artikelcode,Productnaam,Merk,Streepjescode,Verkoopprijs,Voorraad,Gewicht (g),Afbeelding,Omschrijving", all},
		"Portuguese": {"Referência,Nome do produto,Marca,Código de barras,Preço,Estoque,Peso (g),Imagem,Descrição", all},
		"Polish":     {"Kod produktu,Nazwa,Producent,Kod kreskowy,Cena brutto,Ilość,Waga (g),Zdjęcie,Opis", all},
		"database":   {"item_code,productName,BRAND,ean13,price,stock_quantity,weight_g,image_1,body", all},
		"none that says anything": {"c1,c2,c3,c4,c5,c6,c7,c8,c9",
			[]Field{FieldSKU, FieldName, "", FieldGTIN, "", "", "", FieldImage, FieldDescription}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			w := csv.NewWriter(&out)
			w.Comma = '\t'
			if err := w.WriteAll(append([][]string{strings.Split(tc.header, ",")}, lines...)); err != nil {
				t.Fatal(err)
			}
			p := proposal(t, out.Bytes())
			for i, c := range p.Columns {
				if c.Field != tc.want[i] {
					t.Errorf("%q is proposed as %q, want %q: %s", c.Column, c.Field, tc.want[i], c.Reason)
				}
			}
			if missing := !slices.Contains(tc.want, FieldPrice); missing != (len(p.Missing) == 1 && strings.Contains(p.Missing[0], "price")) {
				t.Errorf("missing %q", p.Missing)
			}
			if len(p.Missing) == 0 {
				if products, _, refusals := importAs(t, out.Bytes(), p.Mapping); len(products) != 4 || len(refusals) > 0 || products[0].Variants[0].WeightGrams != 310 {
					t.Errorf("%d products, refused %+v", len(products), refusals)
				}
			}
		})
	}
}

// Prices in a currency that the shop does not have are told before anything is imported.
func TestForeignPricesAreTold(t *testing.T) {
	t.Parallel()
	for file, foreign := range map[string]string{
		"sku,name,price (GBP)\nA-1,Mug,1.50\n": "GBP", "sku;name;cena\nA-1;Mug;1,50 zł\n": "PLN", "sku;name;price\nA-1;Mug;1,50 €\n": "", "sku,name,price USD,price EUR\nA-1,Mug,1.50,1.40\n": "",
	} {
		p := proposal(t, []byte(file))
		if told := strings.Join(p.Missing, " "); (foreign == "") != (told == "") || !strings.Contains(told, foreign) {
			t.Errorf("%q: %q", file, told)
		}
	}
}

// A header that its content contradicts is not believed, and the reason says so.
func TestContentIsWeighedAgainstHeaders(t *testing.T) {
	t.Parallel()
	p := proposal(t, []byte("SKU,Name,Price,EAN,Stock\nA1,Enamel kettle,on request,none,many\nA2,Olive spoon,on request,none,few\nA3,Tea towel,4.00,none,some\n"))
	if got := said(p); got != "SKU=sku Name=name Price= EAN= Stock=" || len(p.Missing) != 1 {
		t.Errorf("%s, missing %q", got, p.Missing)
	}
}

// A list of stock or prices is one, and changes nothing else.
func TestOffersAreProposed(t *testing.T) {
	t.Parallel()
	file := []byte("sku;Lager;Preis\nA-1;12;9,90\nA-2;0;1.000,00\nA-1;5;1,00\n;4;2,00\nA-3;viele;3,00\n")
	p := proposal(t, file)
	if p.Mapping.Scope != OffersOnly || said(p) != "sku=sku Lager=stock Preis=price" || len(p.Missing) > 0 {
		t.Fatalf("%s %+v", said(p), p)
	}
	products, offers, refusals := importAs(t, file, p.Mapping)
	if len(products) > 0 || len(offers) != 2 || len(refusals) != 3 {
		t.Fatalf("%d products, offers %+v, refused %+v", len(products), offers, refusals)
	}
	if o := offers[1]; o.SKU != "A-2" || *o.Price != 100000 || o.CompareAt != nil || o.Stock != (Stock{Known: true}) {
		t.Errorf("%+v", o)
	}
}

// A file of a known shop is named; there is nothing to map.
func TestKnownFilesNeedNoMapping(t *testing.T) {
	t.Parallel()
	csvFile := shopifyFile(simple("mug", "Vendor", "Öhler"))
	latin, err := charmap.Windows1252.NewEncoder().String(csvFile)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := csv.NewReader(strings.NewReader(csvFile)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		file     []byte
		format   Format
		encoding string
	}{
		"CSV":         {[]byte(csvFile), ShopifyCSV, "UTF-8"},
		"gzip":        {zipped(t, []byte(csvFile)), ShopifyCSV, "UTF-8"},
		"CSV, Latin":  {[]byte(latin), ShopifyCSV, "Windows 1252"},
		"spreadsheet": {saved(t, cells), ShopifyCSV, ""},
		"JSON":        {[]byte(`[{"key":"a","name":"b","price":1}]`), JSON, ""},
	}
	for name, tc := range tests {
		p := proposal(t, tc.file)
		if p.Format != tc.format || p.Mapping != nil || p.Encoding != tc.encoding || tc.format == ShopifyCSV && len(p.Rows) != 1 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// What is no table is refused with words that help.
func TestProposeRefuses(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"empty": "", "picture": "\x89PNG\r\n\x1a\n.......", "prose": "Dear all\nthe prices are attached", "broken": "\"a,b\n1,2"} {
		var unreadable *Unreadable
		if p, err := Propose(strings.NewReader(file), Config{Currency: "EUR"}); !errors.As(err, &unreadable) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// A mapping that no file with this header can be read by says so before it is saved.
func TestProposeTellsOfTwoColumnsOfOneName(t *testing.T) {
	t.Parallel()
	p := proposal(t, []byte("sku;name;price;Price;note;note\n1;Mug;10,00;20,00;a;b\n2;Jug;12,50;;a;b\n"))
	if len(p.Missing) != 1 || !strings.Contains(p.Missing[0], `"price"`) {
		t.Errorf("missing %q; want a word on price, and none on a column that is left out", p.Missing)
	}
}

// Only the beginning of a file is needed, wherever it was cut.
func TestProposeFromTheBeginning(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/haendlerliste.csv")
	if err != nil {
		t.Fatal(err)
	}
	packed := zipped(t, bytes.Repeat(file, 50))
	for name, head := range map[string][]byte{"cut": file[:len(file)-100], "cut while packed": packed[:len(packed)-20]} {
		if p := proposal(t, head); p.Format != Mapped || len(p.Missing) > 0 || len(p.Rows) < 3 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// Whatever a file holds, a proposal comes or a reason, and a proposal that lacks nothing can be used on the file itself.
func FuzzPropose(f *testing.F) {
	file, err := os.ReadFile("testdata/haendlerliste.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte("sku,price\na,1\n"))
	f.Add([]byte("name\tprice EUR\tprice\tid\na\t1\t2\t3\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := Propose(bytes.NewReader(file), Config{Currency: "EUR", MaxBytes: 1 << 20})
		var unreadable *Unreadable
		if err != nil {
			if !errors.As(err, &unreadable) {
				t.Fatal(err)
			}
			return
		}
		if len(p.Columns) != len(p.Header) && p.Format == Mapped {
			t.Errorf("%d columns of %d", len(p.Columns), len(p.Header))
		}
		if p.Mapping == nil || len(p.Missing) > 0 {
			return
		}
		if err := p.Mapping.Check(); err != nil {
			t.Fatalf("%v, of %+v", err, p.Mapping)
		}
		if _, err := Open(bytes.NewReader(file), Config{Currency: "EUR", MaxBytes: 1 << 20, Format: Mapped, Mapping: p.Mapping}); err != nil && !errors.As(err, &unreadable) {
			t.Fatal(err)
		}
	})
}
