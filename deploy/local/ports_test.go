package main

import (
	"net"
	"strings"
	"testing"
)

func TestFirstBase(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from  int
		taken []int
		want  int
	}{
		"all free":           {18080, nil, 18080},
		"its first is taken": {18080, []int{18080}, 18100},
		"its last is taken":  {18080, []int{18093}, 18100},
		"between two sets":   {18080, []int{18094, 18099}, 18080},
		"two sets are taken": {18080, []int{18085, 18105}, 18120},
		"none is left":       {32750, []int{32755}, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := firstBase(tc.from, func(port int) bool {
				for _, taken := range tc.taken {
					if port == taken {
						return true
					}
				}
				return false
			})
			if got != tc.want || (err == nil) != (tc.want > 0) {
				t.Errorf("got %d, %v; want %d", got, err, tc.want)
			}
			if got+portCount > portLimit {
				t.Errorf("%d reaches into the ports that the system hands out", got)
			}
		})
	}
}

// A port held by another program, on whichever loopback address, must be named, with the way out.
func TestSettlePorts(t *testing.T) {
	t.Parallel()
	_, s := newSite(t)
	err := settlePorts(s, 8080, func(port int) bool { return port == 8081 || port == 8086 || port == 8088 || port == 8093 })
	if err == nil {
		t.Fatal("no error for taken ports")
	}
	for _, want := range []string{"8081 (back office)", "8086 (PostgreSQL)", "8093 (mailbox's SMTP)", "--port 9080"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "8088") {
		t.Errorf("the shop has no use for 8088: %v", err)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than a line: %q", err)
	}
	if _, known := s.base(); known {
		t.Error("ports that were refused are kept")
	}
	if err := settlePorts(s, 9080, func(int) bool { return false }); err != nil {
		t.Fatal(err)
	}
	if base, known := s.base(); !known || base != 9080 {
		t.Errorf("the base kept is %d, %v", base, known)
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"127.0.0.1", "::1"} {
		listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			continue // this machine has no such address
		}
		defer listener.Close()
		if port := listener.Addr().(*net.TCPAddr).Port; !busy(port) {
			t.Errorf("port %d of %s is taken, but seems free", port, host)
		}
	}
}
