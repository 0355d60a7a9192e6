package product

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// What a type may hold.
const (
	maxDefinitions = 100
	maxChoices     = 500
	maxUnit        = 20
)

var errNoType = rpc.NotFound("there is no such product type")

// GetProductType returns a type.
func (s *Service) GetProductType(ctx context.Context, req *productv1.GetProductTypeRequest) (*productv1.GetProductTypeResponse, error) {
	rows, err := queries.ListProductTypesByID(ctx, s.cfg.DB.Read(ctx), []string{req.GetId()})
	if err != nil {
		return nil, fmt.Errorf("get product type: %w", err)
	}
	if len(rows) == 0 {
		return nil, errNoType
	}
	found, err := toType(rows[0])
	return &productv1.GetProductTypeResponse{Type: found}, err
}

// namesPage is the name that the page before ended with.
type namesPage struct {
	Name string `json:"n"`
	ID   string `json:"i"`
}

// ListProductTypes pages through types by name.
func (s *Service) ListProductTypes(ctx context.Context, req *productv1.ListProductTypesRequest) (*productv1.ListProductTypesResponse, error) {
	page, err := readNamesPage(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	rows, err := queries.ListProductTypes(ctx, s.cfg.DB.Read(ctx), productdb.ListProductTypesParams{AfterName: page.Name, AfterID: page.ID, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list product types: %w", err)
	}
	answer := &productv1.ListProductTypesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(namesPage{strings.ToLower(rows[size-1].Name), rows[size-1].ID})
	}
	for _, row := range rows {
		one, err := toType(row)
		if err != nil {
			return nil, err
		}
		answer.Types = append(answer.Types, one)
	}
	return answer, nil
}

func readNamesPage(token string) (namesPage, error) {
	page := namesPage{ID: lowestID}
	if err := rpc.ParsePageToken(token, &page); err != nil {
		return page, err
	}
	if !id.Valid(page.ID) || strings.ContainsRune(page.Name, 0) {
		return page, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	return page, nil
}

// CreateProductType adds a type.
func (s *Service) CreateProductType(ctx context.Context, req *productv1.CreateProductTypeRequest) (*productv1.CreateProductTypeResponse, error) {
	given := proto.CloneOf(req.GetType())
	if err := tidyType(given, nil); err != nil {
		return nil, err
	}
	definitions, err := definitionsJSON(given.GetDefinitions())
	if err != nil {
		return nil, err
	}
	row, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductType, error) {
		return queries.AddProductType(ctx, tx, productdb.AddProductTypeParams{ID: id.New(), Name: given.GetName(), Definitions: definitions, Now: clock.Now()})
	})
	if err := typeError(err); err != nil {
		return nil, err
	}
	made, err := toType(row)
	return &productv1.CreateProductTypeResponse{Type: made}, err
}

// UpdateProductType changes a type. Its products are brought in line by RenderProductTypes.
func (s *Service) UpdateProductType(ctx context.Context, req *productv1.UpdateProductTypeRequest) (*productv1.UpdateProductTypeResponse, error) {
	if !id.Valid(req.GetType().GetId()) {
		return nil, refused(problem("id", "name the type by its id"))
	}
	row, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductType, error) {
		row, err := lockType(ctx, tx, req.GetType().GetId(), req.GetExpectedVersion())
		if err != nil {
			return row, err
		}
		before, err := toType(row)
		if err != nil {
			return row, err
		}
		after := proto.CloneOf(req.GetType())
		if err := tidyType(after, before.GetDefinitions()); err != nil {
			return row, err
		}
		definitions, err := definitionsJSON(after.GetDefinitions())
		if err != nil {
			return row, err
		}
		return queries.ChangeProductType(ctx, tx, productdb.ChangeProductTypeParams{
			ID: row.ID, Name: after.GetName(), Definitions: definitions, Now: clock.Now(), RenderAfter: lowestID,
		})
	})
	if err := typeError(err); err != nil {
		return nil, err
	}
	changed, err := toType(row)
	return &productv1.UpdateProductTypeResponse{Type: changed}, err
}

// DeleteProductType removes a type that nothing follows.
func (s *Service) DeleteProductType(ctx context.Context, req *productv1.DeleteProductTypeRequest) (*productv1.DeleteProductTypeResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		row, err := lockType(ctx, tx, req.GetId(), req.GetExpectedVersion())
		if errors.Is(err, errNoType) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		used, err := queries.HasProductsOfType(ctx, tx, row.ID)
		if err != nil {
			return nil, err
		}
		if used {
			return nil, rpc.FailedPrecondition("products follow this type; give them another one first")
		}
		return nil, queries.DeleteProductType(ctx, tx, row.ID)
	})
	if err != nil {
		return nil, err
	}
	return &productv1.DeleteProductTypeResponse{}, nil
}

func lockType(ctx context.Context, tx pgx.Tx, id string, version int64) (productdb.ProductType, error) {
	row, err := queries.LockProductType(ctx, tx, id)
	if postgres.IsNoRows(err) {
		return row, errNoType
	}
	if err == nil && version != 0 && row.Version != version {
		return row, rpc.Aborted("somebody else changed this type meanwhile; look at it again, then repeat your change")
	}
	return row, err
}

func typeError(err error) error {
	if postgres.Violates(err, "product_types_name") {
		return refused(problem("name", "is the name of another type"))
	}
	return err
}

// tidyType cleans a type and names all that is wrong with it. Definitions that are there already keep their kind.
func tidyType(t *productv1.ProductType, before []*productv1.AttributeDefinition) error {
	var found problems
	found.line("name", feed.MaxCategory, &t.Name)
	if t.GetName() == "" {
		found.add("name", "is missing; a type needs a name")
	}
	if n := len(t.GetDefinitions()); n > maxDefinitions {
		found.add("definitions", fmt.Sprintf("are %d, more than %d", n, maxDefinitions))
		return found.err()
	}
	for i, d := range t.GetDefinitions() {
		field := fmt.Sprintf("definitions[%d]", i)
		found.line(field+".name", feed.MaxAttribute, &d.Name)
		found.line(field+".unit", maxUnit, &d.Unit)
		if d.GetName() == "" {
			found.add(field+".name", "is missing, such as Material")
		}
		if slices.ContainsFunc(t.GetDefinitions()[:i], func(o *productv1.AttributeDefinition) bool { return strings.EqualFold(o.GetName(), d.GetName()) }) {
			found.add(field+".name", "is the name of a definition before it")
		}
		if d.GetKind() == productv1.AttributeKind_ATTRIBUTE_KIND_UNSPECIFIED || productv1.AttributeKind_name[int32(d.GetKind())] == "" {
			found.add(field+".kind", "is missing: say what the attribute holds")
		}
		if d.GetUnit() != "" && d.GetKind() != productv1.AttributeKind_ATTRIBUTE_KIND_NUMBER {
			found.add(field+".unit", "goes with numbers only")
		}
		found.tidyChoices(field, d)
		if d.GetId() == "" {
			d.Id = id.New()
			continue
		}
		known := slices.IndexFunc(before, func(b *productv1.AttributeDefinition) bool { return b.GetId() == d.GetId() })
		switch {
		case known < 0:
			found.add(field+".id", "is not a definition of this type; leave it empty for a new one")
		case before[known].GetKind() != d.GetKind():
			found.add(field+".kind", "cannot change, since products have values of it; define another attribute")
		case slices.ContainsFunc(t.GetDefinitions()[:i], func(o *productv1.AttributeDefinition) bool { return o.GetId() == d.GetId() }):
			found.add(field+".id", "is there twice")
		}
	}
	return found.err()
}

func (p *problems) tidyChoices(field string, d *productv1.AttributeDefinition) {
	isChoice := d.GetKind() == productv1.AttributeKind_ATTRIBUTE_KIND_CHOICE
	switch n := len(d.GetChoices()); {
	case isChoice && n == 0:
		p.add(field+".choices", "are missing: list the values to choose from")
	case !isChoice && (n > 0 || d.GetMany()):
		p.add(field+".choices", "go with a choice only")
	case n > maxChoices:
		p.add(field+".choices", fmt.Sprintf("are %d, more than %d", n, maxChoices))
		return
	}
	for i := range d.GetChoices() {
		at := fmt.Sprintf("%s.choices[%d]", field, i)
		p.line(at, feed.MaxOptionValue, &d.Choices[i])
		if d.GetChoices()[i] == "" || slices.Contains(d.GetChoices()[:i], d.GetChoices()[i]) {
			p.add(at, "is empty, or there twice")
		}
	}
}

func definitionsJSON(definitions []*productv1.AttributeDefinition) ([]byte, error) {
	list := []json.RawMessage{}
	for _, d := range definitions {
		raw, err := protojson.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("write definition: %w", err)
		}
		list = append(list, raw)
	}
	return json.Marshal(list)
}

func toType(row productdb.ProductType) (*productv1.ProductType, error) {
	t := &productv1.ProductType{
		Id: row.ID, Name: row.Name, Version: row.Version, CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
		Rendering: row.RenderAfter != nil,
	}
	var list []json.RawMessage
	if err := json.Unmarshal(row.Definitions, &list); err != nil {
		return nil, fmt.Errorf("product type %s: %w", row.ID, err)
	}
	for _, raw := range list {
		d := &productv1.AttributeDefinition{}
		if err := protojson.Unmarshal(raw, d); err != nil {
			return nil, fmt.Errorf("product type %s: %w", row.ID, err)
		}
		t.Definitions = append(t.Definitions, d)
	}
	return t, nil
}

// RenderProductTypes writes attributes anew for the next products of a type that changed.
func (s *Service) RenderProductTypes(ctx context.Context, _ *productv1.RenderProductTypesRequest) (*productv1.RenderProductTypesResponse, error) {
	more, err := inEdit(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (bool, error) {
		row, err := queries.TakeRenderingType(ctx, tx)
		if postgres.IsNoRows(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		ids, err := queries.ListProductsOfType(ctx, tx, productdb.ListProductsOfTypeParams{TypeID: row.ID, AfterID: deref(row.RenderAfter), PageSize: eventSize})
		if err != nil {
			return false, err
		}
		if len(ids) == 0 {
			return true, queries.SetRenderAfter(ctx, tx, productdb.SetRenderAfterParams{ID: row.ID, Version: row.Version})
		}
		if err := s.render(ctx, tx, row, ids); err != nil {
			return false, err
		}
		return true, queries.SetRenderAfter(ctx, tx, productdb.SetRenderAfterParams{ID: row.ID, Version: row.Version, RenderAfter: &ids[len(ids)-1]})
	})
	if err != nil {
		return nil, fmt.Errorf("render product types: %w", err)
	}
	return &productv1.RenderProductTypesResponse{More: more}, nil
}

func (s *Service) render(ctx context.Context, tx pgx.Tx, row productdb.ProductType, ids []string) error {
	of, err := toType(row)
	if err != nil {
		return err
	}
	found, err := lock(ctx, tx, ids)
	if err != nil {
		return err
	}
	var edits []*edit
	for _, before := range found {
		edits = append(edits, &edit{before: before, after: proto.CloneOf(before), mask: []string{"attributes"}})
	}
	names, err := referenced(ctx, tx, edits)
	if err != nil {
		return err
	}
	for _, e := range edits {
		for _, a := range e.after.GetAttributes() {
			if d := definition(of, a.GetDefinitionId()); d != nil {
				a.Name, a.Value = d.GetName(), shownValue(a.GetTyped(), d, names)
			} else {
				a.DefinitionId, a.Typed = "", nil
			}
		}
		e.changed = differing(e.before, e.after)
	}
	return s.save(ctx, tx, edits)
}
