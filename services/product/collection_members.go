package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// mostChosen is how many products a collection without a rule holds: staff put them in order.
const mostChosen = 5_000

// membersPage is the product that the page before ended with.
type membersPage struct {
	Position int32  `json:"p"`
	ID       string `json:"i"`
}

// ListCollectionProducts pages through a collection's products.
func (s *Service) ListCollectionProducts(ctx context.Context, req *productv1.ListCollectionProductsRequest) (*productv1.ListCollectionProductsResponse, error) {
	db := s.cfg.DB.Read(ctx)
	if _, err := getCollection(ctx, db, req.GetId()); err != nil {
		return nil, err
	}
	page := membersPage{Position: -1, ID: lowestID}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	if !id.Valid(page.ID) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	rows, err := queries.ListMembers(ctx, db, productdb.ListMembersParams{
		CollectionID: req.GetId(), AfterPosition: page.Position, AfterID: page.ID, PageSize: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	answer := &productv1.ListCollectionProductsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(membersPage{rows[size-1].Position, rows[size-1].ProductID})
	}
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.ProductID)
	}
	answer.Products, err = s.loadInOrder(ctx, ids)
	return answer, err
}

// loadInOrder returns the products that exist in the order of the ids.
func (s *Service) loadInOrder(ctx context.Context, ids []string) ([]*productv1.Product, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	loaded, err := s.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(loaded, func(a, b *productv1.Product) int { return slices.Index(ids, a.GetId()) - slices.Index(ids, b.GetId()) })
	return loaded, nil
}

// ChangeCollectionProducts arranges the products of a collection that has no rule.
func (s *Service) ChangeCollectionProducts(ctx context.Context, req *productv1.ChangeCollectionProductsRequest) (*productv1.ChangeCollectionProductsResponse, error) {
	count, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int32, error) {
		c, err := lockCollection(ctx, tx, req.GetId(), 0)
		if err != nil {
			return 0, err
		}
		if c.GetRule() != nil {
			return 0, rpc.FailedPrecondition("this collection gathers its products by a rule; change that, or take it away first")
		}
		rows, err := queries.ListMembers(ctx, tx, productdb.ListMembersParams{CollectionID: req.GetId(), AfterPosition: -1, AfterID: lowestID, PageSize: mostChosen + eventSize})
		if err != nil {
			return 0, fmt.Errorf("list members: %w", err)
		}
		var was []string
		for _, row := range rows {
			was = append(was, row.ProductID)
		}
		is, err := arrange(was, req)
		if err != nil {
			return 0, err
		}
		if err := place(ctx, tx, req.GetId(), was, is); err != nil {
			return 0, err
		}
		return queries.CountMembers(ctx, tx, productdb.CountMembersParams{CollectionID: req.GetId(), CountLimit: mostMembersCounted})
	})
	if err != nil {
		return nil, err
	}
	return &productv1.ChangeCollectionProductsResponse{ProductCount: count}, nil
}

// arrange is the order of products after a change.
func arrange(was []string, req *productv1.ChangeCollectionProductsRequest) ([]string, error) {
	var put []string
	for _, p := range req.GetPutIds() {
		if !slices.Contains(put, p) {
			put = append(put, p)
		}
	}
	is := slices.DeleteFunc(slices.Clone(was), func(p string) bool { return slices.Contains(put, p) || slices.Contains(req.GetRemoveIds(), p) })
	at := len(is)
	if req.GetBeforeId() != "" {
		if at = slices.Index(is, req.GetBeforeId()); at < 0 {
			return nil, refused(problem("before_id", "is not a product of this collection, or one that is moved itself"))
		}
	}
	is = slices.Insert(is, at, put...)
	if len(is) > mostChosen && len(is) > len(was) {
		return nil, rpc.FailedPrecondition(fmt.Sprintf("a collection without a rule holds at most %d products", mostChosen))
	}
	return is, nil
}

// place stores an order and tells of the products that came, went or moved.
func place(ctx context.Context, tx pgx.Tx, collection string, was, is []string) error {
	var gone productdb.RemoveMembershipsParams
	var touched []string
	for _, p := range was {
		if !slices.Contains(is, p) {
			gone.CollectionIds, gone.ProductIds = append(gone.CollectionIds, collection), append(gone.ProductIds, p)
		}
	}
	for i, p := range is {
		if i >= len(was) || was[i] != p {
			touched = append(touched, p)
		}
	}
	if len(gone.ProductIds) > 0 {
		if err := queries.RemoveMemberships(ctx, tx, gone); err != nil {
			return fmt.Errorf("remove memberships: %w", err)
		}
	}
	if len(touched) > 0 {
		if err := queries.PlaceMembers(ctx, tx, productdb.PlaceMembersParams{CollectionID: collection, ProductIds: is}); err != nil {
			return fmt.Errorf("place members: %w", err)
		}
	}
	return tellMembers(ctx, tx, slices.Concat(gone.ProductIds, touched))
}

// tellMembers publishes that products came to collections or left them.
func tellMembers(ctx context.Context, tx pgx.Tx, products []string) error {
	slices.Sort(products)
	for some := range slices.Chunk(slices.Compact(products), eventSize) {
		if err := broker.Publish(ctx, tx, &productv1.CollectionMembersChanged{ProductIds: some}); err != nil {
			return err
		}
	}
	return nil
}

// ListMemberships reads the primary: the read model trusts that who asks later has seen more, of memberships, which have no versions.
func (s *Service) ListMemberships(ctx context.Context, req *productv1.ListMembershipsRequest) (*productv1.ListMembershipsResponse, error) {
	rows, err := queries.ListMemberships(ctx, s.cfg.DB.Primary(), req.GetProductIds())
	if err != nil {
		return nil, fmt.Errorf("list memberships: %w", err)
	}
	answer := &productv1.ListMembershipsResponse{}
	for _, row := range rows {
		answer.Memberships = append(answer.Memberships, &productv1.Membership{CollectionId: row.CollectionID, ProductId: row.ProductID, Position: row.Position})
	}
	return answer, nil
}
