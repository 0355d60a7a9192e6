package feed

import (
	"cmp"
	"slices"
	"strings"
)

// magento reads Magento 2's product CSV. A row of a simple product may be a variant of a configurable one, whose row names it and stands
// before or after it; a row for a store view holds a translation. Products are known by their SKUs.
//
// Weights are left out: whether they are pounds or kilograms is a setting of the shop that the file does not tell.
type magento struct {
	*table
	room                                                                     *room
	sku, view, kind, categories, name, body, short, online, visibility       column
	price, special, specialFrom, specialTo, slug, seoTitle, seoDescription   column
	base, baseLabel, additional, additionalLabels, extra                     column
	qty, inStock, manage, useManage, backorders, useBackorders               column
	related, cross, upsells, associated, bundle, variations, variationLabels column
}

func openMagento(t *table) reader {
	m := &magento{
		table: t, sku: t.column("sku"), view: t.column("store_view_code"), kind: t.column("product_type"), categories: t.column("categories"),
		name: t.column("name"), body: t.column("description"), short: t.column("short_description"), online: t.column("product_online"),
		visibility: t.column("visibility"), price: t.number("price"), special: t.number("special_price"),
		specialFrom: t.column("special_price_from_date"), specialTo: t.column("special_price_to_date"), slug: t.column("url_key"),
		seoTitle: t.column("meta_title"), seoDescription: t.column("meta_description"), base: t.column("base_image"), baseLabel: t.column("base_image_label"),
		additional: t.column("additional_images"), additionalLabels: t.column("additional_image_labels"), extra: t.column("additional_attributes"),
		qty: t.number("qty"), inStock: t.column("is_in_stock"), manage: t.column("manage_stock"), useManage: t.column("use_config_manage_stock"),
		backorders: t.column("allow_backorders"), useBackorders: t.column("use_config_backorders"),
		related: t.column("related_skus"), cross: t.column("crosssell_skus"), upsells: t.column("upsell_skus"), associated: t.column("associated_skus"),
		bundle: t.column("bundle_values"), variations: t.column("configurable_variations"), variationLabels: t.column("configurable_variation_labels"),
	}
	t.named = m.name
	m.room = newRoom(t, m.sku, m.settle)
	return m
}

func (m *magento) close() { m.room.close() }

func (m *magento) row() {
	sku, reason := code(m.cell(m.sku), maxSKU)
	if reason == "" && sku == "" {
		reason = "is missing: without it nobody knows which product the row describes"
	}
	if reason != "" {
		m.spoil()
		m.refuse(m.sku, m.cell(m.sku), reason)
		return
	}
	first := cmp.Or(m.room.first(sku), m.room.first(takenName(sku)))
	switch view := m.cell(m.view); {
	case view != "" && view != "default":
		m.translation(sku)
		return
	case view == "default" && first > 0:
		m.refuseOf(sku, m.view, view, "describes for the default store view what row "+itoa(first)+" describes for all; the texts of that row were taken")
		return
	case first > 0:
		m.refuseOf(sku, m.sku, sku, "is used by the product in row "+itoa(first)+" already; a SKU names one product")
		return
	}
	kind := strings.ToLower(m.cell(m.kind))
	if !slices.Contains([]string{"simple", "virtual", "downloadable", "configurable", "grouped", "bundle"}, kind) {
		m.refuseOf(sku, m.kind, m.cell(m.kind), "is a type of product that cannot be taken over; the types are simple, virtual, downloadable, configurable, grouped and bundle")
		return
	}
	if owner := m.room.names[variantName(sku)]; owner != nil && kind != "configurable" {
		m.join(owner, sku)
		return
	}
	g := m.room.find(sku)
	if g == nil {
		return
	}
	g.titled, g.head = true, m.table.row()
	m.product(g)
	switch kind {
	case "configurable":
		m.configurable(g)
	case "grouped", "bundle":
		m.composed(g, kind)
	default:
		m.offer(g)
	}
	m.room.keep(g)
}

// takenName is what the file calls a variant that was read.
func takenName(sku string) string { return "taken:" + sku }

// variantName is what a configurable product calls a variant that it waits for.
func variantName(sku string) string { return "variant:" + sku }

func (m *magento) product(g *group) {
	p, row := &g.p, m.table.row()
	p.Name = m.text(g, m.name, bareTitle, maxName)
	if p.Name == "" && !g.dead {
		g.refuseProduct(row, m.name.name, "", "is missing")
	}
	p.askFor(m.cell(m.slug))
	p.SEOTitle = m.text(g, m.seoTitle, title, maxName)
	p.SEODescription = m.text(g, m.seoDescription, title, maxAttribute)
	if g.off = m.disabled(); g.off {
		p.State = Draft
	}
	m.pictures(g)
	if m.cell(m.visibility) == "Not Visible Individually" {
		p.State, g.hidden = Draft, true
		if m.cell(m.kind) != "configurable" {
			return // only what a variant needs is kept of it
		}
	}
	p.Description = m.text(g, m.body, paragraphs, maxDescription)
	if short := m.text(g, m.short, paragraphs, 2*maxAttribute); short != "" && short != p.Description {
		p.Description = strings.TrimSpace(short + "\n\n" + p.Description)
	}
	var paths [][]string
	for _, path := range list(m.cell(m.categories), ',') {
		names := list(path, '/')
		if len(names) > 1 && names[0] == "Default Category" { // the tree's root, which shoppers never see
			names = names[1:]
		}
		paths = append(paths, names)
	}
	for _, path := range deepest(paths) {
		g.category(row, m.categories.name, path)
	}
	for _, a := range pairs(m.cell(m.extra)) {
		g.attribute(row, labelOf(a.name), strings.Join(list(a.value, '|'), ", "))
	}
	for _, c := range []column{m.related, m.upsells, m.cross} {
		g.related(list(m.cell(c), ','))
	}
}

// disabled says that the row's product is not for sale.
func (m *magento) disabled() bool {
	online := m.cell(m.online)
	return online == "2" || online == "0" || strings.EqualFold(online, "disabled") || strings.EqualFold(online, "no")
}

func (m *magento) pictures(g *group) {
	row := m.table.row()
	if base := m.cell(m.base); base != "" && base != "no_selection" {
		g.image(row, m.base.name, base, m.baseLabel.name, m.cell(m.baseLabel))
	}
	labels := list(m.cell(m.additionalLabels), ',')
	for i, address := range addresses(m.cell(m.additional)) {
		label := ""
		if i < len(labels) {
			label = labels[i]
		}
		g.image(row, m.additional.name, address, m.additionalLabels.name, label)
	}
}

// offer reads what a simple product costs and how much of it there is.
func (m *magento) offer(g *group) {
	c := m.variant(g)
	c.codes(m.sku, column{})
	c.prices(m.price, column{})
	if m.cell(m.special) != "" {
		reduced, reason := m.table.price(m.special)
		c.check(m.special, reason)
		c.sale(m.special, reduced, m.specialFrom, m.specialTo)
	}
	c.v.Stock.Backorder = m.cell(m.useBackorders) != "1" && m.cell(m.backorders) != "" && m.cell(m.backorders) != "0"
	c.onHand(m.qty)
	switch {
	case m.cell(m.useManage) == "0" && m.cell(m.manage) == "0":
		c.v.Stock = Stock{Backorder: true} // not counted
	case m.cell(m.inStock) == "0":
		c.v.Stock.Known, c.v.Stock.OnHand = true, 0
	}
	if len(g.p.Images) > 0 {
		c.v.Image = g.p.Images[0].Source
	}
	c.add()
}

// composed takes a product that is made of others.
func (m *magento) composed(g *group, kind string) {
	g.parts, g.p.State = true, Draft
	var parts []string
	for _, part := range list(m.cell(m.associated), ',') {
		name, _, _ := strings.Cut(part, "=") // after it stands how many
		parts = append(parts, name)
	}
	for _, choice := range list(m.cell(m.bundle), '|') {
		for _, part := range pairs(choice) {
			if part.name == "sku" {
				parts = append(parts, part.value)
			}
		}
	}
	g.p.Related = nil // its parts come first
	g.related(parts)
	for _, c := range []column{m.related, m.upsells, m.cross} {
		g.related(list(m.cell(c), ','))
	}
	g.refuse(m.table.row(), m.kind.name, kind, "is made of other products and has no price of its own; it was taken as a draft that names them as related")
}

// configurable takes the variants that are read already, and waits for the others.
func (m *magento) configurable(g *group) {
	labels := map[string]string{}
	for _, label := range pairs(m.cell(m.variationLabels)) {
		labels[label.name] = label.value
	}
	row := m.table.row()
	for _, variation := range list(m.cell(m.variations), '|') {
		want := wanted{row: row}
		for _, part := range pairs(variation) {
			if part.name == "sku" {
				want.sku = part.value
				continue
			}
			want.options = append(want.options, pair{cmp.Or(labels[part.name], labelOf(part.name)), part.value})
		}
		if len(g.wants) == maxVariants {
			g.refuseVariant(row, m.variations.name, variation, "is one variant more than 500, and so are those after it")
			break
		}
		if want.sku == "" {
			g.refuseVariant(row, m.variations.name, variation, "names no SKU")
			continue
		}
		g.wants = append(g.wants, want)
		if other := m.room.names[want.sku]; other != nil && other != g && other.titled && len(other.wants) == 0 {
			m.adopt(g, other, want)
		} else {
			m.room.call(g, variantName(want.sku))
		}
	}
	if len(g.wants) == 0 {
		g.refuseProduct(row, m.variations.name, "", "is missing: a configurable product names its variants there")
	}
}

// wanted is a variant that a configurable product names.
type wanted struct {
	row     int64
	sku     string
	options []pair
	found   bool
}

// join reads a row as a variant of a configurable product that came before it.
func (m *magento) join(owner *group, sku string) {
	single := m.newGroup(sku)
	single.titled, single.head, single.lines = true, m.table.row(), []int64{m.table.row()}
	m.product(single)
	m.offer(single)
	m.adopt(owner, single, owner.wants[slices.IndexFunc(owner.wants, func(w wanted) bool { return w.sku == sku })])
	m.room.keep(owner)
}

// adopt makes a simple product a variant.
func (m *magento) adopt(g, single *group, want wanted) {
	g.wants[slices.IndexFunc(g.wants, func(w wanted) bool { return w.sku == want.sku })].found = true
	g.lines, g.refusals = append(g.lines, single.lines...), append(g.refusals, single.refusals...)
	m.room.leave(single)
	m.room.call(g, takenName(want.sku))
	if single.lost > 0 || single.dead || len(single.p.Variants) == 0 {
		g.lost, g.p.Incomplete = single.p.Row, true
		return
	}
	v := single.p.Variants[0]
	if single.off {
		g.p.Incomplete = true
		g.refuse(v.Row, m.online.name, "", "says that this variant is disabled; it was left out")
		return
	}
	c := &variantCells{table: m.table, g: g, v: v}
	for _, option := range want.options {
		c.choose(m.variations, option.name, option.value)
	}
	for _, image := range single.p.Images {
		g.image(v.Row, m.base.name, image.Source, "", image.Alt)
	}
	c.add()
}

// translation reads a row for a store view.
func (m *magento) translation(sku string) {
	tag, reason := locale(m.cell(m.view))
	if reason != "" {
		m.refuseOf(sku, m.view, m.cell(m.view), reason+", so nobody knows the language of this row's texts; name the store view by it")
		return
	}
	if g := m.room.names[sku]; g != nil && g.hidden || m.room.first(takenName(sku)) > 0 {
		return // variants have no texts of their own
	}
	g := m.room.find(sku)
	if g == nil {
		return
	}
	t := Translation{Locale: tag, Slug: Slug(m.cell(m.slug), maxSlug)}
	read := func(c column, clean func(string, int) (string, string), limit int, into *string) {
		var reason string
		if *into, reason = clean(m.cell(c), limit); reason != "" {
			g.refuse(m.table.row(), c.name, m.cell(c), reason+"; the translation was taken without it")
		}
	}
	read(m.name, bareTitle, maxName, &t.Name)
	read(m.body, paragraphs, maxDescription, &t.Description)
	read(m.seoTitle, title, maxName, &t.SEOTitle)
	read(m.seoDescription, title, maxAttribute, &t.SEODescription)
	switch {
	case slices.ContainsFunc(g.p.Translations, func(other Translation) bool { return other.Locale == tag }):
		g.refuse(m.table.row(), m.view.name, m.cell(m.view), "is a language in which the product is described in another row already")
	case t.Name+t.Description+t.Slug+t.SEOTitle+t.SEODescription != "":
		g.p.Translations = append(g.p.Translations, t)
	}
	m.room.keep(g)
}

// settle puts variants in the order in which their product names them, and names those that the file lacks.
func (m *magento) settle(g *group) {
	if len(g.wants) == 0 {
		if g.hidden && g.p.Continues == 0 {
			g.refuseProduct(g.p.Row, m.visibility.name, "Not Visible Individually", "says that this is a variant only, and no configurable product of the file names it")
		}
		return
	}
	order := map[string]int{}
	for i, want := range g.wants {
		order[want.sku] = i
		if !want.found {
			g.refuseVariant(want.row, m.variations.name, want.sku, "is named as a variant, but the file has no such product, or has it as one of its own")
		}
	}
	slices.SortStableFunc(g.p.Variants, func(a, b Variant) int { return order[a.SKU] - order[b.SKU] })
}
