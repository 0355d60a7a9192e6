package product

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

func (s *shop) createCategory(name, parent string) *productv1.Category {
	s.t.Helper()
	answer, err := s.CreateCategory(asStaff(s.t.Context()), &productv1.CreateCategoryRequest{Category: &productv1.Category{Name: name, ParentId: parent}})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetCategory()
}

func (s *shop) move(c *productv1.Category, parent, before string) (*productv1.Category, error) {
	answer, err := s.MoveCategory(asStaff(s.t.Context()), &productv1.MoveCategoryRequest{Id: c.GetId(), ParentId: parent, BeforeId: before, ExpectedVersion: c.GetVersion()})
	return answer.GetCategory(), err
}

// refreshed waits until products are in line with categories.
func (s *shop) refreshed() {
	s.t.Helper()
	for more := true; more; {
		answer, err := s.RefreshCategoryProducts(s.t.Context(), &productv1.RefreshCategoryProductsRequest{})
		if err != nil {
			s.t.Fatal(err)
		}
		more = answer.GetMore()
	}
}

// tree lists the categories as paths in their order, depth first.
func (s *shop) tree(parent string) (paths []string) {
	s.t.Helper()
	req := &productv1.ListCategoriesRequest{ParentId: parent, PageSize: 2}
	for {
		answer, err := s.ListCategories(s.seeing(), req)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, c := range answer.GetCategories() {
			paths = append(paths, strings.Join(c.GetPath(), "/"))
			if below := s.tree(c.GetId()); (len(below) > 0) != c.GetHasChildren() {
				s.t.Errorf("%s says %v of what is below it", c.GetName(), c.GetHasChildren())
			} else {
				paths = append(paths, below...)
			}
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return paths
		}
	}
}

func names(p *productv1.Product) string {
	var names []string
	for _, c := range p.GetCategories() {
		names = append(names, c.GetName())
	}
	return strings.Join(names, "/")
}

// A category moves with all below it, and its products with them; it never comes below itself.
func TestMoveCategory(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs) // Kitchen/Mugs
	tableware := s.createCategory("Tableware", "")
	mugs := s.products()["moss"].GetCategories()[1]
	small := s.createCategory("Small", mugs.GetId())
	p := mug("Espresso")
	p.Categories = []*productv1.CategoryRef{{Id: small.GetId()}}
	p = s.create(asStaff(t.Context()), p)
	moved, err := s.move(&productv1.Category{Id: mugs.GetId(), Version: 1}, tableware.GetId(), "")
	if err != nil {
		t.Fatal(err)
	}
	s.refreshed()
	if got := strings.Join(s.tree(""), " "); got != "Kitchen Tableware Tableware/Mugs Tableware/Mugs/Small" {
		t.Errorf("tree %s", got)
	}
	all := s.products()
	if names(all["moss"]) != "Tableware/Mugs" || names(all[p.GetKey()]) != "Tableware/Mugs/Small" || all["moss"].GetVersion() != 2 {
		t.Errorf("moss %s, espresso %s", names(all["moss"]), names(all[p.GetKey()]))
	}
	if len(all["moss"].GetStaffFields()) != 0 {
		t.Error("moving a category took its products from feeds")
	}
	if _, err := s.move(moved, small.GetId(), ""); fieldsOf(err) != "parent_id" {
		t.Errorf("below itself: %v", err)
	}
	if _, err := s.move(&productv1.Category{Id: mugs.GetId(), Version: 1}, "", ""); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("stale: %v", err)
	}

	// Two that are moved below each other at once do not make a ring.
	a, b := s.createCategory("A", ""), s.createCategory("B", "")
	var wait sync.WaitGroup
	wait.Go(func() { _, _ = s.move(a, b.GetId(), "") })
	wait.Go(func() { _, _ = s.move(b, a.GetId(), "") })
	wait.Wait()
	if tree := s.tree(""); !slices.Contains(tree, "A/B") && !slices.Contains(tree, "B/A") || len(tree) != 6 {
		t.Errorf("tree %v", tree)
	}
}

// Neighbours stand as staff put them.
func TestOrderCategories(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var made []*productv1.Category
	for i := range 5 {
		made = append(made, s.createCategory(fmt.Sprint(i), ""))
	}
	if _, err := s.move(made[4], "", made[1].GetId()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.move(made[0], "", ""); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.tree(""), " "); got != "4 1 2 3 0" {
		t.Errorf("order %s", got)
	}
	all, err := s.ListCategories(s.seeing(), &productv1.ListCategoriesRequest{All: true})
	if err != nil || len(all.GetCategories()) != 5 || all.GetCategories()[0].GetName() != "0" {
		t.Errorf("all %v %v", all, err)
	}
}

// A renamed category keeps its old address as a way to it, and imports go on finding it by its new path.
func TestUpdateCategory(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	kitchen := s.products()["moss"].GetCategories()[0]
	s.createCategory("Garden", "")
	staff := asStaff(t.Context())
	change := func(c *productv1.Category, fields ...string) (*productv1.Category, error) {
		answer, err := s.UpdateCategory(staff, &productv1.UpdateCategoryRequest{Category: c, ExpectedVersion: c.GetVersion(), UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}})
		return answer.GetCategory(), err
	}
	got, err := s.GetCategory(s.seeing(), &productv1.GetCategoryRequest{Id: kitchen.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	c := got.GetCategory()
	c.Name, c.Slug, c.Description, c.Hidden = "Cooking", "cooking", "All for the stove.", true
	if c, err = change(c, "name", "slug", "description", "hidden"); err != nil {
		t.Fatal(err)
	}
	s.refreshed()
	if c.GetVersion() != 2 || !slices.Equal(c.GetOldSlugs(), []string{"kitchen"}) || names(s.products()["moss"]) != "Cooking/Mugs" {
		t.Errorf("category %v, product in %s", c, names(s.products()["moss"]))
	}
	s.mustSync(strings.ReplaceAll(strings.ReplaceAll(twoMugs, `"Kitchen"`, `"cooking"`), "9 cm", "10 cm"))
	if tree := strings.Join(s.tree(""), " "); tree != "Cooking Cooking/Mugs Garden" && tree != "Garden Cooking Cooking/Mugs" {
		t.Errorf("tree %s", tree)
	}
	c.Slug = "garden"
	_, err = change(c, "slug")
	if detail, _ := rpc.Detail[*productv1.ProductProblems](err); fieldsOf(err) != "slug" || detail.GetFreeSlug() == "" {
		t.Errorf("taken: %v", err)
	}
	c.Slug, c.Name = "cooking", "Garden"
	if _, err = change(c, "name"); fieldsOf(err) != "name" {
		t.Errorf("name taken: %v", err)
	}
}

// The products of a category that is deleted go where staff say, and are found nowhere else.
func TestDeleteCategory(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	staff := asStaff(t.Context())
	cups := s.createCategory("Cups", s.createCategory("Bar", "").GetId())
	moss := s.products()["moss"]
	kitchen, mugs := moss.GetCategories()[0].GetId(), moss.GetCategories()[1].GetId()
	if _, err := s.DeleteCategory(staff, &productv1.DeleteCategoryRequest{Id: kitchen}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("with some below: %v", err)
	}
	for range 2 {
		if _, err := s.DeleteCategory(staff, &productv1.DeleteCategoryRequest{Id: mugs, MoveProductsToId: cups.GetId()}); err != nil {
			t.Fatal(err)
		}
	}
	s.refreshed()
	got := s.products()["moss"]
	if names(got) != "Kitchen/Bar/Cups" || s.number("select count(*) from products where category_ids @> array[$1::uuid]", mugs) != 0 {
		t.Errorf("in %s", names(got))
	}
}
