package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math"
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
	"github.com/tradewind-commerce/tradewind/platform/web"
)

const (
	// sessionLifetime is how long an unused session stays open: a working day.
	sessionLifetime = 12 * time.Hour
	// extendEvery bounds how often using a session writes.
	extendEvery = 10 * time.Minute
	// staffTokenLifetime is how long a role that was taken away, or a session that was ended, may still act.
	staffTokenLifetime = 60 * time.Second

	// Limits of login: 5 wrong passwords of one account from one address, 20 from one address, within a window.
	maxFailuresByPair    = 5
	maxFailuresByAddress = 20
	failureWindow        = 15 * time.Minute
	// After 20 wrong passwords of one account in a day, wherever from, each further one makes the next wait longer, up to a minute. An
	// account is never shut: who is kept waiting by strangers signs in from where they did before.
	maxFailuresByEmail  = 20
	longestAccountDelay = time.Minute
	// knownFor is how long an address is remembered after a session from it ended.
	knownFor = 30 * 24 * time.Hour
)

var (
	errEmailTaken = rpc.AlreadyExists("somebody with this e-mail address is there already")
	errNoEmail    = rpc.InvalidArgument("email: this is not an e-mail address")
	errWrongLogin = rpc.Unauthenticated("e-mail or password is wrong")
	errNoSession  = rpc.Unauthenticated("you are signed out; sign in again")
)

// LogIn checks a password and opens a session. An account that does not exist takes as long as one that does.
func (s *Service) LogIn(ctx context.Context, req *authv1.LogInRequest) (*authv1.LogInResponse, error) {
	email, address, now := normalizeEmail(req.GetEmail()), web.ClientNetwork(ctx), clock.Now()
	if err := s.countTry(ctx, email, address, now); err != nil {
		return nil, err
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
		return nil, errWrongLogin
	}
	return s.openSession(ctx, staff, address, now)
}

// countTry counts a try as wrong until its password proves right, or refuses it, which then counts for nothing.
func (s *Service) countTry(ctx context.Context, email, address string, now time.Time) error {
	try := id.New()
	err := queries.AddLoginTry(ctx, s.db.Primary(), authdb.AddLoginTryParams{ID: try, Email: email, Address: address, Time: now})
	if err != nil {
		return fmt.Errorf("add login try: %w", err)
	}
	tries, err := queries.ReadLoginTries(ctx, s.db.Primary(), authdb.ReadLoginTriesParams{
		ID: try, Email: email, Address: address, Since: now.Add(-failureWindow), Day: now.Add(-24 * time.Hour),
		PerPair: maxFailuresByPair, PerAddress: maxFailuresByAddress,
	})
	if err != nil {
		return fmt.Errorf("read login tries: %w", err)
	}
	wait := loginWait(tries, now)
	if wait <= 0 {
		return nil
	}
	if err := queries.RemoveLoginTry(ctx, s.db.Primary(), try); err != nil {
		return fmt.Errorf("remove login try: %w", err)
	}
	return errTooMany("too many wrong passwords", wait)
}

// loginWait is how long the caller must wait before the next try; zero or less for not at all.
func loginWait(tries authdb.ReadLoginTriesRow, now time.Time) time.Duration {
	wait := max(tries.PairTime.Sub(now), tries.AddressTime.Sub(now)) + failureWindow
	if tries.ByEmail >= maxFailuresByEmail && !tries.KnownAddress {
		delay := min(time.Second<<min(tries.ByEmail-maxFailuresByEmail, 10), longestAccountDelay)
		wait = max(wait, tries.LastTime.Add(delay).Sub(now))
	}
	return wait
}

// errTooMany says of what, and what is left of the wait.
func errTooMany(what string, wait time.Duration) error {
	left := fmt.Sprintf("%d seconds", int(math.Ceil(wait.Seconds())))
	switch {
	case wait > 2*time.Hour:
		left = fmt.Sprintf("%d hours", int(math.Ceil(wait.Hours())))
	case wait > time.Minute:
		left = fmt.Sprintf("%d minutes", int(math.Ceil(wait.Minutes())))
	}
	return rpc.ResourceExhausted(what + "; try again in " + left)
}

func (s *Service) openSession(ctx context.Context, staff authdb.AuthStaff, address string, now time.Time) (*authv1.LogInResponse, error) {
	secret := rand.Text() // 130 random bits
	expires := now.Add(sessionLifetime)
	return postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (*authv1.LogInResponse, error) {
		err := queries.ForgetLoginFailures(ctx, tx, authdb.ForgetLoginFailuresParams{Email: staff.Email, Address: address, Before: now.Add(-24 * time.Hour)})
		if err != nil {
			return nil, fmt.Errorf("forget login failures: %w", err)
		}
		if err := queries.RemoveOldSessions(ctx, tx, now.Add(-knownFor)); err != nil {
			return nil, fmt.Errorf("remove old sessions: %w", err)
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
	err := queries.EndSession(ctx, s.db.Primary(), authdb.EndSessionParams{SecretHash: hashSecret(req.GetSession()), Now: clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("end session: %w", err)
	}
	return &authv1.LogOutResponse{}, nil
}

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func normalizeEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
