package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/authdb"
	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	// customerSessionLifetime is how long an unused session stays open: shoppers come back after weeks.
	customerSessionLifetime = 30 * 24 * time.Hour
	// extendCustomerEvery bounds how often using a session writes.
	extendCustomerEvery = time.Hour
	// customerTokenLifetime is how long a session that was ended may still act.
	customerTokenLifetime = 60 * time.Second
)

// openCustomerSession adds a session, and removes what no session and no limit needs any more.
func openCustomerSession(ctx context.Context, tx pgx.Tx, session authdb.CreateCustomerSessionParams) error {
	err := queries.RemoveOldCustomerSessions(ctx, tx, authdb.RemoveOldCustomerSessionsParams{Before: session.Now.Add(-knownFor), Most: sweptAtOnce})
	if err != nil {
		return fmt.Errorf("remove old sessions: %w", err)
	}
	err = queries.RemoveOldSignInTries(ctx, tx, authdb.RemoveOldSignInTriesParams{Before: session.Now.Add(-failureWindow), Most: sweptAtOnce})
	if err != nil {
		return fmt.Errorf("remove old sign-in tries: %w", err)
	}
	if err := queries.CreateCustomerSession(ctx, tx, session); err != nil {
		return fmt.Errorf("create session: %w", err)
	}
	return nil
}

// ExchangeCustomerSession reads the primary each time: a session that was ended ends now.
func (s *Service) ExchangeCustomerSession(ctx context.Context, req *authv1.ExchangeCustomerSessionRequest) (*authv1.ExchangeCustomerSessionResponse, error) {
	now, hash := clock.Now(), hashSecret(req.GetSession())
	session, err := queries.UseCustomerSession(ctx, s.db.Primary(), authdb.UseCustomerSessionParams{SecretHash: hash, Now: now})
	if postgres.IsNoRows(err) {
		return nil, errNoSession
	}
	if err != nil {
		return nil, fmt.Errorf("use session: %w", err)
	}
	if now.Sub(session.UsedTime) > extendCustomerEvery {
		err := queries.ExtendCustomerSession(ctx, s.db.Primary(), authdb.ExtendCustomerSessionParams{SecretHash: hash, Now: now, ExpireTime: now.Add(customerSessionLifetime)})
		if err != nil {
			return nil, fmt.Errorf("extend session: %w", err)
		}
	}
	token, expires, err := s.customerToken(session.AuthCustomer, now)
	if err != nil {
		return nil, err
	}
	return &authv1.ExchangeCustomerSessionResponse{Token: token, ExpireTime: timestamppb.New(expires), Customer: customerToProto(session.AuthCustomer)}, nil
}

func (s *Service) customerToken(customer authdb.AuthCustomer, now time.Time) (token string, expires time.Time, err error) {
	expires = now.Add(customerTokenLifetime)
	token, err = s.signer.Sign(auth.Caller{Kind: auth.Customer, Subject: customer.ID, Name: customer.Email}, expires)
	return token, expires, err
}

// SignOut ends a session, whether it is there or not.
func (s *Service) SignOut(ctx context.Context, req *authv1.SignOutRequest) (*authv1.SignOutResponse, error) {
	err := queries.EndCustomerSession(ctx, s.db.Primary(), authdb.EndCustomerSessionParams{SecretHash: hashSecret(req.GetSession()), Now: clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("end session: %w", err)
	}
	return &authv1.SignOutResponse{}, nil
}

// SignOutEverywhere ends the caller's sessions. Tokens that were made of them act for at most a minute more.
func (s *Service) SignOutEverywhere(ctx context.Context, _ *authv1.SignOutEverywhereRequest) (*authv1.SignOutEverywhereResponse, error) {
	err := queries.EndCustomerSessions(ctx, s.db.Primary(), authdb.EndCustomerSessionsParams{CustomerID: auth.CallerFrom(ctx).Subject, Now: clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("end sessions: %w", err)
	}
	return &authv1.SignOutEverywhereResponse{}, nil
}
