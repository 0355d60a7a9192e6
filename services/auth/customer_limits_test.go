package auth

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// mayAsk asks for a code, and says whether one is mailed, or how long to wait.
func mayAsk(t *testing.T, service *Service, email, address string) (mailed bool, wait string) {
	t.Helper()
	_, err := service.SendSignInCode(from(address), &authv1.SendSignInCodeRequest{Email: email})
	if err != nil && connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Fatal(err)
	}
	if err == nil {
		return true, ""
	}
	_, wait, found := strings.Cut(err.Error(), "too many codes were asked for; try again in ")
	if !found {
		t.Errorf("refused with %v", err)
	}
	return false, wait
}

// later makes everything that was asked for and tried that much older.
func later(t *testing.T, service *Service, interval string) {
	t.Helper()
	exec(t, service, "update auth_sign_ins set create_time = create_time - $1::text::interval, expire_time = expire_time - $1::text::interval", interval)
	exec(t, service, "update auth_sign_in_tries set time = time - $1::text::interval", interval)
}

// Nobody's mailbox is filled: an address gets three codes in an hour and ten in a day, wherever they are asked from, and with an account as many as without.
func TestCodesOfAnAddress(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	join(t, service, "ann@example.com", "192.0.2.1")
	exec(t, service, "delete from auth_sign_ins")
	exec(t, service, "delete from outbox")
	for i, email := range []string{"ann@example.com", "bob@example.com"} {
		var mailed atomic.Int32
		var asking sync.WaitGroup
		for n := range 30 {
			asking.Go(func() {
				if ok, _ := mayAsk(t, service, email, fmt.Sprintf("10.%d.0.%d", i, n)); ok {
					mailed.Add(1)
				}
			})
		}
		asking.Wait()
		if mailed.Load() != maxCodesInHour {
			t.Errorf("%s: %d codes at once, want %d", email, mailed.Load(), maxCodesInHour)
		}
		if ok, wait := mayAsk(t, service, email, "10.9.0.1"); ok || wait != "60 minutes" {
			t.Errorf("%s: one more: %t, wait %s", email, ok, wait)
		}
	}
	for total := maxCodesInHour; ; total++ {
		if total%maxCodesInHour == 0 {
			later(t, service, "61 minutes")
		}
		if total == maxCodesInDay {
			break
		}
		if ok, wait := mayAsk(t, service, "ann@example.com", fmt.Sprintf("10.3.0.%d", total)); !ok {
			t.Fatalf("code %d of a day: wait %s", total+1, wait)
		}
	}
	later(t, service, "61 minutes")
	if ok, wait := mayAsk(t, service, "ann@example.com", "10.9.0.2"); ok || wait != "20 hours" {
		t.Errorf("one more in a day: %t, wait %s", ok, wait)
	}
	later(t, service, "21 hours")
	if ok, wait := mayAsk(t, service, "ann@example.com", "10.9.0.2"); !ok {
		t.Errorf("a day later: wait %s", wait)
	}
	if n := told(t, service, &authv1.SignInCodeAsked{}); n != maxCodesInDay+maxCodesInHour+1 {
		t.Errorf("%d mails are due", n)
	}
}

// A network gets ten codes in an hour, over all addresses; one that is refused counts for nothing.
func TestCodesOfANetwork(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	var mailed atomic.Int32
	var asking sync.WaitGroup
	for n := range 30 {
		asking.Go(func() {
			if ok, _ := mayAsk(t, service, fmt.Sprintf("somebody%d@example.com", n), fmt.Sprintf("2001:db8::%d", n)); ok {
				mailed.Add(1)
			}
		})
	}
	asking.Wait()
	if mailed.Load() != maxCodesByNetwork {
		t.Errorf("%d codes, want %d", mailed.Load(), maxCodesByNetwork)
	}
	if ok, wait := mayAsk(t, service, "ann@example.com", "2001:db8::ffff"); ok || wait != "60 minutes" {
		t.Errorf("one more: %t, wait %s", ok, wait)
	}
	if ok, wait := mayAsk(t, service, "ann@example.com", "2001:db8:0:1::1"); !ok {
		t.Errorf("from the network next to it: wait %s", wait)
	}
	later(t, service, "61 minutes")
	if ok, wait := mayAsk(t, service, "ann@example.com", "2001:db8::ffff"); !ok {
		t.Errorf("an hour later: wait %s", wait)
	}
}

// Shoppers behind a proxy on the same machine that nobody named are not one visitor; each address has its limit all the same.
func TestTheMachineItselfIsNoNetwork(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	for n := range maxCodesByNetwork + 5 {
		if ok, wait := mayAsk(t, service, fmt.Sprintf("somebody%d@example.com", n), "127.0.0.1"); !ok {
			t.Fatalf("code %d: wait %s", n+1, wait)
		}
	}
	for n := range maxCodesInHour + 1 {
		if ok, _ := mayAsk(t, service, "ann@example.com", "127.0.0.1"); ok != (n < maxCodesInHour) {
			t.Errorf("code %d of one address: %t", n+1, ok)
		}
	}
}

// Strangers who have codes mailed to somebody all day long do not keep them out where they have signed in before.
func TestStrangersCannotKeepAnOwnerOut(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	in := join(t, service, "ann@example.com", "192.0.2.1")
	if _, err := service.SignOut(t.Context(), &authv1.SignOutRequest{Session: in.GetSession()}); err != nil {
		t.Fatal(err)
	}
	for n := range 50 {
		mayAsk(t, service, "ann@example.com", fmt.Sprintf("10.0.0.%d", n))
		later(t, service, "25 minutes")
	}
	if ok, _ := mayAsk(t, service, "ann@example.com", "192.0.2.2"); ok {
		t.Error("strangers do not use an address's codes up; does this test try anything?")
	}
	for n := range maxCodesInHour {
		if ok, wait := mayAsk(t, service, "ann@example.com", "192.0.2.1"); !ok {
			t.Errorf("the owner's code %d, from where they signed in before: wait %s", n+1, wait)
		}
	}
	if ok, _ := mayAsk(t, service, "ann@example.com", "192.0.2.1"); ok {
		t.Error("who is known somewhere gets any number of codes there")
	}
	if ok, _ := mayAsk(t, service, "bob@example.com", "192.0.2.1"); !ok {
		t.Error("what was asked for ann counts for bob")
	}
}

// One network guesses at twenty codes in a quarter of an hour, whichever sign-ins they are of, at once or not. Right codes do not count.
func TestWrongCodesOfANetwork(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	for n := range 2 * maxCodesByNetwork {
		asked, code := ask(t, service, fmt.Sprintf("office%d@example.com", n), fmt.Sprintf("10.1.0.%d", n))
		if _, err := signIn(service, asked, code, "10.0.0.1"); err != nil {
			t.Fatalf("the right code %d from an office: %v", n+1, err)
		}
	}
	var looked atomic.Int32
	var guesses sync.WaitGroup
	for n := range 2 * maxWrongByNetwork {
		asked, code := ask(t, service, fmt.Sprintf("victim%d@example.com", n), fmt.Sprintf("10.2.0.%d", n))
		guesses.Go(func() {
			switch _, err := signIn(service, asked, wrong(code), "10.0.0.1"); connect.CodeOf(err) {
			case connect.CodeUnauthenticated:
				looked.Add(1)
			case connect.CodeResourceExhausted:
			default:
				t.Error(err)
			}
		})
	}
	guesses.Wait()
	if n := number(t, service, "select sum(tries) from auth_sign_ins where email like 'victim%'"); n != int(looked.Load()) || n > maxWrongByNetwork {
		t.Errorf("%d guesses were looked at, %d answered, at most %d", n, looked.Load(), maxWrongByNetwork)
	}
	for looked.Load() < maxWrongByNetwork { // some that were refused were counted for a moment by others
		looked.Add(1)
		asked, code := ask(t, service, fmt.Sprintf("more%d@example.com", looked.Load()), fmt.Sprintf("10.3.0.%d", looked.Load()))
		if _, err := signIn(service, asked, wrong(code), "10.0.0.1"); connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Fatalf("guess %d: %v", looked.Load(), err)
		}
	}
	asked, code := ask(t, service, "ann@example.com", "10.0.0.3")
	if _, err := signIn(service, asked, code, "10.0.0.1"); connect.CodeOf(err) != connect.CodeResourceExhausted || !strings.Contains(err.Error(), "too many wrong codes; try again in 15 minutes") {
		t.Errorf("after %d wrong codes from one network: %v", maxWrongByNetwork, err)
	}
	if tries := number(t, service, "select tries from auth_sign_ins where id = $1", asked); tries != 0 {
		t.Errorf("a try that was refused counts at its sign-in: %d", tries)
	}
	if _, err := signIn(service, asked, code, "10.0.0.3"); err != nil {
		t.Errorf("from another network: %v", err)
	}
	asked, code = ask(t, service, "ann@example.com", "10.0.0.3")
	exec(t, service, "update auth_sign_in_tries set time = time - interval '16 minutes'")
	if _, err := signIn(service, asked, code, "10.0.0.1"); err != nil {
		t.Errorf("a quarter of an hour later: %v", err)
	}
}

// What no limit looks at any more, and sessions that ended long ago, go as new ones come.
func TestOldRowsGo(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	in := join(t, service, "ann@example.com", "10.0.0.1")
	asked, code := ask(t, service, "bob@example.com", "10.0.0.1")
	_, _ = signIn(service, asked, wrong(code), "10.0.0.1")
	later(t, service, "25 hours")
	join(t, service, "bob@example.com", "10.0.0.1")
	rows := func() []int {
		t.Helper()
		return []int{
			number(t, service, "select count(*) from auth_sign_ins"), number(t, service, "select count(*) from auth_sign_in_tries"),
			number(t, service, "select count(*) from auth_customer_sessions"),
		}
	}
	if got := fmt.Sprint(rows()); got != "[1 0 2]" {
		t.Errorf("sign-ins, tries and sessions after a day: %s", got)
	}
	exec(t, service, "update auth_customer_sessions set expire_time = $2 where customer_id = $1", in.GetCustomer().GetId(), clock.Now().Add(-knownFor))
	join(t, service, "cem@example.com", "10.0.0.1")
	if got := fmt.Sprint(rows()); got != "[2 0 2]" {
		t.Errorf("sign-ins, tries and sessions after a month: %s", got)
	}
	if accounts := number(t, service, "select count(*) from auth_customers"); accounts != 3 {
		t.Errorf("%d accounts are left", accounts)
	}
}
