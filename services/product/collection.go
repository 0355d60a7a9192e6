package product

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// mostMembersCounted ends counting what a collection has.
const mostMembersCounted = 10_000

var errNoCollection = rpc.NotFound("there is no such collection")

// GetCollection returns a collection.
func (s *Service) GetCollection(ctx context.Context, req *productv1.GetCollectionRequest) (*productv1.GetCollectionResponse, error) {
	db := s.cfg.DB.Read(ctx)
	found, err := getCollection(ctx, db, req.GetId())
	if err != nil {
		return nil, err
	}
	count, err := queries.CountMembers(ctx, db, productdb.CountMembersParams{CollectionID: req.GetId(), CountLimit: mostMembersCounted})
	if err != nil {
		return nil, fmt.Errorf("count members: %w", err)
	}
	return &productv1.GetCollectionResponse{Collection: found, ProductCount: count}, nil
}

func getCollection(ctx context.Context, db productdb.DBTX, collection string) (*productv1.Collection, error) {
	row, err := queries.GetCollection(ctx, db, collection)
	if postgres.IsNoRows(err) {
		return nil, errNoCollection
	}
	if err != nil {
		return nil, fmt.Errorf("get collection: %w", err)
	}
	found, err := toCollections(ctx, db, row)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// BatchGetCollections returns those that exist.
func (s *Service) BatchGetCollections(ctx context.Context, req *productv1.BatchGetCollectionsRequest) (*productv1.BatchGetCollectionsResponse, error) {
	db := s.cfg.DB.Read(ctx)
	rows, err := queries.BatchGetCollections(ctx, db, req.GetIds())
	if err != nil {
		return nil, fmt.Errorf("get collections: %w", err)
	}
	found, err := toCollections(ctx, db, rows...)
	return &productv1.BatchGetCollectionsResponse{Collections: found}, err
}

// ListCollections pages through collections by name.
func (s *Service) ListCollections(ctx context.Context, req *productv1.ListCollectionsRequest) (*productv1.ListCollectionsResponse, error) {
	page, err := readNamesPage(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	db := s.cfg.DB.Read(ctx)
	rows, err := queries.ListCollections(ctx, db, productdb.ListCollectionsParams{AfterName: page.Name, AfterID: page.ID, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list collections: %w", err)
	}
	answer := &productv1.ListCollectionsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(namesPage{strings.ToLower(rows[size-1].Name), rows[size-1].ID})
	}
	answer.Collections, err = toCollections(ctx, db, rows...)
	return answer, err
}

// inCollections runs a transaction that changes a collection, and tells of it.
func (s *Service) inCollections(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) (*productv1.Collection, error)) (*productv1.Collection, error) {
	changed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.Collection, error) {
		if err := queries.LockCollections(ctx, tx); err != nil {
			return nil, fmt.Errorf("lock collections: %w", err)
		}
		changed, err := fn(ctx, tx)
		if err != nil || changed == nil {
			return nil, err
		}
		return changed, broker.Publish(ctx, tx, &productv1.CollectionsChanged{CollectionIds: []string{changed.GetId()}})
	})
	if postgres.Violates(err, "product_collections_slug") {
		return nil, refused(problem("slug", "is the address of another collection"))
	}
	return changed, err
}

// CreateCollection adds a collection.
func (s *Service) CreateCollection(ctx context.Context, req *productv1.CreateCollectionRequest) (*productv1.CreateCollectionResponse, error) {
	made, err := s.inCollections(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Collection, error) {
		c := proto.CloneOf(req.GetCollection())
		c.Id = id.New()
		if err := tidyCollection(ctx, tx, c, ""); err != nil {
			return nil, err
		}
		rule, from, err := ruleJSON(c.GetRule())
		if err != nil {
			return nil, err
		}
		translations, err := json.Marshal(translationRows(c.GetTranslations()))
		if err != nil {
			return nil, fmt.Errorf("write translations: %w", err)
		}
		row, err := queries.AddCollection(ctx, tx, productdb.AddCollectionParams{
			ID: c.GetId(), Slug: c.GetSlug(), Name: c.GetName(), Description: c.GetDescription(), SeoTitle: c.GetSeoTitle(), SeoDescription: c.GetSeoDescription(),
			Translations: translations, Hidden: c.GetHidden(), HomePosition: homePosition(c), Rule: rule, RebuildAfter: from, Now: clock.Now(),
		})
		if err != nil {
			return nil, fmt.Errorf("add collection: %w", err)
		}
		if err := queries.EndOldCollectionSlug(ctx, tx, c.GetSlug()); err != nil {
			return nil, fmt.Errorf("end old slug: %w", err)
		}
		return toCollection(row)
	})
	if err != nil {
		return nil, err
	}
	return &productv1.CreateCollectionResponse{Collection: made}, nil
}

// collectionFields are those that UpdateCollection may change.
var collectionFields = []string{"name", "slug", "description", "seo_title", "seo_description", "translations", "hidden", "rule", "home_position"}

// UpdateCollection changes a collection.
func (s *Service) UpdateCollection(ctx context.Context, req *productv1.UpdateCollectionRequest) (*productv1.UpdateCollectionResponse, error) {
	var found problems
	found.mask(req.GetUpdateMask().GetPaths(), collectionFields)
	if !id.Valid(req.GetCollection().GetId()) {
		found.add("id", "name the collection by its id")
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	changed, err := s.inCollections(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Collection, error) {
		before, err := lockCollection(ctx, tx, req.GetCollection().GetId(), req.GetExpectedVersion())
		if err != nil {
			return nil, err
		}
		after, given := proto.CloneOf(before), proto.CloneOf(req.GetCollection())
		for _, path := range req.GetUpdateMask().GetPaths() {
			copyField(after, given, path)
		}
		if err := tidyCollection(ctx, tx, after, before.GetSlug()); err != nil {
			return nil, err
		}
		if proto.Equal(before, after) {
			return before, nil
		}
		if err := changeCollection(ctx, tx, before, after); err != nil {
			return nil, err
		}
		return getCollection(ctx, tx, after.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.UpdateCollectionResponse{Collection: changed}, nil
}

// changeCollection stores a collection that was changed. Another rule has products gathered anew by a worker, and another address leads on from the one before.
func changeCollection(ctx context.Context, tx pgx.Tx, before, after *productv1.Collection) error {
	translations, err := json.Marshal(translationRows(after.GetTranslations()))
	if err != nil {
		return fmt.Errorf("write translations: %w", err)
	}
	now := clock.Now()
	err = queries.ChangeCollection(ctx, tx, productdb.ChangeCollectionParams{
		ID: after.GetId(), Slug: after.GetSlug(), Name: after.GetName(), Description: after.GetDescription(), SeoTitle: after.GetSeoTitle(),
		SeoDescription: after.GetSeoDescription(), Translations: translations, Hidden: after.GetHidden(), HomePosition: homePosition(after), Now: now,
	})
	if err != nil {
		return fmt.Errorf("change collection: %w", err)
	}
	if !proto.Equal(before.GetRule(), after.GetRule()) {
		rule, from, err := ruleJSON(after.GetRule())
		if err != nil {
			return err
		}
		if err := queries.ChangeCollectionRule(ctx, tx, productdb.ChangeCollectionRuleParams{ID: after.GetId(), Rule: rule, RebuildAfter: from}); err != nil {
			return fmt.Errorf("change collection's rule: %w", err)
		}
	}
	if before.GetSlug() != after.GetSlug() {
		if err := queries.EndOldCollectionSlug(ctx, tx, after.GetSlug()); err != nil {
			return fmt.Errorf("end old slug: %w", err)
		}
		kept := productdb.KeepOldCollectionSlugParams{Slug: before.GetSlug(), CollectionID: after.GetId(), Now: now}
		if err := queries.KeepOldCollectionSlug(ctx, tx, kept); err != nil {
			return fmt.Errorf("keep old slug: %w", err)
		}
	}
	return nil
}

// DeleteCollection removes a collection.
func (s *Service) DeleteCollection(ctx context.Context, req *productv1.DeleteCollectionRequest) (*productv1.DeleteCollectionResponse, error) {
	_, err := s.inCollections(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Collection, error) {
		found, err := lockCollection(ctx, tx, req.GetId(), req.GetExpectedVersion())
		if errors.Is(err, errNoCollection) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return found, queries.DeleteCollection(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.DeleteCollectionResponse{}, nil
}

func lockCollection(ctx context.Context, tx pgx.Tx, collection string, version int64) (*productv1.Collection, error) {
	row, err := queries.LockCollection(ctx, tx, collection)
	if postgres.IsNoRows(err) {
		return nil, errNoCollection
	}
	if err != nil {
		return nil, fmt.Errorf("lock collection: %w", err)
	}
	if version != 0 && row.Version != version {
		return nil, rpc.Aborted("somebody else changed this collection meanwhile; look at it again, then repeat your change")
	}
	return toCollection(row)
}

func homePosition(c *productv1.Collection) *int32 {
	if c.GetHomePosition() == 0 {
		return nil
	}
	at := c.GetHomePosition()
	return &at
}

// ruleJSON is how a rule is stored, and where gathering by it begins.
func ruleJSON(rule *productv1.CollectionRule) (raw []byte, from *string, err error) {
	if rule == nil {
		return nil, nil, nil
	}
	begin := lowestID
	raw, err = protojson.Marshal(rule)
	return raw, &begin, err
}

// toCollections adds the old slugs to what rows say.
func toCollections(ctx context.Context, db productdb.DBTX, rows ...productdb.ProductCollection) ([]*productv1.Collection, error) {
	made, byID := make([]*productv1.Collection, len(rows)), make(map[string]*productv1.Collection, len(rows))
	ids := make([]string, len(rows))
	for i, row := range rows {
		var err error
		if made[i], err = toCollection(row); err != nil {
			return nil, err
		}
		ids[i], byID[row.ID] = row.ID, made[i]
	}
	old, err := queries.ListOldCollectionSlugs(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("list old slugs: %w", err)
	}
	for _, row := range old {
		byID[row.CollectionID].OldSlugs = append(byID[row.CollectionID].OldSlugs, row.Slug)
	}
	return made, nil
}

// toCollection leaves out the old slugs, which are read apart.
func toCollection(row productdb.ProductCollection) (*productv1.Collection, error) {
	c := &productv1.Collection{
		Id: row.ID, Slug: row.Slug, Name: row.Name, Description: row.Description, SeoTitle: row.SeoTitle, SeoDescription: row.SeoDescription,
		Hidden: row.Hidden, Version: row.Version, CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
	}
	var err error
	if c.Translations, err = readTranslations(row.Translations); err != nil {
		return nil, fmt.Errorf("collection %s: %w", row.ID, err)
	}
	if row.HomePosition != nil {
		c.HomePosition = *row.HomePosition
	}
	if row.RebuildAfter != nil {
		c.Rebuild = &productv1.RebuildProgress{Done: row.RebuildDone, Total: row.RebuildTotal}
	}
	if len(row.Rule) > 0 {
		c.Rule = &productv1.CollectionRule{}
		if err := protojson.Unmarshal(row.Rule, c.Rule); err != nil {
			return nil, fmt.Errorf("collection %s: %w", row.ID, err)
		}
	}
	return c, nil
}
