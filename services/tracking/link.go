// Package tracking follows parcels and signs the links by which a shopper sees an order without an account.
package tracking

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"github.com/google/uuid"

	trackingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/tracking/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// signatureSize keeps links short; 128 bits cannot be guessed.
const signatureSize = 16

// Service implements LinkService. It stores nothing: a link is the order's id and a signature of it.
type Service struct{ key []byte }

// New derives the signing key from the installation's secret.
func New(secret []byte) (*Service, error) {
	key, err := auth.Derive(secret, "order links")
	if err != nil {
		return nil, err
	}
	return &Service{key: key}, nil
}

// SignLink returns the token of an order's link.
func (s *Service) SignLink(_ context.Context, req *trackingv1.SignLinkRequest) (*trackingv1.SignLinkResponse, error) {
	order, err := uuid.Parse(req.GetOrderId())
	if err != nil {
		return nil, rpc.InvalidArgument("order_id: not an id")
	}
	token := slices.Concat(order[:], s.signature(order))
	return &trackingv1.SignLinkResponse{Signed: base64.RawURLEncoding.EncodeToString(token)}, nil
}

// OpenLink returns the order that a token was signed for.
func (s *Service) OpenLink(_ context.Context, req *trackingv1.OpenLinkRequest) (*trackingv1.OpenLinkResponse, error) {
	token, err := base64.RawURLEncoding.Strict().DecodeString(req.GetSigned())
	if err != nil || len(token) != len(uuid.UUID{})+signatureSize {
		return nil, errNoLink
	}
	order := uuid.UUID(token[:16])
	if !hmac.Equal(token[16:], s.signature(order)) {
		return nil, errNoLink
	}
	return &trackingv1.OpenLinkResponse{OrderId: order.String()}, nil
}

var errNoLink = rpc.NotFound("this link leads to no order; use the one in your mail, whole")

func (s *Service) signature(order uuid.UUID) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(order[:])
	return mac.Sum(nil)[:signatureSize]
}
