package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// running is a server under test.
type running struct {
	public, private string
	stop            context.CancelFunc
	ended           chan error
}

func start(t *testing.T, s Server) running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	addresses := make(chan [2]string, 1)
	s.Addr, s.PrivateAddr = "127.0.0.1:0", "127.0.0.1:0"
	s.Started = func(public, private net.Addr) {
		addresses <- [2]string{"http://" + public.String(), "http://" + private.String()}
	}
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, s) }()
	select {
	case at := <-addresses:
		return running{public: at[0], private: at[1], stop: stop, ended: ended}
	case err := <-ended:
		t.Fatal(err)
		panic("unreachable")
	}
}

func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// waitFor polls until a condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.Done():
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// A deployment loses no request: what has begun is answered, while the process says that it is not ready and takes no more.
func TestStopLosesNothing(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	server := start(t, Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-release
		if r.Context().Err() != nil {
			t.Error("the request was abandoned")
		}
		_, _ = io.WriteString(w, "paid")
	})})
	answers := make(chan string, 1)
	go func() {
		_, body := get(t, http.DefaultClient, server.public+"/checkout")
		answers <- body
	}()
	<-begun
	if status, _ := get(t, http.DefaultClient, server.private+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz = %d before stopping", status)
	}

	server.stop()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	waitFor(t, "/readyz says that the process stops", func() bool {
		status, body := get(t, client, server.private+"/readyz")
		return status == http.StatusServiceUnavailable && body == "stopping\n"
	})
	waitFor(t, "new visitors are refused", func() bool {
		response, err := client.Get(server.public)
		if err == nil {
			response.Body.Close()
		}
		return err != nil
	})
	if status, _ := get(t, client, server.private+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz = %d while stopping", status)
	}
	close(release)
	if body := <-answers; body != "paid" {
		t.Errorf("the last answer was %q", body)
	}
	if err := <-server.ended; err != nil {
		t.Error(err)
	}
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	server := start(t, Server{StopTimeout: 20 * time.Millisecond, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done() // ends when the server gives up
	})})
	go func() {
		response, err := http.Get(server.public)
		if err == nil {
			response.Body.Close()
		}
	}()
	<-begun
	server.stop()
	if err := <-server.ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v, want one that says requests were cut off", err)
	}
}

func TestServeSpeaksBothVersionsOfHTTP(t *testing.T) {
	t.Parallel()
	server := start(t, Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })})
	if _, body := get(t, http.DefaultClient, server.public); body != "HTTP/1.1" {
		t.Errorf("answered over %s", body)
	}
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	if _, body := get(t, &http.Client{Transport: transport}, server.public); body != "HTTP/2.0" {
		t.Errorf("answered over %s", body)
	}
}

func TestLargeHeadersAreRefused(t *testing.T) {
	t.Parallel()
	server := start(t, Server{Handler: http.NotFoundHandler()})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.public, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Cookie", strings.Repeat("x", 64<<10))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status = %d", response.StatusCode)
	}
}

// What is private is not on the public port.
func TestPrivatePort(t *testing.T) {
	t.Parallel()
	server := start(t, Server{
		Handler: http.NotFoundHandler(),
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") }),
		Private: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "private "+r.URL.Path) }),
	})
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ok\n", "/metrics": "metrics", "/rpc": "private /rpc"} {
		if _, body := get(t, http.DefaultClient, server.private+path); body != want {
			t.Errorf("%s = %q, want %q", path, body, want)
		}
		if status, _ := get(t, http.DefaultClient, server.public+path); status != http.StatusNotFound {
			t.Errorf("%s is public: %d", path, status)
		}
	}
}

// A port that is taken stops the start with a line that says what to do.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for setting, s := range map[string]Server{
		"--addr":         {Addr: taken.Addr().String()},
		"--private-addr": {Addr: "127.0.0.1:0", PrivateAddr: taken.Addr().String()},
	} {
		err := Serve(t.Context(), s)
		if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) || !strings.Contains(err.Error(), setting+")") {
			t.Errorf("error = %v, want the address and %s", err, setting)
		}
	}
}

// One blip does not take an instance out; two in a row do, and a process that has never been ready is not.
func TestReadiness(t *testing.T) {
	t.Parallel()
	var fault error
	h := &health{ready: func(context.Context) error { return fault }}
	ask := func() int {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return answer.Code
	}
	broken := errors.New("no database")
	for i, step := range []struct {
		fault error
		want  int
	}{{broken, 503}, {nil, 200}, {broken, 200}, {broken, 503}, {nil, 200}, {broken, 200}} {
		if fault = step.fault; ask() != step.want {
			t.Errorf("step %d: want %d", i, step.want)
		}
	}
}
