package main

import (
	"context"
	"encoding/hex"
	"log/slog"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1/eventv1connect"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services"
)

// codePost is where mails with codes arrive, the last one on top.
type codePost struct {
	eventv1connect.MailServiceClient
	last *eventv1.SendSignInMailRequest
	sent int
	fail error
}

func (p *codePost) SendSignInMail(_ context.Context, req *eventv1.SendSignInMailRequest) (*eventv1.SendSignInMailResponse, error) {
	if p.fail != nil {
		return nil, p.fail
	}
	p.last, p.sent = req, p.sent+1
	return &eventv1.SendSignInMailResponse{Sent: true}, nil
}

// Who asks for a code gets it by mail, however late the mail server comes back, and it signs them in. An event that comes again brings the same code, and none once it was used.
func TestSignInCodeIsMailed(t *testing.T) {
	t.Parallel()
	db, ctx := postgrestest.New(t), t.Context()
	set, err := services.New(services.Settings{
		SecretKey: config.NewKey([32]byte{1}), SigningKey: config.NewKey([32]byte{2}), StoreName: "Test", StoreCurrency: "USD", OrderNumbers: "TW-%06d", PublicURL: "http://shop.test",
	}, "worker", services.Resources{DB: db, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	mails := &codePost{fail: rpc.Unavailable("come back later")}
	set.Mails = mails
	asked, err := set.Accounts.SendSignInCode(ctx, &authv1.SendSignInCodeRequest{Email: "ann@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	var payload string
	if err := db.Primary().QueryRow(ctx, "select encode(payload, 'hex') from outbox").Scan(&payload); err != nil {
		t.Fatal(err)
	}
	bytes, err := hex.DecodeString(payload)
	due := &authv1.SignInCodeAsked{}
	if err == nil {
		err = proto.Unmarshal(bytes, due)
	}
	if err != nil || due.GetSignInId() != asked.GetSignInId() {
		t.Fatalf("the event tells %v, %v", due, err)
	}

	if err := mailSignInCode(ctx, set, due); connect.CodeOf(err) != connect.CodeUnavailable {
		t.Fatalf("a mail that the server did not take: %v", err)
	}
	mails.fail = nil
	for range 2 {
		code := mails.last.GetCode()
		if err := mailSignInCode(ctx, set, due); err != nil {
			t.Fatal(err)
		}
		if mails.last.GetEmail() != "ann@example.com" || !mails.last.GetExpireTime().AsTime().Equal(asked.GetExpireTime().AsTime()) || code != "" && mails.last.GetCode() != code {
			t.Errorf("mailed %v, and before the code %s", mails.last, code)
		}
	}
	mails.fail = rpc.FailedPrecondition("no such address")
	if err := mailSignInCode(ctx, set, due); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("an address that is refused for good: %v", err)
	}
	mails.fail = nil

	in, err := set.Accounts.SignIn(ctx, &authv1.SignInRequest{SignInId: asked.GetSignInId(), Code: mails.last.GetCode()})
	if err != nil || in.GetCustomer().GetEmail() != "ann@example.com" {
		t.Fatalf("signed in as %v, %v", in.GetCustomer(), err)
	}
	if err := mailSignInCode(ctx, set, due); err != nil || mails.sent != 2 {
		t.Errorf("a code that was used: %v, mailed %d times", err, mails.sent)
	}
	if err := mailSignInCode(ctx, set, &authv1.SignInCodeAsked{SignInId: id.New()}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a sign-in that does not exist: %v", err)
	}
}
