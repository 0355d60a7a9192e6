package catalog

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	treeKey = "catalog:tree"
	// treeLife is how long a change may be missed whose news was lost with its process; all others bury the tree.
	treeLife = 30 * time.Second
)

// treeRows is what the tree is made of.
type treeRows struct {
	Categories []catalogdb.ListCategoriesRow
	Texts      []catalogdb.ListCategoryTextsRow
	Products   int32
}

var treeCodec = cache.JSON[treeRows](5)

// deepest bounds paths, so that categories that stand in each other end somewhere.
const deepest = 20

// tree is the shop's categories and collections in one language. It is shared and never changed.
type tree struct {
	everything  *shelf
	bySlug      map[address]*shelf
	byID        map[string]*shelf
	listed      []*catalogv1.Category
	collections []*catalogv1.Collection
}

// trail is a product's way from the root as shoppers may see it, with the names and addresses that its categories have by now.
func (t *tree) trail(stored []*catalogv1.Category) []*catalogv1.Category {
	var trail []*catalogv1.Category
	for _, category := range stored {
		known := t.byID[category.GetId()]
		if known == nil {
			known = &shelf{category: category}
		}
		if known.seen() != nil {
			break // what is below is hidden with it
		}
		trail = append(trail, &catalogv1.Category{
			Id: known.category.GetId(), Slug: known.category.GetSlug(), Name: known.category.GetName(), ParentId: known.category.GetParentId(),
		})
	}
	return trail
}

// categories is the tree in a language.
func (s *Service) categories(ctx context.Context, texts language) (*tree, error) {
	return s.tree.get(ctx, texts.locale, func(ctx context.Context) (*tree, error) {
		rows, _, err := cache.Get(ctx, s.cfg.Cache, treeKey, treeLife, treeCodec, s.readTree)
		if err != nil {
			return nil, err
		}
		return grow(rows, rows.speak(texts, s.languages))
	})
}

func (s *Service) readTree(ctx context.Context) (rows treeRows, found bool, err error) {
	rows.Categories, err = queries.ListCategories(ctx, s.cfg.DB.Read(ctx))
	if err != nil {
		return rows, false, fmt.Errorf("list categories: %w", err)
	}
	if len(s.languages) > 0 {
		if rows.Texts, err = queries.ListCategoryTexts(ctx, s.cfg.DB.Read(ctx)); err != nil {
			return rows, false, fmt.Errorf("list texts of categories: %w", err)
		}
	}
	rows.Products, err = queries.GetCount(ctx, s.cfg.DB.Read(ctx), allProducts)
	if err != nil && !postgres.IsNoRows(err) {
		return rows, false, fmt.Errorf("count products: %w", err)
	}
	return rows, true, nil
}

// buryTree makes every process read the tree anew, from a server that has replayed lsn. While the cache cannot be told, it is not asked
// either.
func (s *Service) buryTree(ctx context.Context, lsn postgres.LSN) {
	if err := s.cfg.Cache.Invalidate(ctx, lsn, treeKey); err != nil {
		slog.WarnContext(ctx, "the cache is told later that categories changed", "error", err)
	}
	s.tree.drop("")
	for _, language := range s.languages {
		s.tree.drop(language.locale)
	}
}

// grow makes the tree of rows. Of two categories with one slug, the one that was heard of last has it, unless it is gone.
func grow(rows treeRows, spoken spoken) (*tree, error) {
	t := &tree{
		everything: &shelf{id: allProducts, products: rows.Products},
		bySlug:     make(map[address]*shelf, len(rows.Categories)), byID: make(map[string]*shelf, len(rows.Categories)),
	}
	slices.SortFunc(rows.Categories, func(a, b catalogdb.ListCategoriesRow) int { return cmp.Compare(a.Ticket, b.Ticket) })
	for _, row := range rows.Categories {
		own := address{row.Kind, row.Slug}
		spoken.translate(&row)
		one, err := newShelf(row, spoken.addresses[row.CategoryID])
		if err != nil {
			return nil, err
		}
		t.byID[row.CategoryID] = one
		for _, at := range []address{own, {row.Kind, row.Slug}} { // a translated one that is another's own was given up
			if row.State != categoryGone || t.bySlug[at] == nil {
				t.bySlug[at] = one
			}
		}
	}
	t.hide()
	t.connect()
	t.sort(spoken)
	return t, nil
}

// newShelf is a category or a collection that is not connected with others yet.
func newShelf(row catalogdb.ListCategoriesRow, addresses []*catalogv1.Address) (*shelf, error) {
	one := &shelf{id: row.CategoryID, products: row.Products, state: row.State, described: row.Described}
	var picture *catalogv1.Picture
	if row.Card != nil {
		card := new(catalogv1.Card)
		if err := proto.Unmarshal(row.Card, card); err != nil {
			return nil, fmt.Errorf("read a card: %w", err)
		}
		picture = card.GetPicture()
	}
	if row.Kind == kindCollection {
		one.byHand = row.ByHand
		one.collection = &catalogv1.Collection{
			Id: row.CategoryID, Slug: row.Slug, Name: row.Name, ProductCount: row.Products, Picture: picture, SeoTitle: row.SeoTitle,
			SeoDescription: row.SeoDescription, HomePosition: row.HomePosition, Addresses: addresses,
		}
		return one, nil
	}
	one.category = &catalogv1.Category{
		Id: row.CategoryID, Slug: row.Slug, Name: row.Name, ProductCount: row.Products, Picture: picture, SeoTitle: row.SeoTitle,
		SeoDescription: row.SeoDescription, Addresses: addresses,
	}
	if row.ParentID != nil {
		one.category.ParentId = *row.ParentID
	}
	return one, nil
}

// hide hides what stands below a category that is not shown.
func (t *tree) hide() {
	for _, s := range t.byID {
		above := s
		for range deepest {
			if above = t.byID[above.category.GetParentId()]; above == nil {
				break
			}
			if above.state != categoryShown && s.state == categoryShown {
				s.state = categoryHidden
			}
		}
	}
}

// connect tells each category which stand above and below it, and lists what shoppers can see and has products.
func (t *tree) connect() {
	for _, s := range t.byID {
		if s.collection != nil {
			if s.products > 0 && s.state == categoryShown {
				t.collections = append(t.collections, s.collection)
			}
			continue
		}
		above := t.byID[s.category.GetParentId()]
		if s.products > 0 && s.state == categoryShown {
			t.listed = append(t.listed, s.category)
			switch {
			case above == nil:
				t.everything.below = append(t.everything.below, s.category)
			case above != s:
				above.below = append(above.below, s.category)
			}
		}
		for ; above != nil && len(s.above) < deepest; above = t.byID[above.category.GetParentId()] {
			s.above = append(s.above, above.category)
		}
		slices.Reverse(s.above)
	}
}

// sort puts everything that is listed in the order of the language, roots first.
func (t *tree) sort(spoken spoken) {
	ordered := byName[*catalogv1.Category](spoken)
	for _, s := range t.byID {
		slices.SortFunc(s.below, ordered)
	}
	slices.SortFunc(t.everything.below, ordered)
	slices.SortFunc(t.collections, byName[*catalogv1.Collection](spoken))
	slices.SortFunc(t.listed, func(a, b *catalogv1.Category) int {
		if isRoot := a.GetParentId() == ""; isRoot != (b.GetParentId() == "") {
			if isRoot {
				return -1
			}
			return 1
		}
		return ordered(a, b)
	})
}

// called is what has a name and an identity.
type called interface {
	GetName() string
	GetId() string
}
