package feed

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// wooHeaders are the first rows of WooCommerce's exports, up to the attributes, which follow as patterns: name, values, visible, global
// and default.
//
//nolint:misspell // other languages
var wooHeaders = map[string]struct{ columns, attribute string }{
	"German": {
		`ID,Typ,Artikelnummer,"GTIN, UPC, EAN oder ISBN",Name,Veröffentlicht,"Ist hervorgehoben?","Sichtbarkeit im Katalog",Kurzbeschreibung,Beschreibung,"Datum, an dem Angebotspreis beginnt","Datum, an dem Angebotspreis endet",Steuerstatus,Steuerklasse,Vorrätig?,Bestand,"Geringe Lagermenge","Lieferrückstande erlaubt?","Nur einzeln verkaufen?","Gewicht (kg)","Länge (cm)","Breite (cm)","Höhe (cm)","Kundenrezensionen erlauben?","Hinweis zum Kauf",Angebotspreis,"Regulärer Preis",Kategorien,Schlagwörter,Versandklasse,Bilder,Downloadlimit,"Ablauftage des Downloads","Übergeordnetes Produkt","Gruppierte Produkte",Zusatzverkäufe,"Cross-Sells (Querverkäufe)","Externe URL",Button-Text,Position,Marken`,
		"Attribut # Name,Attribut # Wert(e),Attribut # Sichtbar,Attribut # Global,Attribut # Standard",
	},
	"French": {
		`ID,Type,UGS,"GTIN, UPC, EAN ou ISBN",Nom,Publié,"Mis en avant ?","Visibilité dans le catalogue","Description courte",Description,"Date de début de promo","Date de fin de promo","État de la TVA","Classe de TVA","En stock ?",Stock,"Montant de stock faible","Autoriser les commandes de produits en rupture ?","Vendre individuellement ?","Poids (kg)","Longueur (cm)","Largeur (cm)","Hauteur (cm)","Autoriser les avis clients ?","Note de commande","Tarif promo","Tarif régulier",Catégories,Étiquettes,"Classe d’expédition",Images,"Limite de téléchargement","Jours d’expiration du téléchargement",Parent,"Groupes de produits","Produits suggérés","Ventes croisées","URL externe","Libellé du bouton",Position,Brands`,
		"Nom de l’attribut #,Valeur(s) de l’attribut # ,Attribut # visible,Attribut # global,Attribut # par défaut",
	},
	"Spanish": {
		`ID,Tipo,SKU,"GTIN, UPC, EAN o ISBN",Nombre,Publicado,"¿Está destacado?","Visibilidad en el catálogo","Descripción corta",Descripción,"Día en que empieza el precio rebajado","Día en que termina el precio rebajado","Estado del impuesto","Clase de impuesto",¿Existencias?,Inventario,"Cantidad de bajo inventario","¿Permitir reservas de productos agotados?","¿Vendido individualmente?","Peso (kg)","Longitud (cm)","Anchura (cm)","Altura (cm)","¿Permitir valoraciones de clientes?","Nota de compra","Precio rebajado","Precio normal",Categorías,Etiquetas,"Clase de envío",Imágenes,"Límite de descargas","Días de caducidad de la descarga",Superior,"Productos agrupados","Ventas dirigidas","Ventas cruzadas","URL externa","Texto del botón",Posición,Marcas`,
		"Nombre del atributo #,Valor(es) del atributo #,Atributo visible #,Atributo global #,Atributo por defecto #",
	},
	"Italian": {
		`ID,Tipo,SKU,"GTIN, UPC, EAN, o ISBN",Nome,Pubblicato,"In primo piano?","Visibilità nel catalogo","Breve descrizione",Descrizione,"Data di partenza del prezzo in saldo","Data in cui termina l'offerta","Stato delle imposte","Aliquota di imposta","In stock?",Magazzino,"Quantità in magazzino bassa","Abilita gli ordini arretrati?","Venduto singolarmente?","Peso (kg)","Lunghezza (cm)","Larghezza (cm)","Altezza (cm)","Permetti le recensioni clienti?","Nota di acquisto","Prezzo in offerta","Prezzo di listino",Categorie,Tag,"Classe di spedizione",Immagine,"Limite di download","Scarica i giorni di scadenza",Genitore,"Prodotti raggruppati",Up-sell,Cross-sell,"URL esterno","Testo del pulsante",Posizione,Marchi`,
		"Nome dell'attributo #,Valore dell'attributo #,Attributo # visibile,Attributo # globale,Attributo # predefinito",
	},
	"Italian, older": {
		`ID,Tipo,COD,"GTIN, UPC, EAN, o ISBN",Nome,Pubblicato,"In primo piano?","Visibilità nel catalogo","Breve descrizione",Descrizione,"Data di partenza del prezzo in saldo","Data in cui termina l’offerta","Stato delle imposte","Aliquota di imposta","In stock?",Magazzino,"Quantità in magazzino bassa","Abilita gli ordini arretrati?","Venduto singolarmente?","Peso (kg)","Lunghezza (cm)","Larghezza (cm)","Altezza (cm)","Permetti le recensioni clienti?","Nota di acquisto","Prezzo in offerta","Prezzo di listino",Categorie,Tag,"Classe di spedizione",Immagine,"Limite di download","Scarica i giorni di scadenza",Genitore,"Prodotti raggruppati",Up-sell,Cross-sell,"URL esterno","Testo del pulsante",Posizione,Marchi`,
		"Attributo # nome,Attributo # valuta(e),Attributo # visibile,Attributo # globale,Attributo # predefinito",
	},
	"Dutch": {
		`ID,Type,SKU,"GTIN, UPC, EAN of ISBN",Naam,Gepubliceerd,Uitgelicht?,"Zichtbaarheid in catalogus","Korte beschrijving",Beschrijving,"Startdatum actieprijs","Einddatum actieprijs","Btw status",Belastingklasse,"Op voorraad?",Voorraad,"Lage voorraad","Nabestellingen toestaan?","Wordt individueel verkocht?","Gewicht (kg)","Lengte (cm)","Breedte (cm)","Hoogte (cm)","Klantbeoordelingen toestaan?",Aankoopnotitie,Actieprijs,"Reguliere prijs",Categorieën,Tags,Verzendklasse,Afbeeldingen,Downloadlimiet,"Dagen vervaltijd download",Hoofd,"Gegroepeerde producten",Upsells,Cross-sells,"Externe URL","Knop tekst",Positie,Merken`,
		"Naam eigenschap #,Waarde eigenschap #,Zichtbare eigenschap #,Globale eigenschap #,Standaardeigenschap #",
	},
	"Polish": {
		`ID,Typ,SKU,"GTIN, UPC, EAN lub ISBN",Nazwa,Opublikowano,"Wyróżniony produkt?","Widoczność w katalogu","Krótki opis",Opis,"Data rozpoczęcia promocji","Data zakończenia promocji","Status podatku","Klasa podatkowa","W magazynie?","Stan magazynowy","Niski stan magazynowy","Pozwalać na zamówienia oczekujące (na dostawę do magazynu)?","Sprzedawany pojedynczo?","Waga (kg)","Długość (cm)","Szerokość (cm)","Wysokość (cm)","Włącz opinie klientów?","Notatka do zakupu","Cena promocyjna",Cena,Kategorie,Tagi,"Klasa wysyłkowa",Obrazki,"Limit pobrań","Ważność pobierania","Element nadrzędny","Produkty grupowe","Produkty ""up-sell""","Produkty ""Cross-sell""","Zewnętrzny adres URL","Tekst przycisku",Pozycja,Marki`,
		"Nazwa atrybutu #,Wartości atrybutu #,Atrybut # widoczny,Atrybut #: globalny,Atrybut # domyślny",
	},
	"Portuguese": {
		`ID,Tipo,SKU,"GTIN, UPC, EAN, ou ISBN",Nome,Publicado,"Em destaque?","Visibilidade no catálogo","Descrição curta",Descrição,"Data de preço promocional começa em","Data de preço promocional termina em","Status do imposto","Classe de imposto","Em estoque?",Estoque,"Quantidade baixa de estoque","São permitidas encomendas?","Vendido individualmente?","Peso (kg)","Comprimento (cm)","Largura (cm)","Altura (cm)","Permitir avaliações de clientes?","Observação de compra","Preço promocional",Preço,Categorias,Tags,"Classe de entrega",Imagens,"Limite de downloads","Dias para expirar o download",Ascendente,"Grupo de produtos",Upsells,"Venda cruzada","URL externa","Texto do botão",Posição,Marcas`,
		"Nome do atributo #,Valores do atributo #,Visibilidade do atributo #,Atributo global #,Atributo padrão #",
	},
	"Swedish": {
		`ID,Typ,Artikelnummer,"GTIN, UPC, EAN eller ISBN",Namn,Publicerad,"Är utvald?","Synlighet i katalog","Kort beskrivning",Beskrivning,"Datum när reapriset börjar","Datum när reapriset upphör",Momsstatus,Momsgrupp,"I lager?",Lagersaldo,"Lågt lagerantal","Tillåt restnoteringar?","Säljes styckvis?","Vikt (kg)","Längd (cm)","Bredd (cm)","Höjd (cm)","Tillåt kundrecensioner?",Köpmeddelande,Reapris,"Ordinarie pris",Kategorier,Taggar,Fraktklass,Bilder,Nedladdningsgräns,"Ladda ned utgångsdagar",Överordnad,"Grupperade produkter",Merförsäljning,Korsförsäljning,"Extern URL",Knapptext,Position,Varumärken`,
		"Attribut # namn,Attribut # värde(n),Attribut # synligt,Attribut # globalt,Attribut # standard",
	},
}

// A shop's export in any language is the same shop: variants come to their parents, and what cannot be taken is named by its own header.
func TestWooCommerceInOtherLanguages(t *testing.T) {
	t.Parallel()
	english, body, _ := strings.Cut(sample(t, "woocommerce.csv"), "\n")
	want, wantRefusals := toldOf(t, english+"\n"+body)
	if len(want) < 8 || len(wantRefusals) < 5 {
		t.Fatalf("the sample tells %q and refuses %+v", want, wantRefusals)
	}
	for name, tc := range wooHeaders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			second := strings.Split(strings.ReplaceAll(tc.attribute, "#", "2"), ",")[:4] // the sample has no default of the second
			header := tc.columns + "," + strings.ReplaceAll(tc.attribute, "#", "1") + "," + strings.Join(second, ",") + ",Meta: _yoast_wpseo_title"
			columns, err := csv.NewReader(strings.NewReader(header)).Read()
			if err != nil || len(columns) != 51 {
				t.Fatalf("%d columns, %v", len(columns), err)
			}
			got, refusals := toldOf(t, header+"\n"+body)
			understood, meant := strings.Join(got, "\n"), strings.Join(want, "\n")
			meant = strings.ReplaceAll(meant, "External URL:", columns[37]+":") // a line of the specification is called as the file calls it
			if understood != meant {
				t.Errorf("understood\n%s\nwant\n%s", understood, meant)
			}
			if len(refusals) != len(wantRefusals) {
				t.Fatalf("refused %+v\nwant %+v", refusals, wantRefusals)
			}
			for i, r := range refusals {
				if r.Row != wantRefusals[i].Row || r.Reason != wantRefusals[i].Reason || !slices.Contains(columns, r.Column) && r.Column != "" {
					t.Errorf("refused %+v, want %+v", r, wantRefusals[i])
				}
			}
			p := proposal(t, []byte(header+"\n"+body))
			if p.Format != WooCommerceCSV || p.Mapping != nil {
				t.Errorf("proposed as %s by %+v", p.Format, p.Mapping)
			}
		})
	}
}

// toldOf is what a file is understood as, in lines, with what was refused.
func toldOf(t *testing.T, file string) (lines []string, refusals []Refusal) {
	t.Helper()
	r, err := Open(strings.NewReader(file), Config{Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Format() != WooCommerceCSV {
		t.Fatalf("read as %s", r.Format())
	}
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			return lines, refusals
		}
		if err != nil {
			t.Fatal(err)
		}
		if item.Product != nil {
			lines = append(lines, told(item.Product)...)
		}
		refusals = append(refusals, item.Refusals...)
	}
}

// A column that a plugin named in English stands beside WooCommerce's own, and one that nobody translated counts.
func TestWooCommerceTranslatedInPart(t *testing.T) {
	t.Parallel()
	const header = "ID,Typ,Artikelnummer,Name,Vorrätig?,Regulärer Preis,Marken,Brands,Parent\n"
	lines, refusals := toldOf(t, header+"1,variable,mug,Mug,1,,Tindle,Other,\n2,variation,mug-s,Mug,1,\"4,50\",,,mug\n")
	if want := []string{`1 "Mug" active brand=Tindle slug=mug`, "- 3 mug-s price=450 sells=on"}; !slices.Equal(lines, want) || len(refusals) > 0 {
		t.Errorf("understood %q, refused %+v", lines, refusals)
	}
	_, err := Open(strings.NewReader("Typ,Artikelnummer,Name,Vorrätig?,Kategorien\nsimple,a,A,1,B\n"), Config{Currency: "EUR"})
	if err == nil || !strings.Contains(err.Error(), "no column Regulärer Preis (or Regular price), which WooCommerce") {
		t.Errorf("without prices: %v", err)
	}
}

// A list of one's own with everybody's words is not taken for an export of WooCommerce.
func TestOwnListsAreNotWooCommerce(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Tipo;SKU;Nome;Preço;Categorias", "Typ;SKU;Nazwa;Cena;Kategorie", "Typ;Artikelnummer;Name;Preis;Lager"} {
		p := proposal(t, []byte(header+"\ncaneca;A-1;Caneca grande;10,00;Cozinha\n"))
		_, err := Open(strings.NewReader(header+"\n"), Config{Currency: "EUR"})
		if p.Format != Mapped || err == nil || !strings.Contains(err.Error(), "No known format") {
			t.Errorf("%s: %s, %v", header, p.Format, err)
		}
	}
}

// Rows of parents and children cannot be mapped, which the proposal says; rows that one column joins can.
func TestProposalsWarnOfParents(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file  string
		warns string
	}{
		"kinds":            {"Art;Nummer;Titel;Preis\nvariable;A;Becher;\nvariation;A-1;Becher rot;4,50\nvariation;A-2;Becher blau;4,50\n", `"Art" makes some rows parents`},
		"kinds, in a list": {"kind,sku,name,price\nparent,A,Mug,\n\"child, virtual\",A-1,Mug,4.50\n", `"kind" makes some rows parents`},
		"by SKU":           {"sku;gehört zu;name;preis\nA;;Becher;\nA-1;A;Becher rot;4,50\nA-2;a;Becher blau;4,50\n", `"gehört zu" names other rows by their "sku"`},
		"by id":            {"id;zu;sku;name;preis\n7;;A;Becher;\n8;id:7;A-1;Becher rot;4,50\n", `"zu" names other rows by their "id"`},
		"by number":        {"id;parent id;sku;name;preis\n7;;A;Becher;\n8;7;A-1;Becher rot;4,50\n", `"parent id" names other rows by their "id"`},
		"joined":           {"sku;model;name;preis\nA-1;A;Becher rot;4,50\nA-2;A;Becher blau;4,50\nB;;Krug;9,00\n", ""},
		"joined by one":    {"sku;model;name;preis\nA-1;A-1;Becher rot;4,50\nA-2;A-1;Becher blau;4,50\n", ""},
		"numbers":          {"id;sku;name;preis;stock;rang\n1;A-1;Becher rot;4,50;2;2\n2;A-2;Becher blau;4,50;1;1\n", ""},
	}
	for name, tc := range tests {
		missing := strings.Join(proposal(t, []byte(tc.file)).Missing, "\n")
		if (tc.warns == "") != (missing == "") || !strings.Contains(missing, tc.warns) {
			t.Errorf("%s: missing %q, want %q", name, missing, tc.warns)
		}
	}
}
