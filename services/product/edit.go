package product

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

var errNoProduct = rpc.NotFound("there is no such product")

// GetProduct reads a server that has seen what its caller did.
func (s *Service) GetProduct(ctx context.Context, req *productv1.GetProductRequest) (*productv1.GetProductResponse, error) {
	found, err := s.load(ctx, []string{req.GetId()})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNoProduct
	}
	return &productv1.GetProductResponse{Product: found[0]}, nil
}

// CreateProduct adds a product.
func (s *Service) CreateProduct(ctx context.Context, req *productv1.CreateProductRequest) (*productv1.CreateProductResponse, error) {
	created, err := s.inEdit(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Product, error) {
		e := s.creation(req.GetProduct())
		if err := s.saveOne(ctx, tx, e); err != nil {
			return nil, err
		}
		return loadOne(ctx, tx, e.after.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.CreateProductResponse{Product: created}, nil
}

// UpdateProduct changes a product.
func (s *Service) UpdateProduct(ctx context.Context, req *productv1.UpdateProductRequest) (*productv1.UpdateProductResponse, error) {
	mask, err := readMask(req.GetUpdateMask().GetPaths())
	if err != nil {
		return nil, err
	}
	if !id.Valid(req.GetProduct().GetId()) {
		return nil, refused(problem("id", "name the product by its id"))
	}
	updated, err := s.inEdit(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Product, error) {
		before, err := lockOne(ctx, tx, req.GetProduct().GetId(), req.GetExpectedVersion())
		if err != nil {
			return nil, err
		}
		if err := s.saveOne(ctx, tx, change(before, req.GetProduct(), mask)); err != nil {
			return nil, err
		}
		return loadOne(ctx, tx, before.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.UpdateProductResponse{Product: updated}, nil
}

// edit is a product before and after a change.
type edit struct {
	before *productv1.Product // nil for a new one
	after  *productv1.Product
	mask   []string // the fields that were asked to change; those of others are not judged
	// giveBack says that fields which after no longer lists are the feed's again.
	giveBack bool
	problems problems
	changed  []string // set by check: the fields that differ
}

// creation is a new product as it was described.
func (s *Service) creation(given *productv1.Product) *edit {
	after := proto.CloneOf(given)
	after.Id, after.Version, after.StaffFields, after.ExternalIds, after.OldSlugs = id.New(), 1, nil, nil, nil
	if after.GetKey() == "" {
		after.Key = after.GetId()
	}
	if after.GetState() == productv1.ProductState_PRODUCT_STATE_UNSPECIFIED {
		after.State = productv1.ProductState_PRODUCT_STATE_DRAFT
	}
	e := &edit{after: after, mask: slices.Clone(editable)}
	e.recognize(&productv1.Product{})
	return e
}

// change is a product with the masked fields of another.
func change(before, given *productv1.Product, mask []string) *edit {
	e := &edit{before: before, after: proto.CloneOf(before), mask: mask}
	given = proto.CloneOf(given)
	for _, name := range mask {
		if name == staffFields {
			e.giveBack = true
			e.after.StaffFields = slices.DeleteFunc(slices.Clone(before.GetStaffFields()), func(f string) bool {
				return !slices.Contains(given.GetStaffFields(), f)
			})
			continue
		}
		copyField(e.after, given, name)
	}
	e.recognize(before)
	return e
}

// inEdit runs a transaction that edits products. What another one took at the same moment, a SKU or an address, is found taken when it is
// run again.
func (s *Service) inEdit(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) (*productv1.Product, error)) (*productv1.Product, error) {
	return inEdit(ctx, s.cfg.DB, fn)
}

func inEdit[T any](ctx context.Context, db *postgres.DB, fn func(ctx context.Context, tx pgx.Tx) (T, error)) (T, error) {
	for try := 1; ; try++ {
		result, err := postgres.InTx(ctx, db, func(ctx context.Context, tx pgx.Tx) (T, error) {
			if err := queries.LockProductEdit(ctx, tx); err != nil {
				var none T
				return none, fmt.Errorf("lock edit: %w", err)
			}
			return fn(ctx, tx)
		})
		taken := slices.ContainsFunc(uniques, func(name string) bool { return postgres.Violates(err, name) })
		if taken && try < 5 {
			continue
		}
		if taken {
			return result, rpc.Aborted("others are changing the same products at this moment; repeat the call")
		}
		return result, err
	}
}

// uniques are the rules that two edits at once may break although each looked before.
var uniques = []string{
	"products_key", "products_slug", "product_variants_sku", "product_sources_name", "product_source_items_pkey",
	"product_categories_slug", "product_categories_path",
}

// saveOne checks and stores one edit.
func (s *Service) saveOne(ctx context.Context, tx pgx.Tx, e *edit) error {
	if err := s.check(ctx, tx, []*edit{e}); err != nil {
		return err
	}
	if err := e.problems.err(); err != nil {
		return err
	}
	return s.save(ctx, tx, []*edit{e})
}

// lock returns products as they are until the transaction ends, by id.
func lock(ctx context.Context, tx pgx.Tx, ids []string) (map[string]*productv1.Product, error) {
	if _, err := queries.LockProducts(ctx, tx, ids); err != nil {
		return nil, fmt.Errorf("lock products: %w", err)
	}
	rows, err := queries.LoadProducts(ctx, tx, ids)
	if err != nil {
		return nil, fmt.Errorf("load products: %w", err)
	}
	found := make(map[string]*productv1.Product, len(rows))
	for _, row := range rows {
		if found[row.ID], err = toProduct(row); err != nil {
			return nil, fmt.Errorf("product %s: %w", row.ID, err)
		}
	}
	return found, nil
}

// lockOne also compares the version, unless it is zero.
func lockOne(ctx context.Context, tx pgx.Tx, product string, version int64) (*productv1.Product, error) {
	found, err := lock(ctx, tx, []string{product})
	if err != nil {
		return nil, err
	}
	p := found[product]
	if p == nil {
		return nil, errNoProduct
	}
	if version != 0 && p.GetVersion() != version {
		return nil, rpc.Aborted("somebody else changed this product meanwhile; look at it again, then repeat your change",
			&productv1.ProductConflict{Product: p})
	}
	return p, nil
}

func loadOne(ctx context.Context, tx pgx.Tx, product string) (*productv1.Product, error) {
	rows, err := queries.LoadProducts(ctx, tx, []string{product})
	if err != nil {
		return nil, fmt.Errorf("load product: %w", err)
	}
	if len(rows) == 0 {
		return nil, errNoProduct
	}
	return toProduct(rows[0])
}

// editor is who edits.
type editor struct {
	name  string
	staff bool // whose word counts more than a feed's
	now   time.Time
}

func editorOf(ctx context.Context) editor {
	return editor{name: callerName(ctx), staff: auth.CallerFrom(ctx).Kind == auth.Staff, now: clock.Now()}
}

// PublishDueProducts puts scheduled drafts on sale that are fit for it.
func (s *Service) PublishDueProducts(ctx context.Context, _ *productv1.PublishDueProductsRequest) (*productv1.PublishDueProductsResponse, error) {
	published, err := inEdit(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int32, error) {
		due, err := queries.LockDueDrafts(ctx, tx, productdb.LockDueDraftsParams{Now: clock.Now(), PageSize: eventSize})
		if err != nil || len(due) == 0 {
			return 0, err
		}
		found, err := lock(ctx, tx, due)
		if err != nil {
			return 0, err
		}
		var edits []*edit
		for _, before := range found {
			after := proto.CloneOf(before)
			after.State, after.PublishTime = productv1.ProductState_PRODUCT_STATE_ACTIVE, nil
			edits = append(edits, &edit{before: before, after: after, mask: []string{"state", "publish_time"}})
		}
		if err := s.check(ctx, tx, edits); err != nil {
			return 0, err
		}
		published := int32(0)
		for _, e := range edits {
			if len(e.problems.list) == 0 {
				published++
				continue
			}
			// Its type asks for more by now than when staff chose the time. It stays a draft without a time: looking again and again would not mend it.
			s.cfg.Log.WarnContext(ctx, "a draft is not fit to go on sale at its time", "product", e.before.GetId(), "problem", e.problems.list[0].GetText())
			e.after.State = productv1.ProductState_PRODUCT_STATE_DRAFT
			e.changed = []string{"publish_time"}
		}
		return published, s.save(ctx, tx, edits)
	})
	if err != nil {
		return nil, fmt.Errorf("publish due products: %w", err)
	}
	return &productv1.PublishDueProductsResponse{Published: published}, nil
}
