package auth

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/authdb"
	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// mostViews is how many a staff member may have: what still fits above a list.
const mostViews = 30

var errNoView = rpc.NotFound("there is no such view of yours")

// ListSavedViews reads the caller's own.
func (s *Service) ListSavedViews(ctx context.Context, _ *authv1.ListSavedViewsRequest) (*authv1.ListSavedViewsResponse, error) {
	rows, err := queries.ListSavedViews(ctx, s.db.Read(ctx), auth.CallerFrom(ctx).Subject)
	if err != nil {
		return nil, fmt.Errorf("list saved views: %w", err)
	}
	answer := &authv1.ListSavedViewsResponse{}
	for _, row := range rows {
		answer.Views = append(answer.Views, showView(row))
	}
	return answer, nil
}

func showView(row authdb.AuthSavedView) *authv1.SavedView {
	return &authv1.SavedView{Id: row.ID, Name: row.Name, Query: row.Query}
}

// SaveView replaces what has the name, so that it may also be what changes a view.
func (s *Service) SaveView(ctx context.Context, req *authv1.SaveViewRequest) (*authv1.SaveViewResponse, error) {
	owner := auth.CallerFrom(ctx).Subject
	row, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (authdb.AuthSavedView, error) {
		if _, err := queries.LockStaff(ctx, tx, owner); err != nil {
			return authdb.AuthSavedView{}, fmt.Errorf("lock staff: %w", err)
		}
		others, err := queries.CountOtherViews(ctx, tx, authdb.CountOtherViewsParams{StaffID: owner, Name: req.GetName()})
		if err != nil {
			return authdb.AuthSavedView{}, fmt.Errorf("count views: %w", err)
		}
		if others >= mostViews {
			return authdb.AuthSavedView{}, rpc.FailedPrecondition(fmt.Sprintf("you have %d views already; delete one first", mostViews))
		}
		return queries.SaveView(ctx, tx, authdb.SaveViewParams{ID: id.New(), StaffID: owner, Name: req.GetName(), Query: req.GetQuery(), Now: clock.Now()})
	})
	if err != nil {
		return nil, err
	}
	return &authv1.SaveViewResponse{View: showView(row)}, nil
}

// RenameView finds nothing of others.
func (s *Service) RenameView(ctx context.Context, req *authv1.RenameViewRequest) (*authv1.RenameViewResponse, error) {
	row, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (authdb.AuthSavedView, error) {
		return queries.RenameView(ctx, tx, authdb.RenameViewParams{ID: req.GetId(), StaffID: auth.CallerFrom(ctx).Subject, Name: req.GetName()})
	})
	switch {
	case postgres.IsNoRows(err):
		return nil, errNoView
	case postgres.Violates(err, "auth_saved_views_name"):
		return nil, rpc.AlreadyExists("you have another view called " + req.GetName() + "; choose another name, or delete that one first")
	case err != nil:
		return nil, fmt.Errorf("rename view: %w", err)
	}
	return &authv1.RenameViewResponse{View: showView(row)}, nil
}

// DeleteView finds nothing of others.
func (s *Service) DeleteView(ctx context.Context, req *authv1.DeleteViewRequest) (*authv1.DeleteViewResponse, error) {
	deleted, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (int64, error) {
		return queries.DeleteView(ctx, tx, authdb.DeleteViewParams{ID: req.GetId(), StaffID: auth.CallerFrom(ctx).Subject})
	})
	if err != nil {
		return nil, fmt.Errorf("delete view: %w", err)
	}
	if deleted == 0 {
		return nil, errNoView
	}
	return &authv1.DeleteViewResponse{}, nil
}
