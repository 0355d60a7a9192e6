package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/authdb"
	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// sessionLifetime is how long an unused session stays open: a working day.
	sessionLifetime = 12 * time.Hour
	// extendEvery bounds how often using a session writes.
	extendEvery = 10 * time.Minute
	// staffTokenLifetime is how long a role that was taken away, or a session that was ended, may still act.
	staffTokenLifetime = 60 * time.Second

	// Limits of login: 5 wrong passwords of one account, 20 from one address, within a window.
	maxFailuresByEmail   = 5
	maxFailuresByAddress = 20
	failureWindow        = 15 * time.Minute
)

var (
	errEmailTaken = rpc.AlreadyExists("somebody with this e-mail address is there already")
	errNoEmail    = rpc.InvalidArgument("email: this is not an e-mail address")
	errWrongLogin = rpc.Unauthenticated("e-mail or password is wrong")
	errNoSession  = rpc.Unauthenticated("you are signed out; sign in again")
	errTooMany    = rpc.ResourceExhausted("too many wrong passwords; try again in 15 minutes")
)

// LogIn checks a password and opens a session. An account that does not exist takes as long as one that does.
func (s *Service) LogIn(ctx context.Context, req *authv1.LogInRequest) (*authv1.LogInResponse, error) {
	email, now := normalizeEmail(req.GetEmail()), clock.Now()
	failures, err := queries.CountLoginFailures(ctx, s.db.Primary(), authdb.CountLoginFailuresParams{
		Email: email, Address: req.GetClientAddress(), Since: now.Add(-failureWindow),
	})
	if err != nil {
		return nil, fmt.Errorf("count login failures: %w", err)
	}
	if failures.ByEmail >= maxFailuresByEmail || failures.ByAddress >= maxFailuresByAddress {
		return nil, errTooMany
	}
	staff, err := queries.FindStaffByEmail(ctx, s.db.Primary(), email)
	if err != nil && !postgres.IsNoRows(err) {
		return nil, fmt.Errorf("find staff: %w", err)
	}
	right, err := s.hashes.compare(ctx, req.GetPassword(), staff.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !right {
		err := queries.AddLoginFailure(ctx, s.db.Primary(), authdb.AddLoginFailureParams{ID: id.New(), Email: email, Address: req.GetClientAddress(), Time: now})
		if err != nil {
			return nil, fmt.Errorf("add login failure: %w", err)
		}
		return nil, errWrongLogin
	}
	return s.openSession(ctx, staff, req.GetClientAddress(), now)
}

func (s *Service) openSession(ctx context.Context, staff authdb.AuthStaff, address string, now time.Time) (*authv1.LogInResponse, error) {
	secret := rand.Text() // 130 random bits
	expires := now.Add(sessionLifetime)
	return postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (*authv1.LogInResponse, error) {
		err := queries.ForgetLoginFailures(ctx, tx, authdb.ForgetLoginFailuresParams{Email: staff.Email, Before: now.Add(-24 * time.Hour)})
		if err != nil {
			return nil, fmt.Errorf("forget login failures: %w", err)
		}
		if err := queries.RemoveExpiredSessions(ctx, tx, now); err != nil {
			return nil, fmt.Errorf("remove expired sessions: %w", err)
		}
		err = queries.CreateSession(ctx, tx, authdb.CreateSessionParams{
			SecretHash: hashSecret(secret), StaffID: staff.ID, Address: address, Now: now, ExpireTime: expires,
		})
		if err != nil {
			return nil, fmt.Errorf("create session: %w", err)
		}
		return &authv1.LogInResponse{Session: secret, ExpireTime: timestamppb.New(expires)}, nil
	})
}

// ExchangeSession reads the primary each time: a session that was ended ends now.
func (s *Service) ExchangeSession(ctx context.Context, req *authv1.ExchangeSessionRequest) (*authv1.ExchangeSessionResponse, error) {
	now, hash := clock.Now(), hashSecret(req.GetSession())
	session, err := queries.UseSession(ctx, s.db.Primary(), authdb.UseSessionParams{SecretHash: hash, Now: now})
	if postgres.IsNoRows(err) {
		return nil, errNoSession
	}
	if err != nil {
		return nil, fmt.Errorf("use session: %w", err)
	}
	if now.Sub(session.UsedTime) > extendEvery {
		err := queries.ExtendSession(ctx, s.db.Primary(), authdb.ExtendSessionParams{SecretHash: hash, Now: now, ExpireTime: now.Add(sessionLifetime)})
		if err != nil {
			return nil, fmt.Errorf("extend session: %w", err)
		}
	}
	expires := now.Add(staffTokenLifetime)
	token, err := s.signer.Sign(auth.Caller{Kind: auth.Staff, Subject: session.StaffID, Name: session.DisplayName, Grants: session.Permissions}, expires)
	if err != nil {
		return nil, err
	}
	return &authv1.ExchangeSessionResponse{
		Token: token, ExpireTime: timestamppb.New(expires),
		Staff: &authv1.Staff{Id: session.StaffID, Email: session.Email, DisplayName: session.DisplayName, Permissions: session.Permissions},
	}, nil
}

// LogOut ends a session, whether it is there or not.
func (s *Service) LogOut(ctx context.Context, req *authv1.LogOutRequest) (*authv1.LogOutResponse, error) {
	if err := queries.EndSession(ctx, s.db.Primary(), hashSecret(req.GetSession())); err != nil {
		return nil, fmt.Errorf("end session: %w", err)
	}
	return &authv1.LogOutResponse{}, nil
}

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func normalizeEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
