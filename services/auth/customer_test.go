package auth

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// ask has a code mailed, and returns its sign-in and the code that the mail would have.
func ask(t *testing.T, service *Service, email, address string) (asked, code string) {
	t.Helper()
	answer, err := service.SendSignInCode(from(address), &authv1.SendSignInCodeRequest{Email: email})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetSignInId(), open(t, service, answer.GetSignInId())
}

func open(t *testing.T, service *Service, asked string) (code string) {
	t.Helper()
	opened, err := service.OpenSignInCode(t.Context(), &authv1.OpenSignInCodeRequest{SignInId: asked})
	if err != nil {
		t.Fatal(err)
	}
	return opened.GetCode()
}

func signIn(service *Service, asked, code, address string) (*authv1.SignInResponse, error) {
	return service.SignIn(from(address), &authv1.SignInRequest{SignInId: asked, Code: code})
}

// join signs somebody in.
func join(t *testing.T, service *Service, email, address string) *authv1.SignInResponse {
	t.Helper()
	asked, code := ask(t, service, email, address)
	in, err := signIn(service, asked, code, address)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// wrong is a code that is not this one.
func wrong(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

func exec(t *testing.T, service *Service, sql string, args ...any) {
	t.Helper()
	if _, err := service.db.Primary().Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, service *Service, sql string, args ...any) (n int) {
	t.Helper()
	if err := service.db.Primary().QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// told is how many events of a kind there are.
func told(t *testing.T, service *Service, event proto.Message) int {
	t.Helper()
	return number(t, service, "select count(*) from outbox where topic = $1", event.ProtoReflect().Descriptor().FullName())
}

// A code that was mailed opens an account and a session, whose tokens verify as the customer. The next sign-in finds the account.
func TestSignIn(t *testing.T) {
	t.Parallel()
	ctx, service := postgres.WithToken(from("10.0.0.1"), 0), newTestService(t)
	asked, code := ask(t, service, " Ann@Example.com", "10.0.0.1")
	in, err := service.SignIn(ctx, &authv1.SignInRequest{SignInId: asked, Code: code[:4] + " - " + code[4:]})
	if err != nil {
		t.Fatal(err)
	}
	if email := in.GetCustomer().GetEmail(); email != "ann@example.com" {
		t.Errorf("signed in as %q", email)
	}
	exchanged, err := service.ExchangeCustomerSession(ctx, &authv1.ExchangeCustomerSessionRequest{Session: in.GetSession()})
	if err != nil {
		t.Fatal(err)
	}
	if life := exchanged.GetExpireTime().AsTime().Sub(clock.Now()); life > customerTokenLifetime {
		t.Errorf("the token lives %s, longer than a session that was ended may act", life)
	}
	verifier := auth.NewVerifier(func(ctx context.Context) ([]auth.PublicKey, error) {
		keys, err := service.ListSigningKeys(ctx, &authv1.ListSigningKeysRequest{})
		return []auth.PublicKey{{ID: keys.GetKeys()[0].GetId(), Key: keys.GetKeys()[0].GetPublicKey()}}, err
	})
	for _, token := range []string{in.GetToken(), exchanged.GetToken()} {
		caller, err := verifier.Verify(ctx, token)
		if err != nil || caller.Kind != auth.Customer || caller.Subject != in.GetCustomer().GetId() || caller.Name != "ann@example.com" || len(caller.Grants) > 0 {
			t.Errorf("caller %+v, %v", caller, err)
		}
	}
	again := join(t, service, "ann@EXAMPLE.com", "10.0.0.1")
	if !proto.Equal(again.GetCustomer(), in.GetCustomer()) || again.GetSession() == in.GetSession() {
		t.Errorf("the next time %v, first %v", again.GetCustomer(), in.GetCustomer())
	}
	if told(t, service, &authv1.CustomersSignedUp{}) != 1 || told(t, service, &authv1.SignInCodeAsked{}) != 2 {
		t.Error("not one account and two codes were told of")
	}
	found, err := service.BatchGetCustomers(ctx, &authv1.BatchGetCustomersRequest{Ids: []string{id.New(), in.GetCustomer().GetId()}})
	if err != nil || len(found.GetCustomers()) != 1 || !proto.Equal(found.GetCustomers()[0], in.GetCustomer()) {
		t.Errorf("read %v, %v", found, err)
	}
}

// Whatever is wrong with a code reads the same, and another's does not open it.
func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	used, usedCode := ask(t, service, "used@example.com", "10.0.0.1")
	if _, err := signIn(service, used, usedCode, "10.0.0.1"); err != nil {
		t.Fatal(err)
	}
	ended, endedCode := ask(t, service, "ended@example.com", "10.0.0.1")
	exec(t, service, "update auth_sign_ins set expire_time = $2 where id = $1", ended, clock.Now())
	tried, triedCode := ask(t, service, "tried@example.com", "10.0.0.1")
	for range maxTries {
		_, _ = signIn(service, tried, wrong(triedCode), "10.0.0.1")
	}
	fresh, freshCode := ask(t, service, "fresh@example.com", "10.0.0.1")
	for name, c := range map[string]struct{ signIn, code string }{
		"a wrong code":              {fresh, wrong(freshCode)},
		"the code of another":       {fresh, usedCode},
		"no code":                   {fresh, "-"},
		"no such sign-in":           {id.New(), freshCode},
		"a code that was used":      {used, usedCode},
		"a code that has ended":     {ended, endedCode},
		"a code tried at too often": {tried, triedCode},
	} {
		in, err := signIn(service, c.signIn, c.code, "10.0.0.2")
		if connect.CodeOf(err) != connect.CodeUnauthenticated || err.Error() != errWrongCode.Error() || in != nil {
			t.Errorf("%s: %v, %v", name, in, err)
		}
	}
	if _, err := signIn(service, fresh, freshCode, "10.0.0.1"); err != nil {
		t.Errorf("the right code after three wrong ones: %v", err)
	}
	for name, asked := range map[string]string{"used": used, "ended": ended, "tried": tried} {
		if _, err := service.OpenSignInCode(t.Context(), &authv1.OpenSignInCodeRequest{SignInId: asked}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("the mail of a code that was %s: %v", name, err)
		}
	}
	if _, err := service.OpenSignInCode(t.Context(), &authv1.OpenSignInCodeRequest{SignInId: id.New()}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("the mail of no sign-in: %v", err)
	}
}

// A mail that is sent twice has one code: whoever reads either gets in.
func TestTheCodeStays(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	first, code := ask(t, service, "ann@example.com", "10.0.0.1")
	if again := open(t, service, first); again != code {
		t.Errorf("first %s, then %s", code, again)
	}
	if _, other := ask(t, service, "ann@example.com", "10.0.0.1"); other == code {
		t.Error("two sign-ins have one code")
	}
	if _, err := signIn(service, first, code, "10.0.0.1"); err != nil { // a slow mail is still good
		t.Errorf("the earlier code: %v", err)
	}
}

// Two hundred guesses at once, each from elsewhere, are five, and the right code among them afterwards is no use.
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	asked, code := ask(t, service, "ann@example.com", "10.0.0.1")
	var guesses sync.WaitGroup
	for i := range 200 {
		guesses.Go(func() {
			if _, err := signIn(service, asked, wrong(code), fmt.Sprintf("10.1.0.%d", i)); connect.CodeOf(err) != connect.CodeUnauthenticated {
				t.Errorf("guess %d: %v", i, err)
			}
		})
	}
	guesses.Wait()
	if looked := number(t, service, "select tries from auth_sign_ins where id = $1", asked); looked != maxTries {
		t.Errorf("%d guesses were looked at, want %d", looked, maxTries)
	}
	if _, err := signIn(service, asked, code, "10.0.0.1"); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("a sixth try: %v", err)
	}
}

// A code that is entered in several windows at once opens one session.
func TestACodeOpensOneSession(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	asked, code := ask(t, service, "ann@example.com", "10.0.0.1")
	var opened atomic.Int32
	var windows sync.WaitGroup
	for range maxTries {
		windows.Go(func() {
			switch _, err := signIn(service, asked, code, "10.0.0.1"); {
			case err == nil:
				opened.Add(1)
			case connect.CodeOf(err) != connect.CodeUnauthenticated:
				t.Error(err)
			}
		})
	}
	windows.Wait()
	if kept := number(t, service, "select count(*) from auth_customer_sessions"); opened.Load() != 1 || kept != 1 {
		t.Errorf("%d sessions were opened, %d are kept", opened.Load(), kept)
	}
}

// Whoever signs in for the first time on several devices at once has one account, which is told once.
func TestOneAccountOfAnAddress(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	var devices sync.WaitGroup
	customers := make([]string, maxCodesInHour)
	for i := range customers {
		asked, code := ask(t, service, "ann@example.com", "10.0.0.1")
		devices.Go(func() {
			in, err := signIn(service, asked, code, "10.0.0.1")
			if err != nil {
				t.Error(err)
			}
			customers[i] = in.GetCustomer().GetId()
		})
	}
	devices.Wait()
	if accounts := slices.Compact(customers); len(accounts) != 1 || accounts[0] == "" || number(t, service, "select count(*) from auth_customers") != 1 {
		t.Errorf("the accounts %v", accounts)
	}
	if n := told(t, service, &authv1.CustomersSignedUp{}); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// What is no address gets no mail, also what would add another recipient.
func TestCodesGoToAddresses(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	for _, email := range []string{"ann", "@example.com", "ann@", "ann@example.com, eve@example.com", "Ann <ann@example.com>", "ann@example.com\r\nBcc: eve@example.com", "ann @example.com", "   "} {
		_, err := service.SendSignInCode(t.Context(), &authv1.SendSignInCodeRequest{Email: email})
		if connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%q: %v", email, err)
		}
	}
	if n := told(t, service, &authv1.SignInCodeAsked{}); n != 0 {
		t.Errorf("%d codes", n)
	}
}

// Nothing tells whether an address has an account: not the answer, nor what is written, nor what is told.
func TestAnAccountMakesNoDifference(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	join(t, service, "ann@example.com", "10.0.0.1")
	exec(t, service, "delete from auth_sign_ins")
	exec(t, service, "delete from outbox")
	var answers []*authv1.SendSignInCodeResponse
	for _, email := range []string{"ann@example.com", "bob@example.com"} {
		before := clock.Now()
		answer, err := service.SendSignInCode(from("10.0.0.9"), &authv1.SendSignInCodeRequest{Email: email})
		if err != nil {
			t.Fatal(err)
		}
		if ahead := answer.GetExpireTime().AsTime().Sub(before); ahead < codeLifetime || ahead > codeLifetime+time.Minute {
			t.Errorf("%s: the code ends in %s", email, ahead)
		}
		if n := told(t, service, &authv1.SignInCodeAsked{}); n != len(answers)+1 {
			t.Errorf("%s: %d mails are due", email, n)
		}
		answer.SignInId, answer.ExpireTime = "", nil // which are drawn, and the time of day
		answers = append(answers, answer)
	}
	if !proto.Equal(answers[0], answers[1]) || number(t, service, `select count(distinct (network, tries, used_time, length(salt), expire_time - create_time)) from auth_sign_ins`) != 1 {
		t.Errorf("with an account %v, without %v", answers[0], answers[1])
	}
}

// A copy of the database signs nobody in: neither codes nor sessions are in it.
func TestCustomersSecretsAreNotStored(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	_, code := ask(t, service, "ann@example.com", "10.0.0.1")
	in := join(t, service, "bob@example.com", "10.0.0.1")
	found := number(t, service, `select count(*) from (
			select s::text as row, s.secret_hash as bytes from auth_customer_sessions s
			union all select i::text, i.salt from auth_sign_ins i
			union all select c::text, '' from auth_customers c
			union all select o::text, o.payload from outbox o
		) all_rows where row like '%' || $1 || '%' or row like '%' || $2 || '%' or position($1::text::bytea in bytes) > 0 or position($2::text::bytea in bytes) > 0`, code, in.GetSession())
	if found != 0 {
		t.Errorf("%d rows hold a secret", found)
	}
	if personal := number(t, service, "select count(*) from outbox where position('@'::bytea in payload) > 0"); personal != 0 {
		t.Errorf("%d events tell an address", personal)
	}
}
