package payment

import (
	"context"
	"net/url"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

var errNotInFields = rpc.FailedPrecondition("this payment is not to be paid in fields")

// OpenFields asks the provider each time: what opens a payment in a browser is kept nowhere.
func (s *Service) OpenFields(ctx context.Context, req *paymentv1.OpenFieldsRequest) (*paymentv1.OpenFieldsResponse, error) {
	row, err := s.load(ctx, s.db.Primary(), req.GetPaymentId())
	if err != nil {
		return nil, err
	}
	fields, offered := s.fields(row.Provider)
	if !row.InFields || !offered || parseState(row.State) != RequiresAction {
		return nil, errNotInFields
	}
	provider, err := s.provider(row)
	if err != nil {
		return nil, err
	}
	view, err := provider.Find(ctx, refOf(row))
	if err != nil {
		return nil, unavailable(err)
	}
	if view.ClientSecret == "" { // paid, closed, or waiting for the bank's second step
		return nil, errNotInFields
	}
	return &paymentv1.OpenFieldsResponse{
		ClientSecret: view.ClientSecret.Reveal(), PublishableKey: view.PublishableKey, ScriptUrl: fields.Script,
		ScriptSources: fields.ScriptSources, FrameSources: fields.FrameSources, ConnectSources: fields.ConnectSources,
	}, nil
}

// fields are those of a provider that has some, and the key for them.
func (s *Service) fields(provider string) (Fields, bool) {
	host, has := s.providers[provider].(FieldsHost)
	if !has {
		return Fields{}, false
	}
	return host.Fields()
}

// originOf is scheme and host of an address that was checked before.
func originOf(address string) string {
	at, err := url.Parse(address)
	if err != nil {
		return address
	}
	return at.Scheme + "://" + at.Host
}
