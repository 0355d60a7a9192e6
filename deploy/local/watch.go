package main

import (
	"context"
	"time"
)

// watch holds the shop until it is told to stop, or until a part that the shop cannot do without ends by itself. The
// shop does without its replica: that one is brought back.
func (up *liveShop) watch(ctx context.Context) error {
	ended := make(chan *process, len(up.processes))
	for _, p := range up.processes {
		go func() {
			<-p.exited
			ended <- p
		}()
	}
	ticker := time.NewTicker(10 * time.Second)
	defer ticker.Stop()
	lag, pause := &lag{}, 0
	replicaEnded := up.follower.exited
	restore := func(why string) {
		lag.reset()
		replicaEnded = nil
		if up.restore(ctx, why) {
			replicaEnded = up.follower.exited
		} else {
			pause = 6
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case p := <-ended:
			if ctx.Err() != nil {
				return nil
			}
			return p.failure("stopped by itself")
		case <-replicaEnded:
			restore("the replica stopped by itself")
		case <-ticker.C:
			switch {
			case pause > 1:
				pause--
			case pause == 1:
				pause = 0
				restore("the replica is still missing")
			case lag.hopeless(ctx, up):
				restore("the replica no longer follows")
			}
		}
	}
}

// lag tells a replica that is late from one that will not come back.
type lag struct {
	position string // the primary's, when last asked
	misses   int
}

func (l *lag) reset() { *l = lag{} }

// hopeless is true once a replica has failed, six times in a row, to replay what the primary held at the time before.
func (l *lag) hopeless(ctx context.Context, up *liveShop) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	position, err := up.primary.sql(ctx, "postgres", "select pg_current_wal_flush_lsn()")
	if err != nil {
		return false // then the replica is not the trouble
	}
	if l.position != "" {
		if up.replica.caughtUp(ctx, l.position) == nil {
			l.misses = 0
		} else {
			l.misses++
		}
	}
	if l.misses == 0 {
		l.position = position
	}
	return l.misses >= 6
}

// restore starts the replica again, copying it anew if need be. The shop goes on without it if that fails.
func (up *liveShop) restore(ctx context.Context, why string) bool {
	l := up.launcher
	l.say("%s: bringing it back", why)
	up.replica.site.end(up.follower.record, time.Second)
	back, err := l.follow(ctx, up.replica, up.primary)
	if err != nil {
		if ctx.Err() == nil {
			l.say("%v\ntrying again in a minute; until then reads go to the primary", err)
		}
		return false
	}
	up.follower = back
	l.say("the replica follows again")
	return true
}
