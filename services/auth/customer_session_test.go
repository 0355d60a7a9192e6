package auth

import (
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

func exchange(t *testing.T, service *Service, session string) (living bool) {
	t.Helper()
	_, err := service.ExchangeCustomerSession(t.Context(), &authv1.ExchangeCustomerSessionRequest{Session: session})
	if err != nil && connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Fatal(err)
	}
	return err == nil
}

// A session lives for thirty days after it was used last; using it writes once an hour.
func TestCustomerSessionsLast(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	session := join(t, service, "ann@example.com", "10.0.0.1").GetSession()
	used := func(ago time.Duration) {
		exec(t, service, "update auth_customer_sessions set used_time = $1, expire_time = $2", clock.Now().Add(-ago), clock.Now().Add(customerSessionLifetime-ago))
	}
	left := func() (left time.Duration) {
		t.Helper()
		var expires time.Time
		if err := service.db.Primary().QueryRow(t.Context(), "select expire_time from auth_customer_sessions").Scan(&expires); err != nil {
			t.Fatal(err)
		}
		return customerSessionLifetime - expires.Sub(clock.Now())
	}
	for ago, gone := range map[time.Duration]time.Duration{59 * time.Minute: 59 * time.Minute, 61 * time.Minute: 0, customerSessionLifetime - time.Minute: 0} {
		used(ago)
		if !exchange(t, service, session) {
			t.Errorf("ended %s after it was used", ago)
		}
		if left := left(); left < gone-time.Second || left > gone+time.Minute {
			t.Errorf("used after %s, it has lost %s of its life, want %s", ago, left, gone)
		}
	}
	used(customerSessionLifetime)
	if exchange(t, service, session) {
		t.Error("it lives on after thirty days")
	}
}

// Signing out ends a session at once, and everywhere all of one's own and nobody else's.
func TestSignOut(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	ann, phone, bob := join(t, service, "ann@example.com", "10.0.0.1"), join(t, service, "ann@example.com", "10.0.0.2"), join(t, service, "bob@example.com", "10.0.0.1")
	for range 2 { // ending twice is a success
		if _, err := service.SignOut(t.Context(), &authv1.SignOutRequest{Session: ann.GetSession()}); err != nil {
			t.Fatal(err)
		}
	}
	if exchange(t, service, ann.GetSession()) || !exchange(t, service, phone.GetSession()) {
		t.Error("signing out ends another session")
	}
	again := join(t, service, "ann@example.com", "10.0.0.1")
	caller := auth.WithCaller(t.Context(), auth.Caller{Kind: auth.Customer, Subject: ann.GetCustomer().GetId()})
	if _, err := service.SignOutEverywhere(caller, &authv1.SignOutEverywhereRequest{}); err != nil {
		t.Fatal(err)
	}
	if exchange(t, service, phone.GetSession()) || exchange(t, service, again.GetSession()) || !exchange(t, service, bob.GetSession()) {
		t.Error("not one's own sessions alone are ended everywhere")
	}
	if _, err := service.ExchangeCustomerSession(t.Context(), &authv1.ExchangeCustomerSessionRequest{Session: "made up"}); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("a session that never was: %v", err)
	}
	staff := newStaffSession(t, service)
	if exchange(t, service, staff) {
		t.Error("a staff session is good for a customer")
	}
	if _, err := service.ExchangeSession(t.Context(), &authv1.ExchangeSessionRequest{Session: bob.GetSession()}); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("a customer's session is good for staff: %v", err)
	}
}

func newStaffSession(t *testing.T, service *Service) string {
	t.Helper()
	addStaff(t, service, "ada@example.com")
	opened, err := logIn(service, "ada@example.com", password, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return opened.GetSession()
}
