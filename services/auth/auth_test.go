package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/gen/db/authdb"
	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/web"
)

const password = "a password of some length"

func newTestService(t *testing.T) *Service {
	t.Helper()
	signer, err := auth.NewSigner(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	service, err := New(postgrestest.New(t), signer, make([]byte, auth.SecretSize))
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func addStaff(t *testing.T, service *Service, email string) {
	t.Helper()
	_, err := service.CreateStaff(context.Background(), &authv1.CreateStaffRequest{Email: email, DisplayName: "Ada", Password: password})
	if err != nil {
		t.Fatal(err)
	}
}

func logIn(service *Service, email, password, address string) (*authv1.LogInResponse, error) {
	return service.LogIn(from(address), &authv1.LogInRequest{Email: email, Password: password})
}

// from is the context of a call from an address, or from inside the process.
func from(address string) (ctx context.Context) {
	if address == "" {
		return context.Background()
	}
	request := httptest.NewRequest(http.MethodPost, "/", nil)
	request.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(address), 1).String()
	web.Proxies(nil).Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { ctx = r.Context() })).ServeHTTP(httptest.NewRecorder(), request)
	return ctx
}

// A session gives tokens that verify as the staff member with their permissions, and none once it is ended.
func TestSession(t *testing.T) {
	t.Parallel()
	ctx, service := context.Background(), newTestService(t)
	addStaff(t, service, "Ada@Example.com")
	opened, err := logIn(service, " ada@example.COM", password, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	exchanged, err := service.ExchangeSession(ctx, &authv1.ExchangeSessionRequest{Session: opened.GetSession()})
	if err != nil {
		t.Fatal(err)
	}
	if life := exchanged.GetExpireTime().AsTime().Sub(clock.Now()); life > staffTokenLifetime {
		t.Errorf("the token lives %s, longer than a removed role may act", life)
	}
	verifier := auth.NewVerifier(func(ctx context.Context) ([]auth.PublicKey, error) {
		keys, err := service.ListSigningKeys(ctx, &authv1.ListSigningKeysRequest{})
		return []auth.PublicKey{{ID: keys.GetKeys()[0].GetId(), Key: keys.GetKeys()[0].GetPublicKey()}}, err
	})
	caller, err := verifier.Verify(ctx, exchanged.GetToken())
	if err != nil || caller.Kind != auth.Staff || caller.Subject != exchanged.GetStaff().GetId() || !caller.Has("orders.read") {
		t.Errorf("caller %+v, %v", caller, err)
	}
	for range 2 { // ending twice is a success
		if _, err := service.LogOut(ctx, &authv1.LogOutRequest{Session: opened.GetSession()}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = service.ExchangeSession(ctx, &authv1.ExchangeSessionRequest{Session: opened.GetSession()})
	if connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("an ended session: %v", err)
	}
}

// A wrong password and an unknown account read the same, and guessing is stopped for an account and for an address.
func TestLogInRefuses(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	addStaff(t, service, "ada@example.com")
	addStaff(t, service, "bob@example.com")
	_, wrong := logIn(service, "ada@example.com", "not it", "10.0.0.1")
	_, unknown := logIn(service, "nobody@example.com", "not it", "10.0.0.1")
	if connect.CodeOf(wrong) != connect.CodeUnauthenticated || wrong.Error() != unknown.Error() {
		t.Errorf("wrong password %q, unknown account %q; want the same words", wrong, unknown)
	}
	for range maxFailuresByPair {
		_, _ = logIn(service, "ada@example.com", "not it", "10.0.0.2")
	}
	if _, err := logIn(service, "ada@example.com", password, "10.0.0.2"); connect.CodeOf(err) != connect.CodeResourceExhausted || !strings.Contains(err.Error(), "15 minutes") {
		t.Errorf("after %d wrong passwords: %v", maxFailuresByPair, err)
	}
	if _, err := logIn(service, "bob@example.com", password, "10.0.0.2"); err != nil {
		t.Errorf("another account is shut out too: %v", err)
	}
	if _, err := logIn(service, "ada@example.com", password, "10.0.0.3"); err != nil {
		t.Errorf("the owner is shut out by what a stranger did elsewhere: %v", err)
	}
	for i := range maxFailuresByAddress {
		_, _ = logIn(service, fmt.Sprintf("nobody%d@example.com", i), "not it", "2001:db8::1")
	}
	if _, err := logIn(service, "bob@example.com", password, "2001:db8::2"); connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Errorf("after %d wrong passwords from one network: %v", maxFailuresByAddress, err)
	}
}

// Many guesses at once are no more guesses than one after another.
func TestLogInCountsWhatRunsAtOnce(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	addStaff(t, service, "ada@example.com")
	var looked atomic.Int32
	var guesses sync.WaitGroup
	for range 30 {
		guesses.Go(func() {
			if _, err := logIn(service, "ada@example.com", "not it", "10.0.0.1"); connect.CodeOf(err) == connect.CodeUnauthenticated {
				looked.Add(1)
			}
		})
	}
	guesses.Wait()
	if looked.Load() > maxFailuresByPair {
		t.Errorf("%d guesses were looked at, at most %d", looked.Load(), maxFailuresByPair)
	}
}

// Guessing from ever new addresses becomes slow, and does not hold up the owner where they signed in before.
func TestStrangersCannotShutAnAccount(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	addStaff(t, service, "ada@example.com")
	opened, err := logIn(service, "ada@example.com", password, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.LogOut(t.Context(), &authv1.LogOutRequest{Session: opened.GetSession()}); err != nil {
		t.Fatal(err)
	}
	guessed := 0
	for i := range 2 * maxFailuresByEmail {
		if _, err := logIn(service, "ada@example.com", "not it", fmt.Sprintf("10.0.0.%d", i)); connect.CodeOf(err) == connect.CodeUnauthenticated {
			guessed++
		}
	}
	if guessed < maxFailuresByEmail || guessed > maxFailuresByEmail+5 { // a busy machine lets a second or two pass
		t.Errorf("%d guesses were looked at, want about %d", guessed, maxFailuresByEmail)
	}
	if _, err := logIn(service, "ada@example.com", password, "192.0.2.1"); err != nil {
		t.Errorf("the owner, from where they signed in before: %v", err)
	}
}

// The wait after strangers' guesses grows, and never beyond a minute.
func TestLoginWait(t *testing.T) {
	t.Parallel()
	now := clock.Now()
	for tries, want := range map[int32]time.Duration{
		0: 0, maxFailuresByEmail - 1: 0, maxFailuresByEmail: time.Second, maxFailuresByEmail + 3: 8 * time.Second, 1_000_000: longestAccountDelay,
	} {
		long := now.Add(-failureWindow)
		row := authdb.ReadLoginTriesRow{PairTime: long, AddressTime: long, ByEmail: tries, LastTime: now}
		if wait := max(loginWait(row, now), 0); wait != want {
			t.Errorf("after %d tries: %s, want %s", tries, wait, want)
		}
		row.KnownAddress = true
		if wait := loginWait(row, now); wait > 0 {
			t.Errorf("after %d tries, from a known address: %s", tries, wait)
		}
	}
}

// The hash of a session is stored, never the session, so that a copy of the table opens nothing.
func TestSecretsAreHashed(t *testing.T) {
	t.Parallel()
	ctx, service := context.Background(), newTestService(t)
	addStaff(t, service, "ada@example.com")
	opened, err := logIn(service, "ada@example.com", password, "")
	if err != nil {
		t.Fatal(err)
	}
	var found int
	err = service.db.Primary().QueryRow(ctx, `select count(*) from auth_sessions s, auth_staff f
		where position($1::bytea in s.secret_hash) > 0 or s::text like '%' || $2 || '%' or f.password_hash like '%' || $3 || '%' or f.password_hash not like '$argon2id$v=19$m=19456,t=2,p=1$%'`,
		[]byte(opened.GetSession()), opened.GetSession(), password).Scan(&found)
	if err != nil || found != 0 {
		t.Errorf("%d rows hold a secret, %v", found, err)
	}
}

// The same e-mail belongs to one person, also when two are added at once.
func TestCreateStaffOnce(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	var wait sync.WaitGroup
	codes := make([]connect.Code, 4)
	for i := range codes {
		wait.Go(func() {
			_, err := service.CreateStaff(context.Background(), &authv1.CreateStaffRequest{Email: "ada@example.com", DisplayName: "Ada", Password: password})
			if err != nil {
				codes[i] = connect.CodeOf(err)
			}
		})
	}
	wait.Wait()
	created := 0
	for _, code := range codes {
		switch code {
		case 0:
			created++
		case connect.CodeAlreadyExists:
		default:
			t.Errorf("code %v", code)
		}
	}
	if created != 1 {
		t.Errorf("%d created, want 1", created)
	}
}
