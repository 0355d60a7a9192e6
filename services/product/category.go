package product

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

var errNoCategory = rpc.NotFound("there is no such category")

// GetCategory returns a category.
func (s *Service) GetCategory(ctx context.Context, req *productv1.GetCategoryRequest) (*productv1.GetCategoryResponse, error) {
	found, err := loadCategory(ctx, s.cfg.DB.Read(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &productv1.GetCategoryResponse{Category: found}, nil
}

// categoriesPage is the category that the page before ended with.
type categoriesPage struct {
	Position int32  `json:"p,omitempty"`
	Path     string `json:"n,omitempty"`
	ID       string `json:"i"`
}

// ListCategories pages through one level of the tree, or through all of it.
func (s *Service) ListCategories(ctx context.Context, req *productv1.ListCategoriesRequest) (*productv1.ListCategoriesResponse, error) {
	page := categoriesPage{Position: -1, ID: lowestID}
	if req.GetPageToken() != "" {
		page = categoriesPage{}
	}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	parent := req.GetParentId()
	if parent == "" {
		parent = lowestID
	}
	if !id.Valid(page.ID) || strings.ContainsRune(page.Path, 0) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	if !id.Valid(parent) {
		return nil, rpc.InvalidArgument("parent_id: is not the id of a category; leave it empty for the roots")
	}
	size := rpc.PageSize(req.GetPageSize(), 100)
	db := s.cfg.DB.Read(ctx)
	var pages []categoriesPage
	var err error
	if req.GetAll() {
		pages, err = categoriesByPath(ctx, db, page, size+1)
	} else {
		pages, err = categoriesBelow(ctx, db, parent, page, size+1)
	}
	if err != nil {
		return nil, fmt.Errorf("list categories: %w", err)
	}
	answer := &productv1.ListCategoriesResponse{}
	if len(pages) > int(size) {
		pages = pages[:size]
		answer.NextPageToken = rpc.PageToken(pages[size-1])
	}
	var ids []string
	for _, p := range pages {
		ids = append(ids, p.ID)
	}
	found, err := loadCategories(ctx, db, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if found[id] != nil {
			answer.Categories = append(answer.Categories, found[id])
		}
	}
	return answer, nil
}

// categoriesByPath lists the next of all categories, each before those below it.
func categoriesByPath(ctx context.Context, db productdb.DBTX, after categoriesPage, size int32) (pages []categoriesPage, err error) {
	rows, err := queries.ListCategoriesByPath(ctx, db, productdb.ListCategoriesByPathParams{AfterPath: after.Path, AfterID: after.ID, PageSize: size})
	for _, row := range rows {
		pages = append(pages, categoriesPage{Path: strings.ToLower(row.Path), ID: row.ID})
	}
	return pages, err
}

// categoriesBelow lists the next of a category's own, in the order that staff gave them.
func categoriesBelow(ctx context.Context, db productdb.DBTX, parent string, after categoriesPage, size int32) (pages []categoriesPage, err error) {
	rows, err := queries.ListCategoriesBelow(ctx, db, productdb.ListCategoriesBelowParams{
		ParentID: parent, AfterPosition: after.Position, AfterID: after.ID, PageSize: size,
	})
	for _, row := range rows {
		pages = append(pages, categoriesPage{Position: row.Position, ID: row.ID})
	}
	return pages, err
}

// BatchGetCategories returns those that there are.
func (s *Service) BatchGetCategories(ctx context.Context, req *productv1.BatchGetCategoriesRequest) (*productv1.BatchGetCategoriesResponse, error) {
	found, err := loadCategories(ctx, s.cfg.DB.Read(ctx), req.GetIds())
	if err != nil {
		return nil, err
	}
	return &productv1.BatchGetCategoriesResponse{Categories: slices.Collect(maps.Values(found))}, nil
}

func loadCategory(ctx context.Context, db productdb.DBTX, category string) (*productv1.Category, error) {
	found, err := loadCategories(ctx, db, []string{category})
	if err == nil && found[category] == nil {
		return nil, errNoCategory
	}
	return found[category], err
}

func loadCategories(ctx context.Context, db productdb.DBTX, ids []string) (map[string]*productv1.Category, error) {
	rows, err := queries.LoadCategories(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("load categories: %w", err)
	}
	found := make(map[string]*productv1.Category, len(rows))
	for _, row := range rows {
		c := &productv1.Category{
			Id: row.ID, Slug: row.Slug, Name: row.Name, ParentId: row.ParentID, Path: strings.Split(row.Path, pathSeparator), Description: row.Description,
			SeoTitle: row.SeoTitle, SeoDescription: row.SeoDescription, Hidden: row.Hidden, Position: row.Position, Version: row.Version,
			OldSlugs: row.OldSlugs, UpdateTime: timestamppb.New(row.UpdateTime), HasChildren: row.HasChildren,
		}
		if c.Translations, err = readTranslations(row.Translations); err != nil {
			return nil, fmt.Errorf("category %s: %w", row.ID, err)
		}
		if len(row.ImageFiles) > 0 {
			var files []imageFile
			if err := json.Unmarshal(row.ImageFiles, &files); err != nil {
				return nil, fmt.Errorf("category %s: %w", row.ID, err)
			}
			c.Image = &productv1.Image{Alt: row.ImageAlt, Files: toFiles(files)}
		}
		found[row.ID] = c
	}
	return found, nil
}
