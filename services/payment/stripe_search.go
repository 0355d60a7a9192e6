package payment

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

const (
	// listingReach is how old a payment may be to be looked for in Stripe's lists, which know at once what was made. Its search does not: it is
	// behind by a minute, and at bad times by an hour.
	listingReach = 25 * time.Hour
	// listingPages bounds how much of a list is read, 100 a page.
	listingPages = 20
)

// search finds Stripe's number of the payment with our reference. ErrUnknownPayment: there is none.
//
// A reference tells when it was made. Young ones are looked for in the lists of what was made since, and their not being there counts; older ones by
// search, which by then has long heard of whatever was paid. A page nobody paid on has run out by then.
func (s *Stripe) search(ctx context.Context, reference string) (string, error) {
	made, dated := madeAt(reference)
	if dated && clock.Now().Sub(made) > listingReach {
		return s.searchIntents(ctx, reference)
	}
	since := &stripe.RangeQueryParams{GreaterThanOrEqual: clock.Now().Add(-listingReach).Unix()}
	if dated {
		since.GreaterThanOrEqual = made.Add(-10 * time.Minute).Unix() // clocks differ
	}
	number, err := inList(ctx, func(ctx context.Context, after *string) *stripe.V1List[*stripe.CheckoutSession] {
		params := &stripe.CheckoutSessionListParams{CreatedRange: since}
		params.Limit, params.StartingAfter = stripe.Int64(100), after
		return s.api.V1CheckoutSessions.List(ctx, params)
	}, func(session *stripe.CheckoutSession) (string, bool) {
		return session.ID, session.ClientReferenceID == reference
	})
	if number != "" || err != nil {
		return number, err
	}
	number, err = inList(ctx, func(ctx context.Context, after *string) *stripe.V1List[*stripe.PaymentIntent] {
		params := &stripe.PaymentIntentListParams{CreatedRange: since}
		params.Limit, params.StartingAfter = stripe.Int64(100), after
		return s.api.V1PaymentIntents.List(ctx, params)
	}, func(intent *stripe.PaymentIntent) (string, bool) {
		return intent.ID, intent.Metadata[referenceKey] == reference
	})
	switch {
	case number != "" || err != nil:
		return number, err
	case !dated: // not one of ours by its form, so its age is unknown
		return s.searchIntents(ctx, reference)
	}
	return "", fmt.Errorf("%w: it is in no list since %s", ErrUnknownPayment, made.UTC().Format(time.RFC3339))
}

// inList goes through a list, newest first, until one is the one. To give up before the end proves nothing, and is ErrUnavailable.
func inList[T any](
	ctx context.Context, list func(ctx context.Context, after *string) *stripe.V1List[T], is func(T) (number string, found bool),
) (string, error) {
	var after *string
	for range listingPages {
		page, err := asked(ctx, func(ctx context.Context) (*stripe.V1List[T], error) {
			page := list(ctx, after)
			return page, page.Err()
		})
		if err != nil {
			return "", err
		}
		for _, item := range page.Data() {
			number, found := is(item)
			if found {
				return number, nil
			}
			after = &number
		}
		if !page.Meta().HasMore || len(page.Data()) == 0 {
			return "", nil
		}
	}
	return "", fmt.Errorf("%w: too much was made since to look through", ErrUnavailable)
}

func (s *Stripe) searchIntents(ctx context.Context, reference string) (string, error) {
	if strings.ContainsAny(reference, `'"\`) {
		return "", fmt.Errorf("%w: a reference of ours has no quotes", ErrUnknownPayment)
	}
	page, err := asked(ctx, func(ctx context.Context) ([]*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentSearchParams{}
		params.Query = fmt.Sprintf("metadata['%s']:'%s'", referenceKey, reference)
		list := s.api.V1PaymentIntents.Search(ctx, params)
		return list.Data(), list.Err()
	})
	if err != nil {
		return "", err
	}
	for _, intent := range page {
		if intent.Metadata[referenceKey] == reference {
			return intent.ID, nil
		}
	}
	return "", fmt.Errorf("%w: its search has none of this reference", ErrUnknownPayment)
}

// madeAt is when a reference of ours was made: its first 48 bits are milliseconds.
func madeAt(reference string) (time.Time, bool) {
	if !id.Valid(reference) || reference[14] != '7' {
		return time.Time{}, false
	}
	millis, err := strconv.ParseInt(reference[:8]+reference[9:13], 16, 64)
	return time.UnixMilli(millis), err == nil
}
