package main

import (
	"net/http"
	"slices"
	"strings"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
)

// merged is a form after somebody else changed its product: what only they changed is taken over, what only the form changed stays, and what
// both changed is a choice.
type merged struct {
	choices []admin.ConflictChoice
	taken   []string // labels of what only they changed
}

// merge brings a form up to what is stored now.
func (f *productForm) merge(current *productv1.Product, names map[string]string) merged {
	theirs := formOf(current)
	var m merged
	for _, field := range productFields {
		if field.name == "variants" {
			f.mergeVariants(theirs, &m)
			continue
		}
		mine, other := f.changed(field.name), f.was[field.name] != theirs.was[field.name]
		switch {
		case !other:
		case !mine:
			f.keepPictures(func() { f.take(field.name, theirs) })
			m.taken = append(m.taken, field.label)
		case f.digest(field.name) != theirs.was[field.name]:
			m.choices = append(m.choices, admin.ConflictChoice{
				Name: "choice-" + field.name, Label: field.label, Mine: f.inWords(field.name, names), Theirs: theirs.inWords(field.name, names), Taken: "mine",
			})
		}
	}
	f.was, f.version = theirs.was, theirs.version
	return m
}

// mergeVariants goes through the variants of both: one that both changed is a choice for each of its fields that differ.
func (f *productForm) mergeVariants(theirs *productForm, m *merged) {
	took := false
	var rows []variantRow
	for _, row := range f.variants {
		at := slices.IndexFunc(theirs.variants, func(other variantRow) bool { return row.ID != "" && other.ID == row.ID })
		mine := row.Removed || row.ID == "" || f.rowDigest(row) != row.Was
		if at < 0 {
			if row.ID != "" && !mine {
				took = true // they removed it
				continue
			}
			row.ID, row.Was = "", "" // it is new again, since they removed it
			rows = append(rows, row)
			continue
		}
		other := theirs.variants[at]
		other.Picture = f.numberOf(theirs.pictureOf(other.Picture))
		switch {
		case other.Was == row.Was: // they left it alone
		case !mine:
			row, took = other, true
		default:
			for _, column := range variantColumns {
				if my, their := *column.of(&row), *column.of(&other); my != their {
					m.choices = append(m.choices, admin.ConflictChoice{
						Name: rowChoice(row.ID, column.name), Label: column.label + " of " + row.label(), Mine: my, Theirs: their, Taken: "mine",
					})
				}
			}
		}
		row.Was = other.Was
		rows = append(rows, row)
	}
	for _, other := range theirs.variants {
		if !slices.ContainsFunc(f.variants, func(row variantRow) bool { return row.ID == other.ID }) {
			other.Picture = f.numberOf(theirs.pictureOf(other.Picture))
			rows, took = append(rows, other), true
		}
	}
	f.variants = rows
	if took {
		m.taken = append(m.taken, "Variants")
	}
}

func rowChoice(variant, column string) string { return "choice-variants-" + variant + "-" + column }

// applyChoices gives the form what is stored now where theirs was chosen.
func (f *productForm) applyChoices(current *productv1.Product) {
	if len(f.taken) == 0 {
		return
	}
	theirs := formOf(current)
	for _, field := range productFields {
		if f.taken["choice-"+field.name] == "theirs" {
			f.keepPictures(func() { f.take(field.name, theirs) })
		}
	}
	for i := range f.variants {
		row := &f.variants[i]
		at := slices.IndexFunc(theirs.variants, func(other variantRow) bool { return row.ID != "" && other.ID == row.ID })
		if at < 0 {
			continue
		}
		other := theirs.variants[at]
		other.Picture = f.numberOf(theirs.pictureOf(other.Picture))
		for _, column := range variantColumns {
			if f.taken[rowChoice(row.ID, column.name)] == "theirs" {
				*column.of(row) = *column.of(&other)
			}
		}
	}
	f.taken = nil
}

// inWords is what a field says, for people to compare. Names are those of categories and products by their ids.
func (f *productForm) inWords(field string, names map[string]string) string {
	var parts []string
	named := func(ids []string) {
		for _, id := range ids {
			if names[id] != "" {
				id = names[id]
			}
			parts = append(parts, id)
		}
	}
	switch field {
	case "categories":
		named(f.categories)
	case "related_ids":
		named(f.related)
	case "attributes":
		for _, a := range f.filledAttributes() {
			parts = append(parts, a.Name+": "+a.Value)
		}
	case "options":
		for _, o := range f.filledOptions() {
			parts = append(parts, o.Name+": "+strings.Join(o.Values, ", "))
		}
	case "images":
		for _, i := range f.keptImages() {
			parts = append(parts, strings.TrimSpace(i.Alt+" "+i.Source))
		}
	case "translations":
		for _, t := range f.keptTranslations() {
			parts = append(parts, t.Locale+": "+t.Name)
		}
	case "state":
		return productState(stateOf(f.text[field])).label
	default:
		return f.text[field]
	}
	return strings.Join(parts, "\n")
}

// showConflict shows the form again with what somebody else changed meanwhile. Nothing is stored until it is sent once more.
func (o *office) showConflict(w http.ResponseWriter, v visit, f *productForm, current *productv1.Product) error {
	names, err := o.namesFor(v, f, current)
	if err != nil {
		return err
	}
	found := f.merge(current, names)
	who := "Somebody else"
	history, err := o.Products.ListProductHistory(v.ctx, &productv1.ListProductHistoryRequest{Id: current.GetId(), PageSize: 1})
	if err != nil {
		return err
	}
	if len(history.GetChanges()) > 0 {
		who = history.GetChanges()[0].GetChangedBy()
	}
	conflict := &admin.ProductConflict{Text: who + " has changed this product since you opened it, so nothing is saved yet.", Choices: found.choices}
	if len(found.taken) > 0 {
		conflict.Text += " Taken over from them: " + strings.Join(found.taken, ", ") + "."
	}
	if len(found.choices) > 0 {
		conflict.Text += " Choose below where both of you changed the same, then save."
	} else {
		conflict.Text += " What you typed is still there and touches none of it: look at it, then save."
	}
	page, err := o.productPage(w, v, f, current, nil)
	if err != nil {
		return err
	}
	page.Conflict = conflict
	return o.renderProduct(w, v, http.StatusConflict, page)
}
