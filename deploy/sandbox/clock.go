package main

import (
	"sync/atomic"
	"time"
)

// clock is the provider's only idea of the time. A script can shift it, which makes sessions expire and signatures look
// old or early without waiting.
type clock struct {
	offset atomic.Int64 // seconds
}

func (c *clock) now() time.Time {
	return time.Now().Add(time.Duration(c.offset.Load()) * time.Second).UTC()
}

func (c *clock) shift(seconds int64) { c.offset.Store(seconds) }
