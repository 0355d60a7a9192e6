package product

import (
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// pace measures how fast a stage of the work goes.
type pace struct {
	began        time.Duration // by clock.Running
	from, length int64
}

func newPace(from, length int64) pace {
	return pace{began: clock.Running(), from: from, length: length}
}

// left returns how many seconds the stage will take from a point on, when that can be told.
func (p pace) left(at int64) *int64 {
	took := clock.Running() - p.began
	if at <= p.from || took < 100*time.Millisecond || p.length < at {
		return nil
	}
	seconds := int64((took * time.Duration(p.length-at) / time.Duration(at-p.from)).Round(time.Second) / time.Second)
	return &seconds
}

// perSecond is the rate of something that has been counted since the stage began.
func (p pace) perSecond(count int64) int64 {
	if took := clock.Running() - p.began; took >= 100*time.Millisecond {
		return count * int64(time.Second) / int64(took)
	}
	return 0
}
