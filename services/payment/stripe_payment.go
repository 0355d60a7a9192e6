package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v85"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Find asks by Stripe's number, or looks for our reference where that was never received.
func (s *Stripe) Find(ctx context.Context, of Ref) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	f, err := s.look(ctx, of)
	if err != nil {
		return View{}, err
	}
	view, err := s.view(f, of.Reference)
	if err != nil {
		return View{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return view, nil
}

// Capture takes some of what is reserved. The key is noted with the payment, so that a repeat is known for good and not only for the day that
// Stripe remembers keys.
func (s *Stripe) Capture(ctx context.Context, of Ref, key string, amount money.Amount, final bool) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	f, before, minor, err := s.prepare(ctx, of, amount)
	if err != nil {
		return View{}, err
	}
	if made, repeated := before.Captures[key]; repeated {
		return sameAgain(before, made, amount)
	}
	params := &stripe.PaymentIntentCaptureParams{
		AmountToCapture: stripe.Int64(minor), Metadata: map[string]string{captureKey(key): fmt.Sprintf("%s %d", key, amount.Minor)},
	}
	params.SetIdempotencyKey(key)
	if manyCaptures(f.intent) {
		params.FinalCapture = stripe.Bool(final)
	}
	return s.act(ctx, of, f, func(ctx context.Context, id string) error {
		_, err := s.api.V1PaymentIntents.Capture(ctx, id, params)
		return err
	})
}

// manyCaptures says whether the card and the account let one reservation be taken from more than once.
func manyCaptures(intent *stripe.PaymentIntent) bool {
	charge := intent.LatestCharge
	if charge == nil || charge.PaymentMethodDetails == nil || charge.PaymentMethodDetails.Card == nil || charge.PaymentMethodDetails.Card.Multicapture == nil {
		return false
	}
	return charge.PaymentMethodDetails.Card.Multicapture.Status == stripe.ChargePaymentMethodDetailsCardMulticaptureStatusAvailable
}

// Refund gives money back. The key is noted with the refund.
func (s *Stripe) Refund(ctx context.Context, of Ref, key string, amount money.Amount, reason RefundReason) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	f, before, minor, err := s.prepare(ctx, of, amount)
	if err != nil {
		return View{}, err
	}
	if made, repeated := before.Refunds[key]; repeated {
		return sameAgain(before, made, amount)
	}
	return s.act(ctx, of, f, func(ctx context.Context, id string) error {
		params := &stripe.RefundCreateParams{
			PaymentIntent: stripe.String(id), Amount: stripe.Int64(minor), Reason: optional(stripeReasons[reason]),
			Metadata: map[string]string{referenceKey: of.Reference, keyKey: key},
		}
		params.SetIdempotencyKey(key)
		_, err := s.api.V1Refunds.Create(ctx, params)
		return err
	})
}

var stripeReasons = map[RefundReason]string{RefundRequested: "requested_by_customer", RefundDuplicate: "duplicate", RefundFraud: "fraudulent"}

// Void ends the page, or cancels the payment with what is reserved.
func (s *Stripe) Void(ctx context.Context, of Ref, key string) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	f, err := s.look(ctx, of)
	if err != nil {
		return View{}, err
	}
	before, err := s.view(f, of.Reference)
	if err != nil {
		return View{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if before.State == Voided {
		return before, nil
	}
	if f.open() {
		return s.expire(ctx, of, f.session.ID, key)
	}
	return s.act(ctx, of, f, func(ctx context.Context, id string) error {
		params := &stripe.PaymentIntentCancelParams{CancellationReason: stripe.String("abandoned")}
		params.SetIdempotencyKey(key)
		_, err := s.api.V1PaymentIntents.Cancel(ctx, id, params)
		return err
	})
}

// expire ends a page. That it was us is noted first: afterwards nobody could tell it from one that ran out.
func (s *Stripe) expire(ctx context.Context, of Ref, session, key string) (View, error) {
	_, err := told(ctx, func(ctx context.Context) (*stripe.CheckoutSession, error) {
		params := &stripe.CheckoutSessionUpdateParams{Metadata: map[string]string{voidedKey: key}}
		params.SetIdempotencyKey(key + "-note")
		return s.api.V1CheckoutSessions.Update(ctx, session, params)
	})
	if err != nil {
		return View{}, unstarted(err)
	}
	_, err = told(ctx, func(ctx context.Context) (*stripe.CheckoutSession, error) {
		params := &stripe.CheckoutSessionExpireParams{}
		params.SetIdempotencyKey(key)
		return s.api.V1CheckoutSessions.Expire(ctx, session, params)
	})
	if err != nil {
		return View{}, err
	}
	return s.after(ctx, Ref{of.Reference, session})
}

// prepare looks a payment up and refuses what cannot be done with it in that currency.
func (s *Stripe) prepare(ctx context.Context, of Ref, amount money.Amount) (found, View, int64, error) {
	minor, err := toStripe(amount)
	if err != nil {
		return found{}, View{}, 0, err
	}
	f, err := s.look(ctx, of)
	if err != nil {
		return found{}, View{}, 0, err
	}
	view, err := s.view(f, of.Reference)
	if err != nil {
		return found{}, View{}, 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if view.Currency != amount.Currency {
		return found{}, View{}, 0, fmt.Errorf("%w: the payment is in %s, not %s", ErrRefused, view.Currency, amount.Currency)
	}
	if f.intent == nil {
		return found{}, View{}, 0, fmt.Errorf("%w: nobody has paid it", ErrRefused)
	}
	return f, view, minor, nil
}

// sameAgain answers a repeat of what was done before.
func sameAgain(now View, made int64, amount money.Amount) (View, error) {
	if made != amount.Minor {
		return View{}, fmt.Errorf("%w: the same key was used for another amount", ErrRefused)
	}
	return now, nil
}

// act changes a payment and then asks how it stands: an answer may be a replay, and old.
func (s *Stripe) act(ctx context.Context, of Ref, f found, change func(ctx context.Context, intent string) error) (View, error) {
	if f.intent == nil {
		return View{}, fmt.Errorf("%w: it has ended", ErrRefused)
	}
	_, err := told(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, change(ctx, f.intent.ID) })
	if err != nil {
		return View{}, err
	}
	return s.after(ctx, Ref{of.Reference, f.intent.ID})
}

// after says how a payment stands after it was changed. If that cannot be learned, nobody knows whether it was.
func (s *Stripe) after(ctx context.Context, of Ref) (View, error) {
	f, err := s.look(ctx, of)
	if err != nil {
		return View{}, fmt.Errorf("%w: %s", ErrUnknownOutcome, err.Error())
	}
	view, err := s.view(f, of.Reference)
	if err != nil {
		return View{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return view, nil
}

// look fetches all that Stripe knows of one payment.
func (s *Stripe) look(ctx context.Context, of Ref) (found, error) {
	if of.ProviderID == "" {
		id, err := s.search(ctx, of.Reference)
		if err != nil {
			return found{}, err
		}
		of.ProviderID = id
	}
	f, err := s.retrieve(ctx, of.ProviderID)
	if err != nil || f.intent == nil || f.intent.LatestCharge == nil {
		return f, err
	}
	charge := f.intent.LatestCharge
	if charge.Refunds != nil {
		f.refunds = charge.Refunds.Data
	}
	if charge.Refunds != nil && charge.Refunds.HasMore {
		list, err := asked(ctx, func(ctx context.Context) ([]*stripe.Refund, error) {
			params := &stripe.RefundListParams{PaymentIntent: stripe.String(f.intent.ID)}
			params.Limit = stripe.Int64(100)
			return whole(s.api.V1Refunds.List(ctx, params))
		})
		if err != nil {
			return f, err
		}
		f.refunds = list
	}
	if charge.Disputed {
		f.disputes, err = asked(ctx, func(ctx context.Context) ([]*stripe.Dispute, error) {
			params := &stripe.DisputeListParams{PaymentIntent: stripe.String(f.intent.ID)}
			params.Limit = stripe.Int64(100)
			return whole(s.api.V1Disputes.List(ctx, params))
		})
		slices.Reverse(f.disputes) // the newest came first
	}
	return f, err
}

// whole is a list that fits one page; a longer one would not be understood in part.
func whole[T any](list *stripe.V1List[T]) ([]T, error) {
	if err := list.Err(); err != nil {
		return nil, err
	}
	if list.Meta().HasMore {
		return nil, errors.New("more than a page of them")
	}
	return list.Data(), nil
}

func (s *Stripe) retrieve(ctx context.Context, id string) (f found, err error) {
	if strings.HasPrefix(id, "cs_") {
		f.session, err = asked(ctx, func(ctx context.Context) (*stripe.CheckoutSession, error) {
			params := &stripe.CheckoutSessionRetrieveParams{}
			for _, part := range []string{"balance_transaction", "refunds"} {
				params.AddExpand("payment_intent.latest_charge." + part)
			}
			return s.api.V1CheckoutSessions.Retrieve(ctx, id, params)
		})
		if err == nil {
			f.intent = f.session.PaymentIntent
		}
		return f, err
	}
	f.intent, err = asked(ctx, func(ctx context.Context) (*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentRetrieveParams{}
		for _, part := range []string{"balance_transaction", "refunds"} {
			params.AddExpand("latest_charge." + part)
		}
		return s.api.V1PaymentIntents.Retrieve(ctx, id, params)
	})
	return f, err
}
