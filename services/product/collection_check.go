package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// tidyCollection cleans what is said of a collection and names all that is wrong.
func tidyCollection(ctx context.Context, tx pgx.Tx, c *productv1.Collection, ownSlug string) error {
	var found problems
	found.line("name", feed.MaxName, &c.Name)
	if c.GetName() == "" {
		found.add("name", "is missing; a collection needs a name")
	}
	found.text("description", feed.Paragraphs, feed.MaxDescription, &c.Description)
	found.line("seo_title", feed.MaxName, &c.SeoTitle)
	found.line("seo_description", feed.MaxAttribute, &c.SeoDescription)
	found.tidyTranslations(c.GetTranslations())
	if c.GetHomePosition() < 0 || c.GetHomePosition() > lastHomePosition {
		found.add("home_position", fmt.Sprintf("is not a row of the home page; these are 1 to %d, and 0 is none", lastHomePosition))
	}
	if c.GetRule() != nil {
		found.tidyRule(c.GetRule())
	}
	if clean := feed.Slug(c.GetSlug(), feed.MaxSlug); clean != c.GetSlug() {
		found.freeSlug = clean
		found.add("slug", "may hold lower-case letters, digits and single dashes, such as "+clean)
		return found.err()
	}
	if c.GetSlug() == ownSlug && ownSlug != "" {
		return found.err()
	}
	wishes := (&edit{after: &productv1.Product{Id: c.GetId(), Slug: c.GetSlug(), Name: c.GetName()}}).slugs()
	taken, err := queries.ListTakenCollectionSlugs(ctx, tx, wishes)
	if err != nil {
		return fmt.Errorf("list taken collection slugs: %w", err)
	}
	free := slices.DeleteFunc(wishes, func(slug string) bool { return slices.Contains(taken, slug) })
	switch {
	case c.GetSlug() == "":
		c.Slug = free[0]
	case free[0] != c.GetSlug():
		found.freeSlug = free[0]
		found.add("slug", "is the address of another collection; "+free[0]+" is free")
	}
	return found.err()
}

// lastHomePosition is the last row of the home page that a collection may take.
const lastHomePosition = 20
