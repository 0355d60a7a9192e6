package feed

import (
	"fmt"
	"slices"
)

const (
	maxGroups  = 100_000 // of one catalogue
	maxWaiting = 200_000 // lines that put products into groups before the products are known
)

// bmeGroups are a catalogue's groups, each with the one above it.
type bmeGroups struct {
	groups  map[string]bmeGroup
	waiting map[string][]string // groups of products that are yet to come
	lines   int
}

type bmeGroup struct {
	name, parent string
	root         bool
}

func newBMEGroups() bmeGroups {
	return bmeGroups{groups: map[string]bmeGroup{}, waiting: map[string][]string{}}
}

// add keeps a group. The root is the catalogue itself and no category.
func (g *bmeGroups) add(e *element, language string) (reason string) {
	id, reason := line(e.child("GROUP_ID").text(), maxKey)
	if reason == "" && id == "" {
		reason = "is missing"
	}
	if reason != "" {
		return "The GROUP_ID of this group " + reason + "."
	}
	parent, _ := line(e.child("PARENT_ID").text(), maxKey)
	own, _ := inLanguages(e.all("GROUP_NAME"), language)
	name, reason := title(own, maxCategory)
	switch {
	case reason != "":
		return "The GROUP_NAME of this group " + reason + "."
	case len(g.groups) == maxGroups:
		return fmt.Sprintf("This group is one more than %d; its products have no category.", maxGroups)
	}
	g.groups[id] = bmeGroup{name: name, parent: parent, root: e.attr("type") == "root"}
	return ""
}

// path returns the names from the root down to a group.
func (g *bmeGroups) path(id string) (names []string, reason string) {
	if _, known := g.groups[id]; !known {
		return nil, "This line puts a product into a group that the file does not list."
	}
	for range maxDepth + 1 {
		group, known := g.groups[id]
		if !known || group.root {
			slices.Reverse(names)
			return names, ""
		}
		names = append(names, group.name)
		id = group.parent
	}
	return nil, fmt.Sprintf("This line puts a product into a group that is more than %d levels deep, or stands above itself.", maxDepth)
}

// wait keeps the group of a product that is yet to come, as far as there is room.
func (g *bmeGroups) wait(key, group string) bool {
	if g.lines++; g.lines > maxWaiting {
		return false
	}
	g.waiting[key] = append(g.waiting[key], group)
	return true
}

// arrived returns the groups in which a product was put before it came.
func (g *bmeGroups) arrived(key string) []string {
	ids := g.waiting[key]
	delete(g.waiting, key)
	return ids
}
