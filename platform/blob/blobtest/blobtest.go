// Package blobtest runs a real S3-compatible server for tests: a program of its own, gofakes3, that knows nothing of the shop and is reached over HTTP with
// the AWS SDK, as a bucket in production is.
package blobtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	server = "github.com/johannesboyne/gofakes3/cmd/gofakes3"
	bucket = "shop"
)

// build makes the server's program once for all tests of a package. Its version is pinned with the other tools, so that the shop itself does not depend on it.
var build = sync.OnceValues(func() (program string, err error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	tools := filepath.Join(filepath.Dir(strings.TrimSpace(string(out))), "deploy", "tools", "go.mod")
	build := exec.Command("go", "tool", "-modfile="+tools, "-n", server)
	build.Stderr = os.Stderr // what it downloads is told there
	if out, err = build.Output(); err != nil {
		return "", fmt.Errorf("build the S3 server: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
})

// Bucket starts a server with an empty bucket, which lives as long as the test, and returns the bucket's URL for blob.Open.
func Bucket(t testing.TB) string {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000))
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, "-backend", "memory", "-initialbucket", bucket, "-host", address, "-quiet")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait() // that it was killed is no news
			close(ended)
		}()
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			<-ended
		})
		if answers(t.Context(), address, ended) {
			return "s3://" + bucket + "?region=us-east-1&anonymous=true&use_path_style=true&endpoint=http://" + address
		} // else the port was taken: try another
	}
	t.Fatal("the S3 server does not start")
	return ""
}

// answers waits until the server does, or has ended.
func answers(ctx context.Context, address string, ended <-chan struct{}) bool {
	client := http.Client{Timeout: time.Second}
	for range 200 {
		select {
		case <-ended:
			return false
		case <-time.After(25 * time.Millisecond):
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodHead, "http://"+address+"/"+bucket, http.NoBody)
		if err != nil {
			return false
		}
		if answer, err := client.Do(request); err == nil {
			_ = answer.Body.Close()
			return answer.StatusCode == http.StatusOK
		}
	}
	return false
}
