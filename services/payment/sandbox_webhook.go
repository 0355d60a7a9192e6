package payment

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ParseWebhook checks the header Sandbox-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">.
func (s *Sandbox) ParseWebhook(header http.Header, body []byte, now time.Time) (Notice, error) {
	if len(body) > maxAnswer || !s.signed(header.Get("Sandbox-Signature"), body, now) {
		return Notice{}, ErrUnverified
	}
	var message struct {
		ID        string `json:"id"`
		Reference string `json:"reference"`
		PaymentID string `json:"payment_id"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return Notice{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for _, text := range []string{message.ID, message.Reference} {
		if text == "" || len(text) > 255 || len(message.PaymentID) > 255 {
			return Notice{}, fmt.Errorf("%w: no id or reference", ErrMalformed)
		}
	}
	return Notice{ID: message.ID, Ref: Ref{Reference: message.Reference, ProviderID: message.PaymentID}}, nil
}

// signed reports whether one of the signatures was made with one of our secrets, now or nearly so.
func (s *Sandbox) signed(header string, body []byte, now time.Time) bool {
	stamp, rest, ok := strings.Cut(header, ",")
	stamp, dated := strings.CutPrefix(stamp, "t=")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if !ok || !dated || err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > signatureTolerance {
		return false
	}
	for _, given := range strings.SplitN(rest, ",", 5) { // a few: secrets are replaced one at a time
		given, versioned := strings.CutPrefix(given, "v1=")
		sum, err := hex.DecodeString(given)
		if !versioned || err != nil {
			continue
		}
		for _, secret := range s.secrets {
			mac := hmac.New(sha256.New, []byte(secret.Reveal()))
			mac.Write([]byte(stamp + "."))
			mac.Write(body)
			if hmac.Equal(mac.Sum(nil), sum) {
				return true
			}
		}
	}
	return false
}
