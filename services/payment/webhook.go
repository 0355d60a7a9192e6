package payment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// ReceiveWebhook stores a provider's message and tells that the provider should be asked. Nothing in the message is believed but which payment it is about.
func (s *Service) ReceiveWebhook(ctx context.Context, req *paymentv1.ReceiveWebhookRequest) (*paymentv1.ReceiveWebhookResponse, error) {
	provider := s.providers[req.GetProvider()]
	if provider == nil {
		return nil, rpc.InvalidArgument("provider: none of this name sends messages here")
	}
	header := make(http.Header, len(req.GetHeaders()))
	for name, value := range req.GetHeaders() {
		header.Set(name, value)
	}
	now := clock.Now()
	notice, err := provider.ParseWebhook(header, req.GetBody(), now)
	switch {
	case errors.Is(err, ErrUnverified):
		return nil, rpc.Unauthenticated("this message is not signed by the provider")
	case errors.Is(err, ErrMalformed):
		return nil, rpc.InvalidArgument("body: not a message of a known form")
	case err != nil:
		return nil, fmt.Errorf("parse webhook: %w", err)
	}
	message := paymentdb.AddWebhookMessageParams{ID: id.New(), Provider: req.GetProvider(), MessageID: notice.ID, ProviderReference: notice.ProviderID, Body: req.GetBody(), Now: now}
	if id.Valid(notice.Reference) {
		message.Reference = &notice.Reference
	}
	_, err = postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		added, err := queries.AddWebhookMessage(ctx, tx, message)
		if err != nil || len(added) == 0 || added[0].PaymentID == nil {
			return struct{}{}, err // it was there already, or speaks of nothing of ours
		}
		return struct{}{}, broker.Publish(ctx, tx, &paymentv1.ProviderSpoke{PaymentId: *added[0].PaymentID, WebhookId: added[0].ID})
	})
	if err != nil {
		return nil, fmt.Errorf("store webhook: %w", err)
	}
	return &paymentv1.ReceiveWebhookResponse{}, nil
}

const (
	// webhookLife is far longer than any provider repeats a message, so that none comes twice.
	webhookLife   = 90 * 24 * time.Hour
	webhookAtOnce = 500
)

// RemoveOldWebhooks lets go of messages that have told what they had to tell.
func (s *Service) RemoveOldWebhooks(ctx context.Context, _ *paymentv1.RemoveOldWebhooksRequest) (*paymentv1.RemoveOldWebhooksResponse, error) {
	removed, err := queries.RemoveOldWebhookMessages(ctx, s.db.Primary(), paymentdb.RemoveOldWebhookMessagesParams{Before: clock.Now().Add(-webhookLife), Most: webhookAtOnce})
	if err != nil {
		return nil, fmt.Errorf("remove old webhooks: %w", err)
	}
	return &paymentv1.RemoveOldWebhooksResponse{Removed: int32(removed)}, nil
}
