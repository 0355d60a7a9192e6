package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// script is how the provider is told to behave. The zero script behaves well.
type script struct {
	Create  string `json:"create,omitempty"`
	Get     string `json:"get,omitempty"`
	Pay     string `json:"pay,omitempty"`
	Capture string `json:"capture,omitempty"`
	Void    string `json:"void,omitempty"`
	Refund  string `json:"refund,omitempty"`
	// DeclineReason is what the bank says when Pay declines; "do_not_honor" if empty.
	DeclineReason string `json:"decline_reason,omitempty"`
	// SingleCapture and SearchLagSeconds are of Stripe's API: a reservation can be taken from only once, and search does not know what is younger.
	SingleCapture    bool  `json:"single_capture,omitempty"`
	SearchLagSeconds int64 `json:"search_lag_seconds,omitempty"`
	// SlowMS is how long "slow" takes; 0 takes the program's own setting.
	SlowMS  int64         `json:"slow_ms,omitempty"`
	Webhook webhookScript `json:"webhook"`
	// Count is how many requests misbehave before all is well again; 0 means until the script is changed. Webhooks are not counted.
	Count int `json:"count,omitempty"`
	// Percent is how many of a hundred requests misbehave, drawn with Seed; 0 means all.
	Percent int    `json:"percent,omitempty"`
	Seed    uint64 `json:"seed,omitempty"`
	// ClockOffsetSeconds is how far the provider's clock is ahead.
	ClockOffsetSeconds int64 `json:"clock_offset_seconds,omitempty"`
}

// webhookScript is how messages to the shop travel.
type webhookScript struct {
	// Duplicate is how many more copies are sent at the same moment.
	Duplicate int `json:"duplicate,omitempty"`
	// DelayMS passes before the first try. With Shuffle it is the longest delay, and each message draws its own.
	DelayMS int64 `json:"delay_ms,omitempty"`
	Shuffle bool  `json:"shuffle,omitempty"`
	// Drop loses messages for good.
	Drop bool `json:"drop,omitempty"`
	// BeforeReply holds the answer to the request that caused a message until the message was tried once.
	BeforeReply bool `json:"before_reply,omitempty"`
}

// The ways to behave. The plain names do nothing at all before they fail; the others act first, then fail.
const (
	well           = "ok"
	slow           = "slow"             // waits, then behaves well
	reset          = "reset"            // drops the connection
	hang           = "hang"             // holds the connection, never answers
	fail           = "500"              // answers 500
	hangAfter      = "hang_after"       // acts, then hangs
	failAfter      = "500_after"        // acts, then answers 500; the same key again gives the result
	failReplayed   = "500_replayed"     // acts, then answers 500; the same key again answers 500 for good
	decline        = "decline"          // the bank says no
	challenge      = "challenge"        // the bank wants to be shown who pays
	chargeThenHang = "charge_then_hang" // charges, then hangs
	chargeThenFail = "charge_then_500"  // charges, then shows an error
)

// behaviours lists what each kind of request can be told.
var behaviours = map[string][]string{
	"create":  {well, slow, reset, hang, fail, hangAfter, failAfter, failReplayed},
	"get":     {well, slow, reset, hang, fail},
	"pay":     {well, slow, reset, hang, fail, decline, challenge, chargeThenHang, chargeThenFail},
	"capture": {well, slow, reset, hang, fail, hangAfter, failAfter, failReplayed},
	"void":    {well, slow, reset, hang, fail, hangAfter, failAfter, failReplayed},
	"refund":  {well, slow, reset, hang, fail, hangAfter, failAfter, failReplayed},
}

// declineReasons are what banks say.
var declineReasons = []string{"do_not_honor", "insufficient_funds", "expired_card", "incorrect_cvc", "lost_card", "authentication_failed"}

func (s script) of(request string) string {
	told := map[string]string{"create": s.Create, "get": s.Get, "pay": s.Pay, "capture": s.Capture, "void": s.Void, "refund": s.Refund}
	return cmp.Or(told[request], well)
}

// check refuses a script that would quietly do nothing: a test that misspells a fault must not pass.
func (s script) check() error {
	for _, request := range slices.Sorted(maps.Keys(behaviours)) {
		if !slices.Contains(behaviours[request], s.of(request)) {
			return fmt.Errorf("%s must be one of %v", request, behaviours[request])
		}
	}
	const tenMinutes, tenYears = 10 * 60 * 1000, 10 * 365 * 24 * 60 * 60
	switch {
	case s.DeclineReason != "" && !slices.Contains(declineReasons, s.DeclineReason):
		return fmt.Errorf("decline_reason must be one of %v", declineReasons)
	case s.SearchLagSeconds < 0:
		return errors.New("search_lag_seconds must not be negative")
	case s.SlowMS < 0 || s.SlowMS > tenMinutes:
		return errors.New("slow_ms must be between 0 and 600000")
	case s.Webhook.DelayMS < 0 || s.Webhook.DelayMS > tenMinutes:
		return errors.New("webhook.delay_ms must be between 0 and 600000")
	case s.Webhook.Shuffle && s.Webhook.DelayMS == 0:
		return errors.New("webhook.shuffle needs webhook.delay_ms, the longest delay to draw")
	case s.Webhook.Duplicate < 0 || s.Webhook.Duplicate > 100:
		return errors.New("webhook.duplicate must be between 0 and 100")
	case s.Count < 0:
		return errors.New("count must not be negative")
	case s.Percent < 0 || s.Percent > 100:
		return errors.New("percent must be between 0 and 100")
	case s.ClockOffsetSeconds < -tenYears || s.ClockOffsetSeconds > tenYears:
		return errors.New("clock_offset_seconds must be within ten years")
	}
	return nil
}

// director plays the script and counts what it did, so that a test can prove that its fault really struck.
type director struct {
	mu     sync.Mutex
	script script
	left   int
	dice   *rand.Rand
	played map[string]int
}

func newDirector() *director {
	d := &director{}
	d.perform(script{})
	return d
}

// perform replaces the script and starts counting anew.
func (d *director) perform(s script) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.script, d.left, d.played = s, s.Count, map[string]int{}
	d.dice = rand.New(rand.NewPCG(s.Seed, 0)) //nolint:gosec // replayable on purpose; nothing secret is drawn
}

// next says how to treat one request.
func (d *director) next(request string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	how := d.script.of(request)
	if how == well || d.script.Count > 0 && d.left == 0 {
		return well
	}
	if d.script.Percent > 0 && d.dice.IntN(100) >= d.script.Percent {
		return well
	}
	if d.left > 0 {
		d.left--
	}
	d.played[request+" "+how]++
	return how
}

// declineReason is what the bank says when the script declines.
func (d *director) declineReason() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return cmp.Or(d.script.DeclineReason, declineReasons[0])
}

// slowness is how long "slow" takes.
func (d *director) slowness(otherwise time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.script.SlowMS == 0 {
		return otherwise
	}
	return time.Duration(d.script.SlowMS) * time.Millisecond
}

// webhooks says how messages travel now.
func (d *director) webhooks() webhookScript {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.script.Webhook
}

// delay draws how long one message waits before its first try.
func (d *director) delay() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	wait := time.Duration(d.script.Webhook.DelayMS) * time.Millisecond
	if d.script.Webhook.Shuffle {
		return time.Duration(d.dice.Int64N(int64(wait)))
	}
	return wait
}

func (d *director) noteWebhook(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.played["webhook "+what]++
}

// performance is what GET /control answers.
type performance struct {
	script
	Left   int            `json:"left"`   // requests that will still misbehave, where Count is set
	Played map[string]int `json:"played"` // what was done since the script was set
}

func (d *director) performance() performance {
	d.mu.Lock()
	defer d.mu.Unlock()
	return performance{d.script, d.left, maps.Clone(d.played)}
}
