package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	seenCookie = "seen"
	// seenLife is how long a visitor's next pages are held to what they wrote. Replicas are far less behind.
	seenLife = time.Minute
	// signatureSize is enough for something that is worth a minute of fresh pages.
	signatureSize = 16
)

// consistency carries the consistency token between a visitor's requests: a page that wrote something leaves it in a
// cookie, and the pages of the next minute read from servers that have it.
//
// The cookie is signed, because a position from the future would send every read to the primary and past every cache.
type consistency struct {
	cookies Cookies
	key     []byte // nil: cookies are taken as they come, for sites that only staff use
}

type issuedKey struct{}

// issued is when the token that the request brought was made; zero when it brought none.
func issued(ctx context.Context) time.Time {
	at, _ := ctx.Value(issuedKey{}).(time.Time)
	return at
}

// carry gives the request its token, and the answer the token that the request's writes have raised.
func (c consistency) carry(w *writer, r *http.Request) *http.Request {
	brought, at := c.parse(c.cookies.Get(r, seenCookie))
	ctx := postgres.WithToken(r.Context(), brought)
	w.before = append(w.before, func(http.Header) {
		if raised := postgres.Token(ctx); raised > brought {
			c.cookies.Set(w, seenCookie, c.format(raised, clock.Now()), seenLife)
		}
	})
	if brought > 0 {
		return r.WithContext(context.WithValue(ctx, issuedKey{}, at))
	}
	return r.WithContext(ctx)
}

func (c consistency) format(lsn postgres.LSN, at time.Time) string {
	text := binary.BigEndian.AppendUint64(nil, uint64(lsn))
	text = binary.BigEndian.AppendUint64(text, uint64(at.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(text, c.sign(text)...))
}

// parse returns the token, or zero for anything that is not one of ours or too old to matter.
func (c consistency) parse(value string) (postgres.LSN, time.Time) {
	text, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(text) != 16+signatureSize || !hmac.Equal(c.sign(text[:16]), text[16:]) {
		return 0, time.Time{}
	}
	at := time.Unix(int64(binary.BigEndian.Uint64(text[8:16])), 0)
	if age := clock.Since(at); age < -seenLife || age > seenLife {
		return 0, time.Time{}
	}
	return postgres.LSN(binary.BigEndian.Uint64(text[:8])), at
}

func (c consistency) sign(text []byte) []byte {
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte("consistency token"))
	mac.Write(text)
	return mac.Sum(nil)[:signatureSize]
}
