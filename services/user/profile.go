package user

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/userdb"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// GetProfile reads the caller's own, at the primary: the group in it decides what an order costs. Of an account that nothing is known of yet it says what the caller's token does.
func (s *Service) GetProfile(ctx context.Context, _ *userv1.GetProfileRequest) (*userv1.GetProfileResponse, error) {
	caller, db := auth.CallerFrom(ctx), s.cfg.DB.Primary()
	row, err := queries.GetUserProfile(ctx, db, caller.Subject)
	if postgres.IsNoRows(err) {
		return &userv1.GetProfileResponse{Profile: &userv1.Profile{Id: caller.Subject, Email: caller.Name}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get profile: %w", err)
	}
	addresses, err := listAddresses(ctx, db, row.ID)
	if err != nil {
		return nil, err
	}
	return &userv1.GetProfileResponse{Profile: forCustomer(row, addresses)}, nil
}

// UpdateProfile keeps the name as addresses are kept, without what cannot be seen.
func (s *Service) UpdateProfile(ctx context.Context, req *userv1.UpdateProfileRequest) (*userv1.UpdateProfileResponse, error) {
	name := address.Normalise(address.Address{Name: req.GetName()}).Name
	profile, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*userv1.Profile, error) {
		row, err := lockProfile(ctx, tx)
		if err != nil {
			return nil, err
		}
		if row.Name != name {
			row, err = queries.NameUserProfile(ctx, tx, userdb.NameUserProfileParams{ID: row.ID, Name: name, NameWords: wordsOf(name), Now: clock.Now()})
			if err != nil {
				return nil, fmt.Errorf("name profile: %w", err)
			}
		}
		addresses, err := listAddresses(ctx, tx, row.ID)
		return forCustomer(row, addresses), err
	})
	if err != nil {
		return nil, err
	}
	return &userv1.UpdateProfileResponse{Profile: profile}, nil
}

// lockProfile returns the caller's own profile, which begins here if it has not yet.
func lockProfile(ctx context.Context, tx pgx.Tx) (userdb.UserProfile, error) {
	caller := auth.CallerFrom(ctx)
	row, err := queries.LockUserProfile(ctx, tx, userdb.LockUserProfileParams{ID: caller.Subject, Email: caller.Name, Now: clock.Now()})
	if err != nil {
		return row, fmt.Errorf("lock profile: %w", err)
	}
	return row, nil
}

// touched says that the profile, which is locked, has changed, and returns it as it is now.
func touched(ctx context.Context, tx pgx.Tx, profileID string) (*userv1.Profile, error) {
	row, err := queries.TouchUserProfile(ctx, tx, userdb.TouchUserProfileParams{ID: profileID, Now: clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("touch profile: %w", err)
	}
	addresses, err := listAddresses(ctx, tx, profileID)
	return forCustomer(row, addresses), err
}

func listAddresses(ctx context.Context, db userdb.DBTX, profileID string) ([]saved, error) {
	rows, err := queries.ListUserAddresses(ctx, db, profileID)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	return readAddresses(rows)
}
