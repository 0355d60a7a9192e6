package preview

import (
	"fmt"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func adminProductPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "admin/" + name, Component: component}
	}
	return []Page{
		page("product", admin.Product(productForm(6))),
		page("product-many", admin.Product(manyVariants())),
		page("product-new", admin.Product(newProductForm())),
		page("product-refused", admin.Product(productRefused())),
		page("product-conflict", admin.Product(productConflict())),
		page("product-read-only", admin.Product(productReadOnly())),
		page("product-history", admin.History(productHistory(markup))),
		page("product-history-refused", admin.History(historyRefused())),
		page("products-bulk", admin.Bulk(bulkPage(nil))),
		page("products-bulk-preview", admin.Bulk(bulkPage(bulkOutcome()))),
		page("products-bulk-refused", admin.Bulk(bulkRefused())),
		page("products-table", admin.TableEdit(productTable())),
		page("collection", admin.Collection(collection(false))),
		page("collection-refused", admin.Collection(collection(true))),
		page("type", admin.Type(productType())),
		page("words", admin.Words(words())),
		page("word-languages", admin.WordLocales(admin.WordLocalesPage{
			Shell: office("Words", 2), Action: "/words", Locales: []ui.Link{{Label: "German (de)", URL: "/words/de"}}, Locale: ui.Field{Name: "locale", Label: "Another language", Width: ui.Short, Hint: "Such as de or pt-BR."},
		})),
		page("product-prices", admin.Prices(productPrices())),
		page("product-bundle", admin.Bundle(productBundle())),
		page("stress-product", admin.Product(stressProductForm())),
	}
}

func productForm(variants int) admin.ProductPage {
	page := newProductForm()
	page.Shell = office("Stoneware mug", 2)
	page.Heading, page.Intro = "Stoneware mug", "Changed 23 Nov 2026, 14:05 UTC"
	page.Breadcrumb[1].Label = page.Heading
	page.Tags = []ui.Tag{{Label: "For sale", Tone: ui.OK}}
	page.Views = []ui.Link{{Label: "Product", URL: "/products/1", Current: true}, {Label: "History", URL: "/products/1/history"}}
	page.Actions = []admin.Action{{Label: "See it in the shop", URL: "https://shop.example/products/stoneware-mug", Link: true}, {Label: "Duplicate", URL: "/products/1/copies"}}
	page.Action = "/products/1/contents"
	page.Basics[0].Value, page.Basics[1].Value, page.Basics[2].Value = "Stoneware mug", "Wide handle, thick rim.\n\nDishwasher safe.", "Leaf & Co"
	page.Address.Value, page.Address.Hint = "stoneware-mug", "These addresses lead here: mug, big-mug"
	page.Labels.Value = "cup\nmug"
	page.Categories = []admin.Check{{Name: "categories", Value: "1", Label: "Kitchen › Mugs", Checked: true}, {Name: "categories", Value: "2", Label: "Gifts", Checked: true}}
	page.AddCategory = &ui.Field{Name: "add_category", Label: "Another category", Optional: true, Options: []ui.Option{{Label: "Choose"}, {Value: "3", Label: "Bath › Towels"}}}
	page.Options[0].Name.Value, page.Options[0].Values.Value = "Colour", "Moss\nSand\nClay"
	page.Attributes[0].Name.Value, page.Attributes[0].Value.Value = "Material", "Stoneware"
	page.Variants.Rows = variantRows(variants)
	picture := ui.Image{URL: "/media/mug.svg", Alt: "A mug", Width: 320, Height: 400}
	page.Pictures = []admin.PictureRow{
		{Number: "1", Image: picture, Alt: ui.Field{Name: "images-0-alt", Label: "What picture 1 shows", Value: "A mug on a shelf", Optional: true}, Down: "picture-later 0", Remove: "images-0-removed"},
		{Number: "2", Alt: ui.Field{Name: "images-1-alt", Label: "What picture 2 shows", Optional: true, Hint: "Say it for those who do not see the picture."}, Problem: "It could not be fetched: 404", Up: "picture-earlier 1", Remove: "images-1-removed"},
	}
	page.Found = admin.SearchResult{Title: "Stoneware mug", Address: "https://shop.example/products/stoneware-mug", Text: "Wide handle, thick rim. Dishwasher safe."}
	page.Languages = []admin.LanguageRow{
		{Title: "German (de)", Open: true, Remove: admin.Check{Name: "translations-0-removed", Value: "1", Label: "Remove German (de)"}, Fields: []ui.Field{{Name: "translations-0-name", Label: "Name", Value: "Becher", Optional: true}}},
	}
	page.Related = []admin.Check{{Name: "related_ids", Value: "9", Label: "Tea towel", Checked: true}}
	page.Kept = []admin.Check{{Name: "give_back", Value: "name", Label: "Give back: Name"}, {Name: "give_back", Value: "variants.price", Label: "Give back: Price", Hint: "of 3 variants"}}
	page.Upload = &admin.UploadForm{Action: "/products/1/pictures", Button: "Hand them in", Alt: ui.Field{Name: "alt", Label: "What it shows", Optional: true}, File: ui.Field{Name: "file", Label: "Picture", Type: "file", Multiple: true}}
	page.Dangers = []admin.Action{
		{Label: "Archive", URL: "/products/1/archive", Confirm: "It is no longer for sale.", Button: "Archive it"},
		{Label: "Delete for good", URL: "/products/1/removal", Kind: ui.Danger, Confirm: "The product goes with its history.", Button: "Delete it for good", Fields: []ui.Field{{Name: "confirm", Label: "Type DELETE to go on", Width: ui.Short}}},
	}
	return page
}

func newProductForm() admin.ProductPage {
	return admin.ProductPage{
		Shell: office("New product", 2), Heading: "New product", Action: "/products/new/contents",
		Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: "New product", Current: true}},
		Hidden:     []ui.Hidden{{Name: "version", Value: "0"}, {Name: "rest", Value: "[]"}},
		Basics:     []ui.Field{{Name: "name", Label: "Name"}, {Name: "description", Label: "Description", Rows: 8, Optional: true}, {Name: "brand", Label: "Brand", Optional: true, Width: ui.Medium}},
		State:      admin.Choice{Name: "state", Label: "State", Options: []ui.Option{{Value: "active", Label: "For sale"}, {Value: "draft", Label: "Draft", Selected: true}, {Value: "archived", Label: "Archived"}}},
		Publish:    ui.Field{Name: "publish_time", Label: "Goes on sale", Type: "datetime-local", Optional: true},
		Address:    ui.Field{Name: "slug", Label: "Address", Optional: true},
		Labels:     ui.Field{Name: "tags", Label: "Tags", Rows: 3, Optional: true},
		Tax:        ui.Field{Name: "tax_class", Label: "Tax class", Optional: true, Options: []ui.Option{{Label: "Standard"}, {Value: "reduced", Label: "Reduced"}}},
		Attributes: []admin.AttributeRow{{Name: ui.Field{Name: "attributes-0-name", Label: "Attribute 1", Quiet: true}, Value: ui.Field{Name: "attributes-0-value", Label: "What it is", Quiet: true}}},
		Options:    []admin.OptionRow{{Name: ui.Field{Name: "options-0-name", Label: "Option 1", Quiet: true}, Values: ui.Field{Name: "options-0-values", Label: "Values, one a line", Rows: 3, Quiet: true}}},
		Variants: admin.Grid{Name: "Variants", Remove: "Remove", Rows: variantRows(1), Columns: []admin.Column{
			{Label: "Variant"}, {Label: "SKU"}, {Label: "GTIN"}, {Label: "Price, EUR"}, {Label: "Price before, EUR"}, {Label: "Weight in g"}, {Label: "Picture"},
		}},
		AddPicture:  ui.Field{Name: "add_image", Label: "Address of another picture", Type: "url", Optional: true},
		Search:      []ui.Field{{Name: "seo_title", Label: "Title in search engines", Optional: true}, {Name: "seo_description", Label: "Description in search engines", Rows: 2, Optional: true}},
		Found:       admin.SearchResult{Title: "Its name", Address: "https://shop.example/products/"},
		AddLanguage: ui.Field{Name: "add_locale", Label: "Another language", Optional: true, Width: ui.Short},
		FindRelated: ui.Field{Name: "find_related", Label: "Another product", Optional: true},
	}
}

// variantRows differ as those of a real product do, ids included.
func variantRows(n int) []admin.GridRow {
	rows := make([]admin.GridRow, n)
	for i := range rows {
		label := fmt.Sprintf("%s / %d", []string{"Moss", "Sand", "Clay"}[i%3], 36+i/3)
		key := fmt.Sprintf(`{"id":"01a21a2f-%04x-7c11-%04x-%012x","was":"%012x","values":["Moss","%d"]}`, i*7919%65536, 0x9000+i*104729%4096, i*15485863%281474976710655, i*32452843, 36+i/3)
		rows[i] = admin.GridRow{Label: label, Hidden: []ui.Hidden{{Name: fmt.Sprintf("variants-%d-key", i), Value: key}}, Remove: fmt.Sprintf("variants-%d-removed", i)}
		for _, cell := range []admin.GridCell{
			{Name: "sku", Label: "SKU", Value: fmt.Sprintf("MUG-%04d", i)}, {Name: "gtin", Label: "GTIN", Value: fmt.Sprintf("0%013d", 4006381333000+i*97)},
			{Name: "price", Label: "Price", Value: fmt.Sprintf("%d.00", 18+i%5), Number: true}, {Name: "compare_at_price", Label: "Price before", Number: true},
			{Name: "weight_grams", Label: "Weight in g", Value: "350", Number: true}, {Name: "image_id", Label: "Picture", Value: "1", Number: true},
		} {
			cell.Name, cell.Label = fmt.Sprintf("variants-%d-%s", i, cell.Name), cell.Label+" of "+label
			rows[i].Cells = append(rows[i].Cells, cell)
		}
	}
	return rows
}

func manyVariants() admin.ProductPage {
	page := productForm(75)
	page.VariantPages = []admin.VariantPage{{Label: "1 to 75", Current: true}, {Label: "76 to 150", Do: "show-variants 75"}}
	page.Done = "72 variants are made. Nothing is saved yet."
	return page
}

func productRefused() admin.ProductPage {
	page := productForm(3)
	page.Basics[0].Value, page.Basics[0].Error = "", "Name is missing; a product needs a name"
	page.Variants.Rows[1].Cells[0].Error = "SKU belongs to the product Tea; a SKU names one variant"
	page.State.Error = "State is none of draft, active and archived"
	page.Problems = []ui.FieldProblem{
		{Text: page.Basics[0].Error, URL: "#field-name"}, {Text: page.Variants.Rows[1].Cells[0].Error, URL: "#field-variants-1-sku"}, {Text: page.State.Error, URL: "#field-state"},
	}
	return page
}

func productConflict() admin.ProductPage {
	page := productForm(3)
	page.Conflict = &admin.ProductConflict{
		Text: "Jörg Müller has changed this product since you opened it, so nothing is saved yet. Taken over from them: Brand. Choose below where both of you changed the same, then save.",
		Choices: []admin.ConflictChoice{
			{Name: "choice-name", Label: "Name", Mine: "Stoneware mug", Theirs: "Big mug", Taken: "mine"},
			{Name: "choice-variants-1-price", Label: "Price of Moss / 36", Mine: "18.00", Taken: "mine"},
		},
	}
	return page
}

func productReadOnly() admin.ProductPage {
	page := productForm(3)
	page.Action, page.AddCategory, page.Kept, page.Dangers, page.Upload, page.Actions = "", nil, nil, nil, nil, page.Actions[:1]
	return page
}

func stressProductForm() admin.ProductPage {
	page := productForm(3)
	page.Heading, page.Basics[0].Value = longName, longName
	page.Variants.Rows[0].Label, page.Variants.Rows[1].Label, page.Variants.Rows[2].Label = longWord, markup, emoji
	page.Variants.Rows[0].Cells[2].Value = "1234567890.12"
	page.Variants.Rows[0].Cells[2].Error = longName
	page.Categories[0].Label, page.Related[0].Label = longWord+" › "+longWord, markup
	page.Found = admin.SearchResult{Title: longWord, Address: "https://shop.example/products/" + longWord, Text: markup}
	page.Conflict = &admin.ProductConflict{Text: longName, Choices: []admin.ConflictChoice{{Name: "choice-name", Label: longWord, Mine: longWord, Theirs: markup, Taken: "theirs"}}}
	return page
}

func productHistory(text string) admin.HistoryPage {
	page := admin.HistoryPage{
		Shell: office("History of Stoneware mug", 2), Heading: "Stoneware mug", Made: "1 Nov 2026, 08:00 UTC", MadeISO: "2026-11-01T08:00:00Z",
		Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: "Stoneware mug", URL: "/products/1"}, {Label: "History", Current: true}},
		Views:      []ui.Link{{Label: "Product", URL: "/products/1"}, {Label: "History", URL: "/products/1/history", Current: true}},
	}
	for i := range 5 {
		page.Entries = append(page.Entries, admin.HistoryEntry{
			Who: "Jörg Müller", When: fmt.Sprintf("%d Nov 2026, 14:05 UTC", 23-i), WhenISO: "2026-11-23T14:05:00Z", Import: &ui.Link{Label: "By an import", URL: "/sync/1"},
			Fields:  []admin.FieldChange{{Label: "Price of MUG-1", Before: "18.00 EUR", After: "19.00 EUR"}, {Label: "Description", After: text}, {Label: longWord, Before: longWord, After: longWord}},
			Restore: &admin.Action{Label: "Undo from here", URL: fmt.Sprintf("/products/1/history/restorations?%d", i), Confirm: "The product becomes what it was before this change.", Button: "Make it what it was"},
		})
	}
	return page
}

func historyRefused() admin.HistoryPage {
	page := productHistory(longName)
	page.Problems = []ui.FieldProblem{{Text: "SKU of MUG-1 belongs to the product Tea; a SKU names one variant"}}
	page.OlderURL, page.NewerURL = "?page=x", "/products/1/history"
	return page
}

func bulkPage(outcome *admin.BulkOutcome) admin.BulkPage {
	return admin.BulkPage{
		Shell: office("Change 3 products", 2), Heading: "Change 3 products", Action: "/products/bulk/changes", Outcome: outcome, Hidden: []ui.Hidden{{Name: "id", Value: "1"}},
		Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: "Change 3 products", Current: true}},
		Sections: []admin.FormSection{
			{Title: "State and place", Fields: []ui.Field{{Name: "state", Label: "State", Quiet: true, Options: []ui.Option{{Label: "Leave as it is"}, {Value: "draft", Label: "Draft"}}}, {Name: "add_tags", Label: "Add tags", Rows: 2, Quiet: true}}},
			{Title: "Prices of all variants", Fields: []ui.Field{{Name: "percent", Label: "Percent", Hint: "Such as -15 to lower them.", Quiet: true}}, Checks: []admin.Check{{Name: "as_reduction", Value: "1", Label: "Show the price of now as the price before"}}},
		},
	}
}

func bulkOutcome() *admin.BulkOutcome {
	return &admin.BulkOutcome{
		Preview: true, More: true, Text: "240 products change, 3 stay as they are, 2 cannot be changed.", Failed: "Others are changing the same products at this moment.",
		Examples: []admin.BulkExample{{Name: longName, URL: "/products/1", Fields: []admin.FieldChange{{Label: "Price of MUG-1", Before: "20.00 EUR", After: "16.99 EUR"}, {Label: "Tags", After: longWord}}}},
		Problems: []admin.BulkProblem{{Name: longWord, URL: "/products/2", Text: "Price of MUG-1 is too large to be changed so"}},
	}
}

func bulkRefused() admin.BulkPage {
	page := bulkPage(nil)
	page.Sections[1].Fields[0].Error = "Write a percentage such as -15 or 7.5"
	page.Problems = []ui.FieldProblem{{Text: page.Sections[1].Fields[0].Error, URL: "#field-percent"}}
	return page
}

func productTable() admin.TableEditPage {
	page := admin.TableEditPage{
		Shell: office("Edit products", 2), Heading: "Edit products", Action: "/products/table/contents", Notice: "All other products are saved.",
		Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: "Edit products", Current: true}},
		Grid:       admin.Grid{Name: "Products", Columns: []admin.Column{{Label: "Product"}, {Label: "Name"}, {Label: "State"}, {Label: "SKU"}, {Label: "Price"}, {Label: "Price before"}}},
	}
	states := []ui.Option{{Value: "active", Label: "For sale", Selected: true}, {Value: "draft", Label: "Draft"}, {Value: "archived", Label: "Archived"}}
	for i := range 120 {
		row := admin.GridRow{Label: fmt.Sprintf("Stoneware mug %d", i/2), URL: fmt.Sprintf("/products/%d", i/2), Hidden: []ui.Hidden{{Name: fmt.Sprintf("rows-%d-key", i), Value: fmt.Sprintf(`{"product":"%d","was":"%08x"}`, i/2, i*7919)}}}
		for _, cell := range []admin.GridCell{{Name: "name", Value: row.Label}, {Name: "state", Options: states}, {Name: "sku", Value: fmt.Sprintf("MUG-%d", i)}, {Name: "price", Value: "18.00", Number: true}, {Name: "compare_at_price", Number: true}} {
			cell.Label, cell.Name = cell.Name+" of "+row.Label, fmt.Sprintf("rows-%d-%s", i, cell.Name)
			if i%2 == 1 && len(row.Cells) < 2 {
				cell.Name = ""
			}
			row.Cells = append(row.Cells, cell)
		}
		page.Grid.Rows = append(page.Grid.Rows, row)
	}
	page.Grid.Rows[2].Note = "Somebody changed this product meanwhile."
	page.Grid.Rows[1].Cells[2].Error = "SKU belongs to the product Tea; a SKU names one variant"
	page.Problems = []ui.FieldProblem{{Text: page.Grid.Rows[1].Cells[2].Error, URL: "#field-rows-1-sku"}}
	return page
}

func collection(byRule bool) admin.CollectionPage {
	page := admin.CollectionPage{
		Shell: office("Winter", 2), Heading: "Winter", Action: "/collections/1/contents", Hidden: []ui.Hidden{{Name: "version", Value: "3"}}, Total: "2 products", MoreURL: "?page=x",
		Breadcrumb: []ui.Link{{Label: "Collections", URL: "/collections"}, {Label: "Winter", Current: true}},
		Fields:     []ui.Field{{Name: "name", Label: "Name", Value: "Winter"}, {Name: "description", Label: "Description", Rows: 4, Optional: true}},
		Hide:       admin.Check{Name: "hidden", Value: "1", Label: "Hide it", Hint: "Shoppers see it nowhere."},
		How:        admin.Choice{Name: "how", Label: "How products come in", Options: []ui.Option{{Value: "hand", Label: "By hand", Selected: !byRule}, {Value: "rule", Label: "By a rule", Selected: byRule}}},
		Match:      admin.Choice{Name: "match", Label: "Products belong to it when", Options: []ui.Option{{Value: "all", Label: "all conditions hold", Selected: true}, {Value: "any", Label: "one condition holds"}}},
		Dangers:    []admin.Action{{Label: "Delete the collection", URL: "/collections/1/removal", Kind: ui.Danger, Confirm: "Its products stay.", Button: "Delete it"}},
		Products:   []admin.CollectionProduct{{Name: longName, URL: "/products/1", Price: "€19.00", State: ui.Tag{Label: "For sale", Tone: ui.OK}}, {Name: longWord, URL: "/products/2", Price: largeMoney, State: ui.Tag{Label: "Draft"}}},
	}
	if !byRule {
		page.ProductsAction, page.AddProduct = "/collections/1/products", ui.Field{Name: "find_related", Label: "Another product", Quiet: true}
		page.Products[0].Down, page.Products[0].Remove, page.Products[1].Up = "put 1", "remove 1", "put 2 1"
		return page
	}
	page.Sentence = "Products whose category is " + longWord + "."
	page.Preview = &admin.RulePreview{Text: "2 products meet it", Products: []ui.Link{{Label: longWord, URL: "/products/2"}}}
	page.Conditions = []admin.ConditionRow{{
		Field: ui.Field{Name: "conditions-0-field", Label: "Condition 1", Quiet: true, Options: []ui.Option{{Value: "category", Label: "Category"}}}, Name: ui.Field{Name: "conditions-0-name", Label: "Which attribute", Quiet: true},
		Operator: ui.Field{Name: "conditions-0-operator", Label: "Compared", Quiet: true, Options: []ui.Option{{Value: "is", Label: "is"}}},
		Values:   ui.Field{Name: "conditions-0-values", Label: "With, one a line", Quiet: true, Rows: 2, Error: "There is no category " + longWord}, Remove: admin.Check{Name: "conditions-0-removed", Value: "1", Label: "Remove condition 1"},
	}}
	page.Problems = []ui.FieldProblem{{Text: page.Conditions[0].Values.Error, URL: "#field-conditions-0-values"}}
	return page
}

func productType() admin.TypePage {
	page := admin.TypePage{
		Shell: office("Lamp", 2), Heading: "Lamp", Action: "/types/1/contents", Name: ui.Field{Name: "name", Label: "Name", Value: "Lamp"}, Breadcrumb: []ui.Link{{Label: "Product types", URL: "/types"}, {Label: "Lamp", Current: true}},
		Grid: admin.Grid{Name: "Attributes", Remove: "Remove", Columns: []admin.Column{{Label: "Place"}, {Label: "Attribute"}, {Label: "Holds"}}, Rows: []admin.GridRow{{Label: "1", Remove: "definitions-0-removed", Cells: []admin.GridCell{
			{Name: "definitions-0-name", Label: "Attribute 1", Error: "Name is missing"}, {Name: "definitions-0-kind", Label: "Holds of attribute 1", Options: []ui.Option{{Value: "text", Label: "Words"}}},
		}}}},
		Dangers: []admin.Action{{Label: "Delete the type", URL: "/types/1/removal", Kind: ui.Danger, Confirm: "Its products stay.", Button: "Delete it"}},
	}
	page.Problems = []ui.FieldProblem{{Text: "Attribute 1: Name is missing", URL: "#field-definitions-0-name"}}
	return page
}

func words() admin.WordsPage {
	return admin.WordsPage{
		Shell: office("Words in German", 2), Heading: "Words in German (de)", Action: "/words/de/contents", Breadcrumb: []ui.Link{{Label: "Words", URL: "/words"}, {Label: "German (de)", Current: true}},
		List:  admin.List{Action: "/words/de", Views: []ui.Link{{Label: "Without a translation", URL: "/words/de", Current: true}, {Label: "Translated", URL: "/words/de/translated"}}, OlderURL: "/words/de?page=2"},
		Intro: "Of the 2,000 products that came last on this page, and on the next ones those before them.", Problems: []ui.FieldProblem{{Text: longWord + ": Translation is too long", URL: "#field-words-1-translation"}},
		Grid: admin.Grid{Name: "Words in German (de)", Columns: []admin.Column{{Label: "Word"}, {Label: "Translation"}}, Rows: []admin.GridRow{
			{Label: "Colour", Note: "Name of an option or attribute, 1,204 products", Cells: []admin.GridCell{{Name: "words-0-translation", Label: "Translation of Colour", Value: "Farbe"}}},
			{Label: longWord, Note: "Value, 3 products", Cells: []admin.GridCell{{Name: "words-1-translation", Label: "Translation of " + longWord, Error: "Translation is too long"}}},
		}},
	}
}

func productBundle() admin.BundlePage {
	return admin.BundlePage{
		Shell: office("Bundle Gift set", 2), Heading: "Gift set", Action: "/products/1/bundle/contents", Version: "3",
		Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: "Bundle", Current: true}},
		Views:      []ui.Link{{Label: "Product", URL: "/products/1"}, {Label: "Bundle", URL: "/products/1/bundle", Current: true}},
		Problems:   []ui.FieldProblem{{Text: "Mug: Is itself a bundle", URL: "#field-parts-0-quantity"}},
		Grid: admin.Grid{Name: "What it is made of", Remove: "Remove", Columns: []admin.Column{{Label: "Part"}, {Label: "Of the variant"}, {Label: "Quantity in one"}}, Rows: []admin.GridRow{{
			Label: "Stoneware mug " + longWord + " (MUG-MOSS)", Remove: "parts-0-removed", Cells: []admin.GridCell{
				{Name: "parts-0-bundle", Label: "Variant made of it", Options: []ui.Option{{Value: "1", Label: "SET"}}},
				{Name: "parts-0-quantity", Label: "Quantity of it", Value: "2", Number: true, Error: "Is itself a bundle"},
			},
		}}},
		Find: ui.Field{Name: "find_part", Label: "Another part", Optional: true, Hint: "The SKU of a variant, or a part of its product’s name."}.With("mug", nil),
		Found: []admin.FoundPart{
			{Hidden: []ui.Hidden{{Name: "found-0-label", Value: "Mug"}}, Check: admin.Check{Name: "found-0-add", Value: "1", Label: "Stoneware mug Clay (MUG-CLAY)"}},
		},
	}
}

func productPrices() admin.PricesPage {
	page := admin.PricesPage{
		Shell: office("Prices of Stoneware mug", 2), Heading: "Stoneware mug", Action: "/products/1/prices/contents", Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: "Prices", Current: true}},
		Views: []ui.Link{{Label: "Product", URL: "/products/1"}, {Label: "Prices", URL: "/products/1/prices", Current: true}},
		Grid: admin.Grid{Name: "Prices in price lists", Remove: "Remove", Columns: []admin.Column{{Label: "Price"}, {Label: "List"}, {Label: "Price"}}, Rows: []admin.GridRow{{Label: "1", Remove: "prices-0-removed", Cells: []admin.GridCell{
			{Name: "prices-0-list", Label: "List of price 1", Options: []ui.Option{{Value: "1", Label: longWord}}}, {Name: "prices-0-price", Label: "Price of price 1", Number: true, Error: "Write a price such as 12.50"},
		}}}},
	}
	page.Problems = []ui.FieldProblem{{Text: "Price 1: Write a price such as 12.50", URL: "#field-prices-0-price"}}
	return page
}
