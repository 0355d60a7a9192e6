package postgres

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
)

// LSN is a place in the primary's log. A server that has replayed it shows everything committed before it.
type LSN uint64

// Newest is a place that no replica has replayed: whoever reads with it reads on the primary.
const Newest LSN = math.MaxUint64

// String returns the form that PostgreSQL writes: "0/3016540".
func (l LSN) String() string {
	return fmt.Sprintf("%X/%X", uint32(l>>32), uint32(l))
}

// ParseLSN reads the form that String returns. The empty string is zero, which every server has replayed.
func ParseLSN(text string) (LSN, error) {
	if text == "" {
		return 0, nil
	}
	high, low, found := strings.Cut(text, "/")
	h, err := strconv.ParseUint(high, 16, 32)
	l, err2 := strconv.ParseUint(low, 16, 32)
	if !found || err != nil || err2 != nil {
		return 0, fmt.Errorf("%q is no log position", text)
	}
	return LSN(h<<32 | l), nil
}

// holder keeps the highest position its caller has seen. It only rises.
type holder struct{ lsn atomic.Uint64 }

func (h *holder) get() LSN {
	if h == nil {
		return 0
	}
	return LSN(h.lsn.Load())
}

func (h *holder) raise(lsn LSN) {
	for {
		seen := h.lsn.Load()
		if uint64(lsn) <= seen || h.lsn.CompareAndSwap(seen, uint64(lsn)) {
			return
		}
	}
}

type holderKey struct{}

// WithToken gives ctx a consistency token of its own that starts at lsn. What is committed under the returned context, or any
// derived from it, raises the token, and Token on the returned context shows it: that is how an answer carries it home.
func WithToken(ctx context.Context, lsn LSN) context.Context {
	h := new(holder)
	h.raise(lsn)
	return context.WithValue(ctx, holderKey{}, h)
}

// Token returns the position that a server must have replayed to answer this caller; zero without WithToken.
func Token(ctx context.Context) LSN {
	return tokenOf(ctx).get()
}

// RaiseToken makes later reads under ctx see everything up to lsn. Without WithToken there is nothing to raise.
func RaiseToken(ctx context.Context, lsn LSN) {
	if h := tokenOf(ctx); h != nil {
		h.raise(lsn)
	}
}

func tokenOf(ctx context.Context) *holder {
	h, _ := ctx.Value(holderKey{}).(*holder)
	return h
}
