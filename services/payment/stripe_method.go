package payment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stripe/stripe-go/v85"
)

// Methods lists the cards that a customer has saved.
func (s *Stripe) Methods(ctx context.Context, customer string) ([]Method, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	number, err := s.customer(ctx, customer, false)
	if errors.Is(err, ErrUnknownPayment) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := asked(ctx, func(ctx context.Context) ([]*stripe.PaymentMethod, error) {
		params := &stripe.CustomerListPaymentMethodsParams{Customer: stripe.String(number)}
		params.Limit = stripe.Int64(100)
		page := s.api.V1Customers.ListPaymentMethods(ctx, params)
		return page.Data(), page.Err()
	})
	if err != nil {
		return nil, err
	}
	methods := make([]Method, 0, len(list))
	for _, m := range list {
		method := Method{Brand: string(m.Type), SavedID: m.ID}
		if m.Card != nil {
			method = Method{Brand: string(m.Card.Brand), Last4: m.Card.Last4, ExpiryMonth: int(m.Card.ExpMonth), ExpiryYear: int(m.Card.ExpYear), SavedID: m.ID}
		}
		methods = append(methods, method)
	}
	return methods, nil
}

// ForgetMethod detaches a method, after which Stripe does not let anyone use it again.
func (s *Stripe) ForgetMethod(ctx context.Context, customer, methodID string) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	number, err := s.customer(ctx, customer, false)
	if errors.Is(err, ErrUnknownPayment) {
		return fmt.Errorf("%w: this customer has saved none", ErrRefused)
	}
	if err != nil {
		return err
	}
	method, err := asked(ctx, func(ctx context.Context) (*stripe.PaymentMethod, error) {
		return s.api.V1PaymentMethods.Retrieve(ctx, methodID, nil)
	})
	switch {
	case errors.Is(err, ErrUnknownPayment):
		return nil // there is none to use
	case err != nil:
		return err
	case method.Customer == nil:
		return nil // detached before
	case method.Customer.ID != number:
		return fmt.Errorf("%w: the method is another customer's", ErrRefused)
	}
	_, err = told(ctx, func(ctx context.Context) (*stripe.PaymentMethod, error) {
		return s.api.V1PaymentMethods.Detach(ctx, methodID, nil)
	})
	return err
}

// customer is Stripe's number of a customer of ours, made when it is wanted. Stripe learns nothing of them but our reference. Making one has the
// reference as its key, so that for a day, until long after search has heard of it, a second call makes no second customer.
func (s *Stripe) customer(ctx context.Context, reference string, wanted bool) (string, error) {
	if strings.ContainsAny(reference, `'"\`) {
		return "", fmt.Errorf("%w: a customer's reference has no quotes", ErrRefused)
	}
	list, err := asked(ctx, func(ctx context.Context) ([]*stripe.Customer, error) {
		params := &stripe.CustomerSearchParams{}
		params.Query = fmt.Sprintf("metadata['%s']:'%s'", referenceKey, reference)
		page := s.api.V1Customers.Search(ctx, params)
		return page.Data(), page.Err()
	})
	if err != nil {
		return "", err
	}
	var oldest *stripe.Customer
	for _, c := range list {
		if c.Metadata[referenceKey] == reference && (oldest == nil || c.Created < oldest.Created) {
			oldest = c
		}
	}
	switch {
	case oldest != nil:
		return oldest.ID, nil
	case !wanted:
		return "", fmt.Errorf("%w: no such customer", ErrUnknownPayment)
	}
	made, err := told(ctx, func(ctx context.Context) (*stripe.Customer, error) {
		params := &stripe.CustomerCreateParams{Metadata: map[string]string{referenceKey: reference}}
		params.SetIdempotencyKey("customer " + reference)
		return s.api.V1Customers.Create(ctx, params)
	})
	if err != nil {
		return "", err
	}
	return made.ID, nil
}
