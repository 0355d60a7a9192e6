package postgrestest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// freePort returns a port below the range from which the kernel gives ports to others, so that it stays free until it is used.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no free port found")
	return 0
}
