package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// rowsPage is where a page of rows begins: after the one with this id.
type rowsPage struct {
	ID string `json:"i"`
}

const (
	lowestID      = allProducts
	usualRowsPage = 50
)

// readRowsPage returns what was listed last; the lowest id on the first page.
func readRowsPage(token string) (string, error) {
	page := rowsPage{ID: lowestID}
	if err := rpc.ParsePageToken(token, &page); err != nil {
		return "", err
	}
	if !id.Valid(page.ID) {
		return "", rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	return page.ID, nil
}

// ListSynonyms pages by id.
func (s *Service) ListSynonyms(ctx context.Context, req *catalogv1.ListSynonymsRequest) (*catalogv1.ListSynonymsResponse, error) {
	after, err := readRowsPage(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), usualRowsPage)
	rows, err := queries.ListSynonyms(ctx, s.cfg.DB.Read(ctx), catalogdb.ListSynonymsParams{After: after, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list synonyms: %w", err)
	}
	answer := &catalogv1.ListSynonymsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(rowsPage{rows[size-1].ID})
	}
	for _, row := range rows {
		answer.Synonyms = append(answer.Synonyms, showSynonyms(row))
	}
	return answer, nil
}

// GetSynonyms reads the primary: whoever asks may have just changed it.
func (s *Service) GetSynonyms(ctx context.Context, req *catalogv1.GetSynonymsRequest) (*catalogv1.GetSynonymsResponse, error) {
	row, err := queries.GetSynonyms(ctx, s.cfg.DB.Primary(), req.GetId())
	if postgres.IsNoRows(err) {
		return nil, rpc.NotFound("there are no such synonyms")
	}
	if err != nil {
		return nil, fmt.Errorf("get synonyms: %w", err)
	}
	return &catalogv1.GetSynonymsResponse{Synonyms: showSynonyms(row)}, nil
}

// CreateSynonyms stores a group.
func (s *Service) CreateSynonyms(ctx context.Context, req *catalogv1.CreateSynonymsRequest) (*catalogv1.CreateSynonymsResponse, error) {
	asked, phrases, err := readSynonyms(req.GetAsked(), req.GetPhrases())
	if err != nil {
		return nil, err
	}
	row, err := decide(ctx, s, func(ctx context.Context, tx pgx.Tx) (catalogdb.CatalogSynonym, error) {
		there, err := queries.CountSynonyms(ctx, tx)
		if err == nil && there >= mostSynonyms {
			err = rpc.FailedPrecondition(fmt.Sprintf("a shop has at most %d groups of synonyms; delete or join some first", mostSynonyms))
		}
		if err != nil {
			return catalogdb.CatalogSynonym{}, err
		}
		return queries.CreateSynonyms(ctx, tx, catalogdb.CreateSynonymsParams{
			ID: id.New(), Locale: req.GetLocale(), Asked: asked, Phrases: phrases, Now: clock.Now(),
		})
	})
	if err != nil {
		return nil, synonymsProblem("create", err)
	}
	return &catalogv1.CreateSynonymsResponse{Synonyms: showSynonyms(row)}, nil
}

// UpdateSynonyms replaces the group that was seen.
func (s *Service) UpdateSynonyms(ctx context.Context, req *catalogv1.UpdateSynonymsRequest) (*catalogv1.UpdateSynonymsResponse, error) {
	asked, phrases, err := readSynonyms(req.GetAsked(), req.GetPhrases())
	if err != nil {
		return nil, err
	}
	row, err := decide(ctx, s, func(ctx context.Context, tx pgx.Tx) (catalogdb.CatalogSynonym, error) {
		row, err := queries.UpdateSynonyms(ctx, tx, catalogdb.UpdateSynonymsParams{
			ID: req.GetId(), Version: req.GetVersion(), Locale: req.GetLocale(), Asked: asked, Phrases: phrases, Now: clock.Now(),
		})
		if postgres.IsNoRows(err) {
			there, err := queries.HasSynonyms(ctx, tx, req.GetId())
			return row, stale("these synonyms", there, err)
		}
		return row, err
	})
	if err != nil {
		return nil, synonymsProblem("update", err)
	}
	return &catalogv1.UpdateSynonymsResponse{Synonyms: showSynonyms(row)}, nil
}

// DeleteSynonyms removes a group, if it is there.
func (s *Service) DeleteSynonyms(ctx context.Context, req *catalogv1.DeleteSynonymsRequest) (*catalogv1.DeleteSynonymsResponse, error) {
	_, err := decide(ctx, s, func(ctx context.Context, tx pgx.Tx) (any, error) {
		return nil, queries.DeleteSynonyms(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, fmt.Errorf("delete synonyms: %w", err)
	}
	return &catalogv1.DeleteSynonymsResponse{}, nil
}

// readSynonyms tidies phrases up as staff wrote them.
func readSynonyms(asked, phrases []string) ([]string, []string, error) {
	tidy := func(field string, list []string) ([]string, error) {
		tidied := make([]string, 0, len(list))
		for _, phrase := range list {
			phrase = strings.Join(strings.Fields(phrase), " ")
			if len(words(phrase)) == 0 {
				return nil, rpc.InvalidArgument(field + ": “" + phrase + "” has no word in it")
			}
			if !slices.Contains(tidied, phrase) {
				tidied = append(tidied, phrase)
			}
		}
		return tidied, nil
	}
	asked, err := tidy("asked", asked)
	if err != nil {
		return nil, nil, err
	}
	if phrases, err = tidy("phrases", phrases); err != nil {
		return nil, nil, err
	}
	if len(asked) == 0 && len(phrases) < 2 {
		return nil, nil, rpc.InvalidArgument("phrases: give at least two that mean the same, or say in asked what finds this one")
	}
	return asked, phrases, nil
}

func synonymsProblem(verb string, err error) error {
	if postgres.Violates(err, "catalog_synonyms_same") {
		return rpc.AlreadyExists("there is the same group of synonyms already")
	}
	return fmt.Errorf("%s synonyms: %w", verb, err)
}

func showSynonyms(row catalogdb.CatalogSynonym) *catalogv1.Synonyms {
	return &catalogv1.Synonyms{
		Id: row.ID, Locale: row.Locale, Asked: row.Asked, Phrases: row.Phrases, Version: row.Version,
		CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
	}
}
