package payment

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85/webhook"
)

// ParseWebhook checks the header Stripe-Signature. An event about no payment is a notice about none: Stripe wants to be thanked for it all the same.
func (s *Stripe) ParseWebhook(header http.Header, body []byte, now time.Time) (Notice, error) {
	if len(body) > maxAnswer || !s.signed(header.Get("Stripe-Signature"), body, now) {
		return Notice{}, ErrUnverified
	}
	var event struct {
		ID     string `json:"id"`
		Object string `json:"object"`
		Data   struct {
			Object struct {
				ID                string            `json:"id"`
				Object            string            `json:"object"`
				ClientReferenceID string            `json:"client_reference_id"`
				PaymentIntent     json.RawMessage   `json:"payment_intent"`
				Metadata          map[string]string `json:"metadata"`
			} `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return Notice{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if event.Object != "event" || event.ID == "" || len(event.ID) > 255 {
		return Notice{}, fmt.Errorf("%w: no event of version 1", ErrMalformed)
	}
	about := event.Data.Object
	notice := Notice{ID: event.ID, Ref: Ref{Reference: about.Metadata[referenceKey]}}
	switch about.Object {
	case "checkout.session":
		notice.Ref = Ref{Reference: about.ClientReferenceID, ProviderID: about.ID}
	case "payment_intent":
		notice.ProviderID = about.ID
	case "charge", "refund", "dispute":
		var number string
		if json.Unmarshal(about.PaymentIntent, &number) == nil {
			notice.ProviderID = number
		}
	default:
		notice.Ref = Ref{}
	}
	if len(notice.Reference) > 255 || len(notice.ProviderID) > 255 {
		return Notice{}, fmt.Errorf("%w: longer than any number", ErrMalformed)
	}
	return notice, nil
}

// signed reports whether one of the signatures was made with one of our secrets, now or nearly so. The time is ours to check: the SDK would ask
// its own clock, and takes messages from the future.
func (s *Stripe) signed(header string, body []byte, now time.Time) bool {
	if len(header) > 2000 || strings.Count(header, "t=") != 1 {
		return false
	}
	_, stamp, _ := strings.Cut(header, "t=")
	stamp, _, _ = strings.Cut(stamp, ",")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > signatureTolerance {
		return false
	}
	for _, secret := range s.secrets {
		if webhook.ValidatePayloadIgnoringTolerance(body, header, secret.Reveal()) == nil {
			return true
		}
	}
	return false
}
