package postgrestest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

var portsTaken sync.Map

// freePort returns a port below the range from which the kernel gives ports to others, so that it stays free until it is used. No other
// test of this process is given it: a server that is only being made has not taken it yet, and one that is broken lets go of it for a while.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		if _, taken := portsTaken.LoadOrStore(port, true); taken {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no free port found")
	return 0
}
