package web

import (
	"log/slog"
	"os"
	"testing"
)

// What is logged by default is not what these tests are about.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}
