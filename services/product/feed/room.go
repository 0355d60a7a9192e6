package feed

import (
	"fmt"
	"slices"
)

// room holds products whose parts stand apart in the file: variants before what they are variants of or long after, prices in other
// currencies, translations. It is bounded: when it is full, those that came first are handed on, and what follows of them later continues
// them.
type room struct {
	t     *table
	names map[string]*group // by all that rows call a product
	queue []*group
	size  int
	gone  map[string]int64 // the first rows of products that were handed on, by their names
	by    column           // where rows say to which product they belong
	// settle makes a product of what was collected, before it is checked.
	settle func(*group)
}

func newRoom(t *table, by column, settle func(*group)) *room {
	return &room{t: t, names: map[string]*group{}, gone: map[string]int64{}, by: by, settle: settle}
}

// find returns the product that rows call by one of these names, those of its parts that stand first put together; or a new one for the row's
// part of it. The row becomes one of its rows. It is nil when the product has too many, and the row is refused.
func (r *room) find(names ...string) *group {
	var g *group
	for _, name := range names {
		other := r.names[name]
		switch {
		case other == nil || other == g:
		case g == nil:
			g = other
		default:
			r.absorb(g, other)
		}
	}
	if g == nil {
		g = r.t.newGroup(names[0])
		for _, name := range names {
			if row := r.gone[name]; row > 0 {
				g.p.Continues = row
			}
		}
		r.queue = append(r.queue, g)
	}
	if len(g.lines) >= maxGroupRows {
		r.t.refuseOf(g.p.Key, column{}, "", fmt.Sprintf("This row was not taken: its product has more than %d rows.", maxGroupRows))
		g.p.Incomplete = true
		return nil
	}
	g.lines = append(g.lines, r.t.row())
	r.call(g, names...)
	return g
}

// call adds names for a product.
func (r *room) call(g *group, names ...string) {
	for _, name := range names {
		if r.names[name] == nil {
			r.names[name] = g
			g.names = append(g.names, name)
		}
	}
}

// absorb puts two parts of one product together that rows called by different names.
func (r *room) absorb(g, other *group) {
	for _, option := range other.p.Options {
		known := slices.ContainsFunc(g.p.Options, func(o Option) bool { return o.Name == option.Name })
		if !known && len(g.p.Options) < maxOptions {
			g.p.Options = append(g.p.Options, option)
		}
	}
	for _, v := range other.p.Variants {
		v.OptionValues = aligned(v.OptionValues, other.p.Options, g.p.Options)
		g.p.Variants = append(g.p.Variants, v)
	}
	g.refusals, g.lines = append(g.refusals, other.refusals...), append(g.lines, other.lines...)
	g.p.Incomplete, g.lost = g.p.Incomplete || other.p.Incomplete, max(g.lost, other.lost)
	r.leave(other)
	r.call(g, other.names...)
}

// leave takes a product out of the room.
func (r *room) leave(g *group) {
	for _, name := range g.names {
		if r.names[name] == g {
			delete(r.names, name)
		}
	}
	r.size -= g.cost
	g.left = true
}

// keep counts what a product has grown by, and hands the first ones on when the room is full.
func (r *room) keep(g *group) {
	p := &g.p
	cost := 500 + len(p.Description) + 400*len(p.Variants) + 200*(len(p.Images)+len(g.refusals)) + 100*(len(p.Attributes)+len(p.Tags)+len(p.Related)) + 16*len(g.lines)
	for _, t := range p.Translations {
		cost += 100 + len(t.Description)
	}
	r.size += cost - g.cost
	g.cost = cost
	for r.size > maxHeld {
		r.handOn()
	}
}

// handOn hands the product on whose first row came first.
func (r *room) handOn() {
	g := r.queue[0]
	r.queue[0] = nil
	r.queue = r.queue[1:]
	if g.left {
		return
	}
	r.leave(g)
	if g.p.Continues == 0 {
		for _, name := range g.names {
			r.gone[name] = g.p.Row
		}
	}
	r.t.emit(r.finished(g))
}

// finished makes an item of what was collected of a product.
func (r *room) finished(g *group) Item {
	g.p.Incomplete = g.p.Incomplete || r.t.lost
	switch {
	case g.dead:
	case !g.titled && g.p.Continues == 0:
		g.dead = true
		for _, row := range g.lines {
			g.refuse(row, r.by.name, g.p.Key, "is the name of a product that no row of the file describes; hand in both together")
		}
	default:
		r.settle(g)
	}
	return r.t.finished(g)
}

// close hands on what is left.
func (r *room) close() {
	for len(r.queue) > 0 {
		r.handOn()
	}
}

// first returns the row of the product that has this name already; zero for none.
func (r *room) first(name string) int64 {
	if g := r.names[name]; g != nil && g.titled {
		return g.head
	}
	return r.gone[name]
}

// related adds other products that this one names.
func (g *group) related(names []string) {
	for _, name := range names {
		text, reason := code(name, maxSKU)
		if reason == "" && text != "" && len(g.p.Related) < maxRelated && !slices.Contains(g.p.Related, text) {
			g.p.Related = append(g.p.Related, text)
		}
	}
}
