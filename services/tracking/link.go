// Package tracking follows parcels and signs the links by which a shopper sees an order, or downloads what was bought, without an account.
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

// Service implements LinkService. It stores nothing: a link is the id of an order or a download and a signature of it.
type Service struct{ orders, downloads []byte }

// New derives the signing keys from the installation's secret. Each kind of link has its own, so that none opens what another is for.
func New(secret []byte) (*Service, error) {
	orders, err := auth.Derive(secret, "order links")
	if err != nil {
		return nil, err
	}
	downloads, err := auth.Derive(secret, "download links")
	if err != nil {
		return nil, err
	}
	return &Service{orders: orders, downloads: downloads}, nil
}

// SignLink returns the token of an order's link.
func (s *Service) SignLink(_ context.Context, req *trackingv1.SignLinkRequest) (*trackingv1.SignLinkResponse, error) {
	signed, err := sign(s.orders, req.GetOrderId())
	if err != nil {
		return nil, rpc.InvalidArgument("order_id: not an id")
	}
	return &trackingv1.SignLinkResponse{Signed: signed}, nil
}

// OpenLink returns the order that a token was signed for.
func (s *Service) OpenLink(_ context.Context, req *trackingv1.OpenLinkRequest) (*trackingv1.OpenLinkResponse, error) {
	order, ok := open(s.orders, req.GetSigned())
	if !ok {
		return nil, rpc.NotFound("this link leads to no order; use the one in your mail, whole")
	}
	return &trackingv1.OpenLinkResponse{OrderId: order}, nil
}

// SignDownloadLinks returns the tokens of downloads' links.
func (s *Service) SignDownloadLinks(_ context.Context, req *trackingv1.SignDownloadLinksRequest) (*trackingv1.SignDownloadLinksResponse, error) {
	answer := &trackingv1.SignDownloadLinksResponse{}
	for _, download := range req.GetDownloadIds() {
		signed, err := sign(s.downloads, download)
		if err != nil {
			return nil, rpc.InvalidArgument("download_ids: not an id")
		}
		answer.Signed = append(answer.Signed, signed)
	}
	return answer, nil
}

// OpenDownloadLink returns the download that a token was signed for.
func (s *Service) OpenDownloadLink(_ context.Context, req *trackingv1.OpenDownloadLinkRequest) (*trackingv1.OpenDownloadLinkResponse, error) {
	download, ok := open(s.downloads, req.GetSigned())
	if !ok {
		return nil, rpc.NotFound("this link leads to no download; use the one in your mail, whole")
	}
	return &trackingv1.OpenDownloadLinkResponse{DownloadId: download}, nil
}

func sign(key []byte, id string) (string, error) {
	of, err := uuid.Parse(id)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(slices.Concat(of[:], signature(key, of))), nil
}

func open(key []byte, signed string) (id string, ok bool) {
	token, err := base64.RawURLEncoding.Strict().DecodeString(signed)
	if err != nil || len(token) != len(uuid.UUID{})+signatureSize {
		return "", false
	}
	of := uuid.UUID(token[:16])
	return of.String(), hmac.Equal(token[16:], signature(key, of))
}

func signature(key []byte, of uuid.UUID) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(of[:])
	return mac.Sum(nil)[:signatureSize]
}
