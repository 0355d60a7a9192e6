package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// boundedBody ends a body at the bound, even where the server announced less or compressed more.
type boundedBody struct {
	ctx    context.Context
	cancel context.CancelFunc
	body   io.ReadCloser
	left   int64
	max    int64
	where  string
}

// Read reads at most one byte past the bound, to tell an answer of exactly that size from a larger one.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.tooLarge()
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	if int64(n) > b.left {
		n, b.left = int(b.left), -1
		return n, b.tooLarge()
	}
	b.left -= int64(n)
	if err == nil || errors.Is(err, io.EOF) && b.ctx.Err() == nil {
		return n, err
	}
	// An end after our time is none: our hanging up makes some servers finish the body properly, half sent.
	return n, fmt.Errorf("fetch %s: %w", b.where, reason(b.ctx, err))
}

func (b *boundedBody) tooLarge() error {
	return fmt.Errorf("fetch %s: %w: over %d bytes", b.where, ErrTooLarge, b.max)
}

// Close releases the connection and the timer.
func (b *boundedBody) Close() error {
	err := b.body.Close()
	b.cancel()
	return err
}
