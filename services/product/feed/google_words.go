package feed

import "regexp"

// googleWords are attributes of Google's tables in German, as Google's help named them and shops still write them, folded. XML knows only the
// English names.
var googleWords = map[string]string{
	"titel": "title", "beschreibung": "description", "googleproduktkategorie": "google_product_category", "produkttyp": "product_type", "mobilerlink": "mobile_link",
	"bildlink": "image_link", "zusätzlicherbildlink": "additional_image_link", "zustand": "condition", "verfügbarkeit": "availability",
	"verfügbarkeitsdatum": "availability_date", "preis": "price", "sonderangebotspreis": "sale_price", "sonderangebotszeitraum": "sale_price_effective_date",
	"marke": "brand", "kennzeichnungexistiert": "identifier_exists", "artikelgruppenid": "item_group_id", "farbe": "color", "größe": "size", "muster": "pattern",
	"geschlecht": "gender", "altersgruppe": "age_group", "versandgewicht": "shipping_weight", "nichtjugendfrei": "adult", "produktdetails": "product_detail",
	"grundpreismaß": "unit_pricing_measure", "verfallsdatum": "expiration_date",
}

// bracketedName is a header as Google's help writes it in every language: "Titel [title]".
var bracketedName = regexp.MustCompile(`^.*\S\s*\[([A-Za-z][A-Za-z0-9_ ]*)\]$`)

// googleHeader is the attribute that a table's header means.
func googleHeader(header string) string {
	if m := bracketedName.FindStringSubmatch(header); m != nil {
		header = m[1]
	}
	if name := googleWords[fold(header)]; name != "" {
		return name
	}
	return googleName(header)
}
