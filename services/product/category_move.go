package product

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// mostNeighbours is how many categories may stand side by side to be put in order.
const mostNeighbours = 2_000

// MoveCategory moves a category in the tree and among its neighbours.
func (s *Service) MoveCategory(ctx context.Context, req *productv1.MoveCategoryRequest) (*productv1.MoveCategoryResponse, error) {
	moved, err := s.inTree(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Category, error) {
		before, err := categoryOf(ctx, tx, req.GetId(), req.GetExpectedVersion())
		if err != nil {
			return nil, err
		}
		var found problems
		was, err := lineOf(ctx, tx, before.GetParentId(), "parent_id", &found)
		if err != nil {
			return nil, err
		}
		is, err := lineOf(ctx, tx, req.GetParentId(), "parent_id", &found)
		if err != nil {
			return nil, err
		}
		height, err := queries.GetCategoryHeight(ctx, tx, req.GetId())
		if err != nil {
			return nil, fmt.Errorf("get category height: %w", err)
		}
		switch {
		case slices.Contains(is.ids, req.GetId()):
			found.add("parent_id", "is the category itself or one below it")
		case len(is.ids)+int(height) > feed.MaxDepth:
			found.add("parent_id", fmt.Sprintf("is too deep: there may be %d levels", feed.MaxDepth))
		}
		if err := found.err(); err != nil {
			return nil, err
		}
		after := proto.CloneOf(before)
		after.ParentId = req.GetParentId()
		left := slices.DeleteFunc(was.ids, func(c string) bool { return slices.Contains(is.ids, c) })
		moved, err := s.changeCategory(ctx, tx, before, after, left)
		if err != nil {
			return nil, err
		}
		if err := order(ctx, tx, moved, req.GetBeforeId()); err != nil {
			return nil, err
		}
		return loadCategory(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.MoveCategoryResponse{Category: moved}, nil
}

// order puts a category before one of its neighbours, or at their end.
func order(ctx context.Context, tx pgx.Tx, c *productv1.Category, before string) error {
	parent := c.GetParentId()
	if parent == "" {
		parent = lowestID
	}
	rows, err := queries.ListCategoriesBelow(ctx, tx, productdb.ListCategoriesBelowParams{ParentID: parent, AfterPosition: -1, AfterID: lowestID, PageSize: mostNeighbours + 1})
	if err != nil {
		return fmt.Errorf("list neighbours: %w", err)
	}
	if len(rows) > mostNeighbours {
		return rpc.FailedPrecondition(fmt.Sprintf("more than %d categories stand side by side; they cannot be put in order", mostNeighbours))
	}
	var ids []string
	for _, row := range rows {
		if row.ID == before {
			ids = append(ids, c.GetId())
		}
		if row.ID != c.GetId() {
			ids = append(ids, row.ID)
		}
	}
	switch {
	case before == c.GetId():
		return nil // it stands where it shall
	case before == "":
		ids = append(ids, c.GetId())
	case !slices.Contains(ids, c.GetId()):
		return refused(problem("before_id", "is not one of its neighbours"))
	}
	return queries.OrderCategories(ctx, tx, ids)
}

// DeleteCategory removes a category at once, and takes it from its products in the background.
func (s *Service) DeleteCategory(ctx context.Context, req *productv1.DeleteCategoryRequest) (*productv1.DeleteCategoryResponse, error) {
	_, err := s.inTree(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Category, error) {
		found, err := categoryOf(ctx, tx, req.GetId(), req.GetExpectedVersion())
		if errors.Is(err, errNoCategory) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if found.GetHasChildren() {
			return nil, rpc.FailedPrecondition("there are categories below this one; delete or move these first")
		}
		var wrong problems
		to, err := lineOf(ctx, tx, req.GetMoveProductsToId(), "move_products_to_id", &wrong)
		if err != nil {
			return nil, err
		}
		if slices.Contains(to.ids, req.GetId()) {
			wrong.add("move_products_to_id", "is the category that is deleted")
		}
		if err := wrong.err(); err != nil {
			return nil, err
		}
		if err := queries.DeleteCategory(ctx, tx, req.GetId()); err != nil {
			return nil, fmt.Errorf("delete category: %w", err)
		}
		err = queries.AddCategoryWork(ctx, tx, productdb.AddCategoryWorkParams{
			ID: id.New(), CategoryID: req.GetId(), RemovedIds: []string{req.GetId()}, AddedID: orNull(req.GetMoveProductsToId()),
		})
		return found, err
	})
	if err != nil {
		return nil, err
	}
	return &productv1.DeleteCategoryResponse{}, nil
}

// RefreshCategoryProducts does the next batch of the oldest work that changed categories left.
func (s *Service) RefreshCategoryProducts(ctx context.Context, _ *productv1.RefreshCategoryProductsRequest) (*productv1.RefreshCategoryProductsResponse, error) {
	more, err := inEdit(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (bool, error) {
		work, err := queries.TakeCategoryWork(ctx, tx)
		if postgres.IsNoRows(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		ids, err := queries.ListCategoryWorkProducts(ctx, tx, productdb.ListCategoryWorkProductsParams{CategoryID: work.CategoryID, AfterID: work.AfterID, PageSize: eventSize})
		if err != nil {
			return false, err
		}
		if len(ids) == 0 {
			return true, queries.EndCategoryWork(ctx, tx, work.ID)
		}
		if err := s.refile(ctx, tx, work, ids); err != nil {
			return false, err
		}
		return true, queries.SaveCategoryWork(ctx, tx, productdb.SaveCategoryWorkParams{ID: work.ID, AfterID: ids[len(ids)-1]})
	})
	if err != nil {
		return nil, fmt.Errorf("refresh category products: %w", err)
	}
	return &productv1.RefreshCategoryProductsResponse{More: more}, nil
}

// refile takes products out of categories, but for those that stand above others of theirs, and puts them where these stand now.
func (s *Service) refile(ctx context.Context, tx pgx.Tx, work productdb.ProductCategoryWork, ids []string) error {
	found, err := lock(ctx, tx, ids)
	if err != nil {
		return err
	}
	if len(work.RemovedIds) == 0 && work.AddedID == nil { // what they show of the category changed
		if err := queries.RaiseVersions(ctx, tx, productdb.RaiseVersionsParams{Ids: ids, Now: clock.Now()}); err != nil {
			return fmt.Errorf("raise versions: %w", err)
		}
		return tellChanged(ctx, tx, ids)
	}
	var edits []*edit
	for _, before := range found {
		e := &edit{before: before, after: proto.CloneOf(before), mask: []string{"categories"}}
		e.after.Categories = slices.DeleteFunc(e.after.GetCategories(), func(c *productv1.CategoryRef) bool { return slices.Contains(work.RemovedIds, c.GetId()) })
		if work.AddedID != nil {
			e.after.Categories = append(e.after.Categories, &productv1.CategoryRef{Id: *work.AddedID})
		}
		edits = append(edits, e)
	}
	if err := s.checkCategories(ctx, tx, edits); err != nil {
		return err
	}
	for _, e := range edits {
		e.changed = []string{"categories"}
	}
	return s.save(ctx, tx, edits)
}
