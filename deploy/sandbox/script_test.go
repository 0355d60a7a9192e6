package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each fault of the API does what it says: whether it acted is on the record, whatever it answered.
func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int  // 0: no answer
		acted  bool // before it failed
		after  int  // what a repeat with the same key answers, once all is well again
	}{
		"ok":           {200, true, 200},
		"slow":         {200, true, 200},
		"reset":        {0, false, 200},
		"hang":         {0, false, 200},
		"500":          {500, false, 200},
		"hang_after":   {0, true, 200},
		"500_after":    {500, true, 200},
		"500_replayed": {500, true, 500},
	}
	for how, tc := range tests {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := startSandbox(t)

			s.tell(`{"create": "` + how + `", "count": 1}`)
			status, _ := s.call("POST", "/v1/payments", "order-1", asked("order-1"))
			wantStatus(t, "create", status, tc.status)
			found, _ := s.call("GET", "/v1/payments?reference=order-1", "", nil)
			if acted := found == http.StatusOK; acted != tc.acted {
				t.Errorf("create acted: %v, want %v", acted, tc.acted)
			}
			status, _ = s.call("POST", "/v1/payments", "order-1", asked("order-1"))
			wantStatus(t, "create again", status, tc.after)
			if how != "ok" && s.played("create "+how) != 1 {
				t.Errorf("played %d times, want once", s.played("create "+how))
			}

			p := s.open("order-2")
			s.pay(p)
			s.tell(`{"refund": "` + how + `", "count": 1}`)
			status, _ = s.refund(p, "refund-1", 100)
			wantStatus(t, "refund", status, tc.status)
			if acted := s.get(p).RefundedMinor == 100; acted != tc.acted {
				t.Errorf("refund acted: %v, want %v", acted, tc.acted)
			}
			status, _ = s.refund(p, "refund-1", 100)
			wantStatus(t, "refund again", status, tc.after)
			s.wants(p, PartlyRefunded, 4990, 100)

			p = s.open("order-3")
			s.tell(`{"void": "` + how + `", "count": 1}`)
			status, _ = s.void(p, "void-1")
			wantStatus(t, "void", status, tc.status)
			if acted := s.get(p).State == Voided; acted != tc.acted {
				t.Errorf("void acted: %v, want %v", acted, tc.acted)
			}
		})
	}
}

// wantStatus takes 201 for 200: a first create says "created".
func wantStatus(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want && (want != 200 || got != 201) {
		t.Errorf("%s answered %d, want %d", what, got, want)
	}
}

func TestFaultsOfLooking(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	for how, want := range map[string]int{"hang": 0, "reset": 0, "500": 500, "slow": 200} {
		s.tell(`{"get": "` + how + `", "count": 2, "slow_ms": 5}`)
		if status, _ := s.call("GET", "/v1/payments/"+p.ID, "", nil); status != want {
			t.Errorf("get with %s answered %d", how, status)
		}
		if status, _ := s.call("GET", "/v1/payments?reference=order-1", "", nil); status != want {
			t.Errorf("find with %s answered %d", how, status)
		}
		s.wants(p, RequiresAction, 0, 0) // the count is used up
	}
}

func TestFaultsOfPaying(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	tests := map[string]struct {
		status int
		state  State
	}{
		"slow": {303, Captured}, "reset": {0, RequiresAction}, "hang": {0, RequiresAction}, "500": {500, RequiresAction},
		"decline": {303, Declined}, "charge_then_hang": {0, Captured}, "charge_then_500": {500, Captured},
	}
	for how, tc := range tests {
		t.Run(how, func(t *testing.T) {
			p := s.open("order-" + how)
			s.tell(`{"pay": "` + how + `", "count": 1}`)
			status := 0
			if resp := s.button(p, "pay"); resp != nil {
				status = resp.StatusCode
			}
			if now := s.get(p).State; status != tc.status || now != tc.state {
				t.Errorf("answered %d and left it %s, want %d and %s", status, now, tc.status, tc.state)
			}
			s.button(p, "pay")
			if tc.state != Declined {
				s.wants(p, Captured, 4990, 0)
			}
		})
	}
}

// A misspelt script is refused, so that a test cannot pass without its fault.
func TestScriptIsChecked(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	s.tell(`{"get": "slow", "slow_ms": 1, "count": 3}`)
	for _, wrong := range []string{
		`{"create": "hangs"}`, `{"get": "500_after"}`, `{"pay": "500_after"}`, `{"creat": "hang"}`, `{"count": -1}`, `{"percent": 101}`,
		`{"slow_ms": -1}`, `{"webhook": {"delay_ms": 999999999}}`, `{"webhook": {"shuffle": true}}`, `{"webhook": {"duplicate": -1}}`,
		`{"clock_offset_seconds": 999999999999}`, `[]`, ``, `{"get": "hang"} {"get": "ok"}`,
	} {
		if status, body := s.raw("POST", "/control", "", wrong); status != http.StatusBadRequest {
			t.Errorf("script %s: %d %s", wrong, status, body)
		}
	}
	if _, body := s.raw("GET", "/control", "", nil); !strings.Contains(string(body), `"left":3`) {
		t.Errorf("a refused script changed the one in force: %s", body)
	}
	if status, body := s.raw("POST", "/control/reset", "", nil); status != http.StatusOK || !strings.Contains(string(body), `"left":0`) {
		t.Errorf("reset: %d %s", status, body)
	}
}

// A share of requests fails, the same ones each time the seed is the same.
func TestPercentIsReplayable(t *testing.T) {
	t.Parallel()
	draw := func(seed uint64) []string {
		d := newDirector()
		d.perform(script{Create: fail, Percent: 20, Seed: seed})
		var played []string
		for range 500 {
			played = append(played, d.next("create"))
		}
		return played
	}
	first := draw(7)
	failed := 0
	for _, how := range first {
		if how == fail {
			failed++
		}
	}
	if failed < 60 || failed > 140 {
		t.Errorf("%d of 500 failed, want about 100", failed)
	}
	if !slices.Equal(first, draw(7)) || slices.Equal(first, draw(8)) {
		t.Error("the seed does not decide what fails")
	}
}

// Slow takes as long as it says.
func TestSlow(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	s.tell(`{"create": "slow", "slow_ms": 150}`)
	before := s.sandbox.clock.now()
	p := s.open("order-1")
	if took := s.sandbox.clock.now().Sub(before); took < 150*time.Millisecond {
		t.Errorf("answered after %s", took)
	}
	s.wants(p, RequiresAction, 0, 0)
}
