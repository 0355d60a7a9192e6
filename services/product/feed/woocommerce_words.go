package feed

import (
	"slices"
	"strings"
)

// wooWords are the headers of WooCommerce's CSV in the language of a shop's back office, by the English ones. A "|" parts what different
// versions write. Cells are the same in all languages: a product's type, its visibility and the word "parent" are never translated.
type wooWords map[string]string

// wooLanguages are the translations that shops use most. What one of them lacks is written in English there.
//
//nolint:misspell // other languages
var wooLanguages = []wooWords{
	{ // German
		"Type": "Typ", "SKU": "Artikelnummer", "Published": "Veröffentlicht", "Visibility in catalog": "Sichtbarkeit im Katalog",
		"Short description": "Kurzbeschreibung", "Description": "Beschreibung", "Date sale price starts": "Datum, an dem Angebotspreis beginnt",
		"Date sale price ends": "Datum, an dem Angebotspreis endet", "In stock?": "Vorrätig?", "Stock": "Lager|Bestand",
		"Backorders allowed?": "Lieferrückstande erlaubt?|Lieferrückstände erlaubt?|Rückstände erlaubt?", "Weight": "Gewicht",
		"Sale price": "Angebotspreis", "Regular price": "Regulärer Preis", "Categories": "Kategorien", "Tags": "Schlagwörter", "Brands": "Marken",
		"Images": "Bilder", "Parent": "Übergeordnetes Produkt", "Grouped products": "Gruppierte Produkte", "Upsells": "Zusatzverkäufe",
		"Cross-sells": "Cross-Sells (Querverkäufe)", "External URL": "Externe URL",
	},
	{ // French
		"SKU": "UGS", "Name": "Nom", "Published": "Publié", "Visibility in catalog": "Visibilité dans le catalogue", "Short description": "Description courte",
		"Date sale price starts": "Date de début de promo", "Date sale price ends": "Date de fin de promo", "In stock?": "En stock ?",
		"Backorders allowed?": "Autoriser les commandes de produits en rupture ?", "Weight": "Poids", "Sale price": "Tarif promo",
		"Regular price": "Tarif régulier", "Categories": "Catégories", "Tags": "Étiquettes", "Brands": "Marques", "Grouped products": "Groupes de produits",
		"Upsells": "Produits suggérés", "Cross-sells": "Ventes croisées", "External URL": "URL externe",
	},
	{ // Spanish
		"Type": "Tipo", "Name": "Nombre", "Published": "Publicado", "Visibility in catalog": "Visibilidad en el catálogo", "Short description": "Descripción corta",
		"Description": "Descripción", "Date sale price starts": "Día en que empieza el precio rebajado", "Date sale price ends": "Día en que termina el precio rebajado",
		"In stock?": "¿Existencias?|¿En inventario?", "Stock": "Inventario", "Backorders allowed?": "¿Permitir reservas de productos agotados?",
		"Weight": "Peso", "Sale price": "Precio rebajado", "Regular price": "Precio normal", "Categories": "Categorías", "Tags": "Etiquetas",
		"Brands": "Marcas", "Images": "Imágenes", "Parent": "Superior", "Grouped products": "Productos agrupados", "Upsells": "Ventas dirigidas",
		"Cross-sells": "Ventas cruzadas", "External URL": "URL externa",
	},
	{ // Italian
		"Type": "Tipo", "SKU": "SKU|COD", "Name": "Nome", "Published": "Pubblicato", "Visibility in catalog": "Visibilità nel catalogo",
		"Short description": "Breve descrizione", "Description": "Descrizione", "Date sale price starts": "Data di partenza del prezzo in saldo",
		"Date sale price ends": "Data in cui termina l'offerta", "Stock": "Magazzino", "Backorders allowed?": "Abilita gli ordini arretrati?",
		"Weight": "Peso", "Sale price": "Prezzo in offerta", "Regular price": "Prezzo di listino", "Categories": "Categorie", "Tags": "Tag",
		"Brands": "Marchi", "Images": "Immagine|Immagini", "Parent": "Genitore", "Grouped products": "Prodotti raggruppati", "Upsells": "Up-sell",
		"Cross-sells": "Cross-sell", "External URL": "URL esterno",
	},
	{ // Dutch
		"SKU": "SKU|Artikelnummer", "Name": "Naam", "Published": "Gepubliceerd", "Visibility in catalog": "Zichtbaarheid in catalogus",
		"Short description": "Korte beschrijving|Korte omschrijving", "Description": "Beschrijving", "Date sale price starts": "Startdatum actieprijs",
		"Date sale price ends": "Einddatum actieprijs", "In stock?": "Op voorraad?", "Stock": "Voorraad", "Backorders allowed?": "Nabestellingen toestaan?",
		"Weight": "Gewicht", "Sale price": "Actieprijs", "Regular price": "Reguliere prijs", "Categories": "Categorieën", "Brands": "Merken",
		"Images": "Afbeeldingen", "Parent": "Hoofd", "Grouped products": "Gegroepeerde producten", "External URL": "Externe URL",
	},
	{ // Polish
		"ID": "ID|Identyfikator", "Type": "Typ", "Name": "Nazwa", "Published": "Opublikowano|Opublikowany", "Visibility in catalog": "Widoczność w katalogu",
		"Short description": "Krótki opis", "Description": "Opis", "Date sale price starts": "Data rozpoczęcia promocji",
		"Date sale price ends": "Data zakończenia promocji", "In stock?": "W magazynie?|Na stanie?", "Stock": "Stan magazynowy|Magazyn",
		"Backorders allowed?": "Pozwalać na zamówienia oczekujące (na dostawę do magazynu)?", "Weight": "Waga", "Sale price": "Cena promocyjna",
		"Regular price": "Cena|Cena regularna", "Categories": "Kategorie", "Tags": "Tagi", "Brands": "Marki", "Images": "Obrazki",
		"Parent": "Element nadrzędny|Nadrzędny", "Grouped products": "Produkty grupowe", "Upsells": `Produkty "up-sell"`,
		"Cross-sells": `Produkty "Cross-sell"`, "External URL": "Zewnętrzny adres URL",
		"Meta: _yoast_wpseo_title": "Pola: _yoast_wpseo_title", "Meta: _yoast_wpseo_metadesc": "Pola: _yoast_wpseo_metadesc",
	},
	{ // Portuguese, as in Brazil
		"Type": "Tipo", "Name": "Nome", "Published": "Publicado", "Visibility in catalog": "Visibilidade no catálogo", "Short description": "Descrição curta",
		"Description": "Descrição", "Date sale price starts": "Data de preço promocional começa em", "Date sale price ends": "Data de preço promocional termina em",
		"In stock?": "Em estoque?", "Stock": "Estoque", "Backorders allowed?": "São permitidas encomendas?", "Weight": "Peso", "Sale price": "Preço promocional",
		"Regular price": "Preço", "Categories": "Categorias", "Brands": "Marcas", "Images": "Imagens", "Parent": "Ascendente|Produto ascendente",
		"Grouped products": "Grupo de produtos", "Upsells": "Upsells|Aumentar vendas", "Cross-sells": "Venda cruzada", "External URL": "URL externa",
	},
	{ // Swedish
		"Type": "Typ", "SKU": "Artikelnummer|Artikelnr", "Name": "Namn", "Published": "Publicerad", "Visibility in catalog": "Synlighet i katalog",
		"Short description": "Kort beskrivning", "Description": "Beskrivning", "Date sale price starts": "Datum när reapriset börjar",
		"Date sale price ends": "Datum när reapriset upphör", "In stock?": "I lager?", "Stock": "Lagersaldo|Lager", "Backorders allowed?": "Tillåt restnoteringar?",
		"Weight": "Vikt", "Sale price": "Reapris", "Regular price": "Ordinarie pris", "Categories": "Kategorier", "Tags": "Taggar|Etiketter",
		"Brands": "Varumärken", "Images": "Bilder", "Parent": "Överordnad|Förälder", "Grouped products": "Grupperade produkter", "Upsells": "Merförsäljning",
		"Cross-sells": "Korsförsäljning", "External URL": "Extern URL",
	},
}

// dialect is the table in one language. Words such as "Preço" are everybody's, so that a column must be there which only this export has.
func (w wooWords) dialect() dialect {
	var telling []string
	for _, english := range []string{"Parent", "In stock?", "Visibility in catalog"} {
		telling = append(telling, w.headers(english)...)
	}
	marks := []string{strings.Join(telling, "|")}
	for _, english := range []string{"Type", "SKU", "Name", "Regular price"} {
		marks = append(marks, strings.Join(w.headers(english), "|"))
	}
	return dialect{WooCommerceCSV, "WooCommerce's product CSV", marks, func(t *table) reader { return openWooCommerce(t, w) }, false}
}

// headers are how a column may be called: in the language, then in English, which stands where nobody translated it.
func (w wooWords) headers(english string) []string {
	if w[english] == "" {
		return []string{english}
	}
	headers := strings.Split(w[english], "|")
	if !slices.Contains(headers, english) {
		headers = append(headers, english)
	}
	return headers
}

// column finds a column by its English header in the table's language. The English one counts only where the other is not there: shops
// add columns of their own.
func (w wooWords) column(t *table, english ...string) column {
	if w[english[0]] == "" {
		return t.column(english...)
	}
	own := t.column(strings.Split(w[english[0]], "|")...)
	if other := t.column(english...); own.at == 0 && other.at > 0 {
		return other
	}
	return own
}

// wooPart is what a numbered column tells of an attribute.
type wooPart string

const (
	wooName    wooPart = "name"
	wooValues  wooPart = "values"
	wooVisible wooPart = "visible"
)

// wooAttributeWords are the words of the numbered headers in all languages, without accents: "Valeur(s) de l’attribut 1". Some versions
// put the number first, some last, and what they say of a value changes, so headers are read word by word. An empty part is a word that
// only belongs to the header; others, such as those of "global" and "default", make it a column that is not read.
//
//nolint:misspell // other languages
var wooAttributeWords = map[string]wooPart{
	"attribute": "", "attribut": "", "lattribut": "", "attributo": "", "dellattributo": "", "atributo": "", "atrybut": "", "atrybutu": "", "eigenschap": "",
	"s": "", "e": "", "es": "", "i": "", "n": "", "de": "", "del": "", "do": "",
	"name": wooName, "nom": wooName, "nombre": wooName, "nome": wooName, "naam": wooName, "nazwa": wooName, "namn": wooName,
	"value": wooValues, "values": wooValues, "wert": wooValues, "werte": wooValues, "valeur": wooValues, "valeurs": wooValues, "valor": wooValues, "valores": wooValues,
	"valore": wooValues, "valori": wooValues, "valuta": wooValues, "waarde": wooValues, "waarden": wooValues, "wartosc": wooValues, "wartosci": wooValues,
	"varde": wooValues, "varden": wooValues,
	"visible": wooVisible, "sichtbar": wooVisible, "visibile": wooVisible, "zichtbare": wooVisible, "zichtbaar": wooVisible, "widoczny": wooVisible,
	"visibilidade": wooVisible, "visivel": wooVisible, "synlig": wooVisible, "synligt": wooVisible,
}

// wooAttributeHeader reads the header of a numbered column; part is empty for all other headers.
func wooAttributeHeader(header string) (number string, part wooPart) {
	attribute := false
	for _, word := range wordsOf(header) {
		what, known := wooAttributeWords[word]
		switch {
		case isDigits(word) && number == "":
			number = word
		case !known, what != "" && part != "":
			return "", ""
		case what != "":
			part = what
		default:
			attribute = attribute || len(word) > 4
		}
	}
	if number == "" || !attribute {
		return "", ""
	}
	return number, part
}
