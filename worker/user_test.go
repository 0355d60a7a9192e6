package main

import (
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/services"
)

// The first sign-in of an address makes a customer whom staff see, once however often the event comes; the second makes none.
func TestWhoSignsUpIsLearnt(t *testing.T) {
	t.Parallel()
	db, ctx := postgrestest.New(t), t.Context()
	set, err := services.New(services.Settings{
		SecretKey: config.NewKey([32]byte{1}), SigningKey: config.NewKey([32]byte{2}), StoreName: "Test", StoreCurrency: "USD", OrderNumbers: "TW-%06d", PublicURL: "http://shop.test",
	}, "worker", services.Resources{DB: db, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	var account string
	for range 2 {
		asked, err := set.Accounts.SendSignInCode(ctx, &authv1.SendSignInCodeRequest{Email: "Ann@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		code, err := set.Accounts.OpenSignInCode(ctx, &authv1.OpenSignInCodeRequest{SignInId: asked.GetSignInId()})
		if err != nil {
			t.Fatal(err)
		}
		in, err := set.Accounts.SignIn(ctx, &authv1.SignInRequest{SignInId: asked.GetSignInId(), Code: code.GetCode()})
		if err != nil {
			t.Fatal(err)
		}
		account = in.GetCustomer().GetId()
	}
	var payload []byte
	if err := db.Primary().QueryRow(ctx, "select payload from outbox where topic = 'tradewind.auth.v1.CustomersSignedUp'").Scan(&payload); err != nil {
		t.Fatal(err)
	}
	event := &authv1.CustomersSignedUp{}
	if err := proto.Unmarshal(payload, event); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := learnCustomers(ctx, set, event); err != nil {
			t.Fatal(err)
		}
	}
	var events, customers, known int
	err = db.Primary().QueryRow(ctx, `select (select count(*) from outbox where topic = 'tradewind.auth.v1.CustomersSignedUp'), (select count(*) from user_profiles),
		(select count(*) from user_profiles where id = $1 and email = 'ann@example.com')`, account).Scan(&events, &customers, &known)
	if err != nil || events != 1 || customers != 1 || known != 1 {
		t.Errorf("%d events make %d customers, %d of them who signed up: %v", events, customers, known, err)
	}
}
