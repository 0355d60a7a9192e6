package feed

import (
	"slices"
	"strings"
	"unicode"
)

// headerWords are what merchants call the columns of a field, in English, German, French, Spanish, Italian, Dutch, Portuguese and
// Polish. A header is compared word by word, without case and accents. The most usual ones do; a person sees the proposal.
//
//nolint:misspell // other languages
var headerWords = map[Field][]string{
	FieldKey: {"id", "product id", "item id", "key", "produkt id", "artikel id", "id produit", "id producto", "id prodotto", "id produto", "id produktu"},
	FieldGroup: {"group id", "item group", "item group id", "parent", "parent sku", "parent id", "parent code", "master", "master sku", "model", "model number", "style", "style number",
		"modell", "modellnummer", "modell nr", "vaterartikel", "hauptartikel", "artikelgruppe", "modèle", "produit parent", "référence parent", "modelo", "producto padre", "artículo padre",
		"modello", "prodotto padre", "articolo padre", "hoofdartikel", "moederartikel", "produto pai", "produkt nadrzędny", "grupa wariantów"},
	FieldSKU: {"sku", "sku code", "item no", "item nr", "item number", "item code", "article number", "article no", "article code", "product code", "product number", "stock code",
		"artikelnummer", "artikel nr", "artikelnr", "artikel nummer", "art nr", "artnr", "art no", "bestellnummer", "bestell nr", "produktnummer", "référence", "réf", "ref", "reference",
		"code article", "code produit", "référence produit", "referencia", "código", "código artículo", "código producto", "cod", "codice", "codice articolo", "codice prodotto", "cod articolo",
		"artikelcode", "productcode", "bestelnummer", "productnummer", "referência", "código do produto", "código do artigo", "kod", "kod produktu", "kod towaru", "symbol", "indeks", "numer katalogowy"},
	FieldGTIN: {"gtin", "gtin 13", "ean", "ean 13", "ean13", "ean code", "ean nummer", "eancode", "upc", "upc code", "barcode", "bar code", "isbn", "strichcode", "gencod", "code barres",
		"code barre", "código de barras", "código barras", "codice a barre", "codice ean", "streepjescode", "kod kreskowy", "kod ean"},
	FieldMPN: {"mpn", "manufacturer part number", "manufacturer number", "part number", "part no", "herstellernummer", "hersteller nr", "hersteller artikelnummer", "herstellerartikelnummer",
		"hersteller art nr", "référence fabricant", "référence constructeur", "ref fabricant", "referencia fabricante", "referencia del fabricante", "codice produttore", "fabrikantcode",
		"referência do fabricante", "kod producenta", "numer producenta"},
	FieldName: {"name", "title", "product", "product name", "product title", "item name", "article name", "bezeichnung", "artikelbezeichnung", "produktbezeichnung", "artikelname", "produktname", "produkt",
		"titel", "kurzbezeichnung", "nom", "nom du produit", "nom produit", "désignation", "libellé", "intitulé", "titre", "produit", "nombre", "nombre del producto", "nombre producto", "título",
		"producto", "denominación", "nome", "nome prodotto", "nome del prodotto", "titolo", "prodotto", "denominazione", "naam", "productnaam", "artikelnaam", "nome do produto", "produto",
		"designação", "nazwa", "nazwa produktu", "nazwa towaru", "tytuł"},
	FieldDescription: {"description", "product description", "long description", "full description", "body", "details", "beschreibung", "artikelbeschreibung", "produktbeschreibung", "langtext", "langbeschreibung",
		"beschreibungstext", "text", "descriptif", "description longue", "descripción", "descripción larga", "descrizione", "descrizione prodotto", "beschrijving", "omschrijving", "productomschrijving",
		"descrição", "opis", "opis produktu"},
	FieldBrand: {"brand", "brand name", "vendor", "manufacturer", "maker", "marke", "hersteller", "herstellername", "fabrikat", "marque", "fabricant", "marca", "fabricante", "produttore", "merk", "fabrikant",
		"producent", "marka"},
	FieldType: {},
	FieldCategory: {"category", "subcategory", "sub category", "unterkategorie", "sous catégorie", "subcategoría", "sottocategoria", "subcategorie", "subcategoria", "podkategoria", "categories", "category path", "product category", "product type", "product group", "department", "kategorie", "kategorien", "kategoriepfad", "warengruppe", "produktgruppe",
		"sortiment", "rubrik", "catégorie", "catégories", "rayon", "famille", "univers", "categoría", "categorías", "familia", "sección", "categoria", "categorie", "reparto", "productgroep", "artikelgroep", "rubriek",
		"categorias", "kategoria", "kategorie", "grupa", "dział"},
	FieldTags: {"tags", "tag", "keywords", "search terms", "schlagworte", "schlagwörter", "stichworte", "suchbegriffe", "mots clés", "etiquetas", "palabras clave", "parole chiave", "trefwoorden", "zoekwoorden",
		"palavras chave", "tagi", "słowa kluczowe"},
	FieldPrice: {"price", "sales price", "sale price", "selling price", "retail price", "unit price", "gross price", "preis", "verkaufspreis", "vk", "vk preis", "vkpreis", "bruttopreis", "endpreis", "preis brutto", "einzelpreis",
		"ladenpreis", "prix", "prix de vente", "prix ttc", "prix public", "pv ttc", "precio", "precio venta", "precio de venta", "pvp", "prezzo", "prezzo di vendita", "prezzo vendita", "prijs",
		"verkoopprijs", "preço", "preço de venda", "cena", "cena brutto", "cena sprzedaży"},
	FieldCompareAt: {"compare at price", "compare at", "old price", "was price", "former price", "original price", "regular price", "list price", "msrp", "rrp", "srp", "uvp", "streichpreis", "alter preis", "statt preis",
		"listenpreis", "prix barré", "ancien prix", "prix conseillé", "prix catalogue", "precio anterior", "precio tachado", "precio original", "prezzo barrato", "prezzo precedente", "prezzo di listino", "prezzo pieno",
		"adviesprijs", "oude prijs", "van prijs", "preço anterior", "preço antigo", "preço original", "stara cena", "cena katalogowa", "cena przed obniżką", "cena regularna"},
	FieldCurrency: {"currency", "currency code", "währung", "devise", "monnaie", "moneda", "divisa", "valuta", "moeda", "waluta"},
	FieldStock: {"stock", "stock level", "stock quantity", "on hand", "quantity", "qty", "inventory", "available", "bestand", "lagerbestand", "lager", "menge", "verfügbar", "verfügbare menge", "anzahl", "stückzahl",
		"quantité", "qté", "stock disponible", "existencias", "cantidad", "unidades", "giacenza", "quantità", "disponibilità", "qta", "voorraad", "aantal", "estoque", "quantidade", "stan", "stan magazynowy", "ilość",
		"dostępność"},
	FieldBackorder: {"backorder", "backorders", "backorders allowed", "allow backorders", "überverkauf", "nachbestellbar", "nabestelbaar", "sur commande", "bajo pedido", "su ordinazione", "sob encomenda", "na zamówienie"},
	FieldWeight: {"weight", "shipping weight", "gross weight", "net weight", "gewicht", "versandgewicht", "bruttogewicht", "nettogewicht", "artikelgewicht", "poids", "poids net", "poids brut", "peso", "peso neto", "peso netto",
		"peso lordo", "waga", "masa"},
	FieldImage: {"image", "images", "image url", "image link", "image src", "picture", "pictures", "picture url", "photo", "photos", "bild", "bilder", "bild url", "bildurl", "bildlink", "produktbild", "hauptbild", "foto", "fotos",
		"url image", "image principale", "imagen", "imágenes", "immagine", "immagini", "url immagine", "afbeelding", "afbeeldingen", "imagem", "imagens", "zdjęcie", "zdjęcia", "obraz", "obrazek"},
	FieldState: {"status", "state", "active", "published", "visible", "online", "enabled", "aktiv", "veröffentlicht", "sichtbar", "statut", "actif", "publié", "en ligne", "estado", "activo", "publicado", "stato", "attivo",
		"pubblicato", "actief", "gepubliceerd", "ativo", "aktywny", "opublikowany", "widoczny"},
	FieldSlug:           {"slug", "handle", "url key", "permalink", "seo url", "url slug", "alias"},
	FieldSEOTitle:       {"seo title", "meta title", "page title", "seo titel", "meta titel", "titre seo", "meta titre", "título seo", "meta título", "titolo seo", "meta tytuł"},
	FieldSEODescription: {"seo description", "meta description", "seo beschreibung", "meta beschreibung", "méta description", "meta descripción", "meta descrizione", "meta descrição", "meta opis"},
	FieldRelated:        {"related", "related products", "cross sell", "cross sells", "upsell", "upsells", "accessories", "zubehör", "ähnliche artikel", "produits associés", "productos relacionados", "prodotti correlati"},
}

// secretWords are columns that are not for shoppers. They are left out, and the proposal says so.
var secretWords = []string{"cost", "cost price", "unit cost", "purchase price", "buying price", "wholesale price", "margin", "supplier", "ek", "ek preis", "ekpreis", "einkaufspreis", "netto ek", "marge", "spanne", "lieferant",
	"händlerpreis", "prix achat", "prix d'achat", "pa ht", "fournisseur", "coste", "precio coste", "precio de coste", "precio compra", "proveedor", "costo", "prezzo acquisto", "prezzo di acquisto", "fornitore",
	"inkoopprijs", "leverancier", "preço de custo", "custo", "fornecedor", "cena zakupu", "koszt", "dostawca", "marża",
	"tax", "tax rate", "tax class", "tax category", "vat", "vat rate", "mwst", "mwst satz", "ust", "steuer", "steuersatz", "steuerklasse", "tva", "taux tva", "iva", "btw", "podatek", "stawka vat"}

// fieldNames are the fields in the words of a sentence.
var fieldNames = map[Field]string{
	FieldKey: "a product's key", FieldGroup: "what joins variants", FieldSKU: "the SKU", FieldGTIN: "the GTIN", FieldMPN: "the maker's part number", FieldName: "the name",
	FieldDescription: "the description", FieldBrand: "the brand", FieldType: "the product type", FieldCategory: "the category", FieldTags: "tags", FieldPrice: "the price",
	FieldCompareAt: "the price before a reduction", FieldCurrency: "the currency", FieldStock: "stock", FieldBackorder: "whether more is sold than is there", FieldWeight: "the weight",
	FieldImage: "pictures", FieldOption: "an option", FieldAttribute: "the specification", FieldState: "whether shoppers see it", FieldSlug: "the address", FieldTaxClass: "the tax class", FieldSEOTitle: "the title for search engines",
	FieldSEODescription: "the description for search engines", FieldRelated: "related products",
}

// traitWords name what goods differ by, as Google does.
//
//nolint:misspell // other languages
var traitWords = map[string][]string{
	"color":    {"color", "colour", "farbe", "couleur", "coloris", "colore", "kleur", "cor", "kolor", "barwa"},
	"size":     {"size", "größe", "groesse", "grösse", "konfektionsgröße", "taille", "pointure", "talla", "tamaño", "taglia", "misura", "maat", "tamanho", "rozmiar"},
	"material": {"material", "fabric", "stoff", "matière", "matériau", "tissu", "materiale", "tessuto", "materiaal", "stof", "tecido", "materiał", "tkanina"},
	"pattern":  {"pattern", "muster", "motif", "estampado", "motivo", "patroon", "padrão", "wzór"},
}

var (
	knownHeaders = phrases(headerWords)
	knownSecrets = phraseList(secretWords)
	knownTraits  = phrases(traitWords)
)

// phrases are lists of words, ready to be compared.
func phrases[K comparable](lists map[K][]string) map[K][][]string {
	out := make(map[K][][]string, len(lists))
	for key, list := range lists {
		out[key] = phraseList(list)
	}
	return out
}

func phraseList(list []string) [][]string {
	out := make([][]string, len(list))
	for i, phrase := range list {
		out[i] = telling(wordsOf(phrase))
	}
	return out
}

// wordsOf are a header's words without case and accents: "ArtNr." and "art_nr" are "art" and "nr".
func wordsOf(header string) []string {
	var parted strings.Builder
	before := ' '
	for _, r := range header {
		if unicode.IsLower(before) && unicode.IsUpper(r) {
			parted.WriteByte(' ')
		}
		parted.WriteRune(r)
		before = r
	}
	return strings.FieldsFunc(Slug(parted.String(), 500), func(r rune) bool { return r == '-' })
}

// fillers are words that say nothing in a header.
var fillers = map[string]bool{
	"in": true, "of": true, "the": true, "our": true, "per": true, "im": true, "auf": true, "je": true, "der": true, "en": true, "de": true, "du": true, "des": true, "le": true, "la": true, "el": true,
	"del": true, "di": true, "da": true, "do": true, "van": true, "het": true, "na": true, "w": true, "z": true,
}

// telling are the words that say something; all of them where none does.
func telling(words []string) []string {
	if kept := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return fillers[w] }); len(kept) > 0 {
		return kept
	}
	return words
}

// likeness is how much of a header the phrases are, from 0 to 1: all of its words, or some. A phrase counts where it stands whole.
func likeness(header []string, list [][]string) float64 {
	header = telling(header)
	covered := make([]bool, len(header))
	for _, phrase := range list {
		for i := 0; len(phrase) > 0 && i+len(phrase) <= len(header); i++ {
			if slices.Equal(header[i:i+len(phrase)], phrase) {
				for n := range phrase {
					covered[i+n] = true
				}
			}
		}
	}
	count := 0
	for _, c := range covered {
		if c {
			count++
		}
	}
	return float64(count) / float64(max(len(header), 1))
}

// traitOf is Google's name for an option or attribute; empty if it has none.
func traitOf(name string) string {
	header := wordsOf(name)
	for _, trait := range []string{"color", "size", "material", "pattern"} {
		if likeness(header, knownTraits[trait]) == 1 {
			return trait
		}
	}
	return ""
}
