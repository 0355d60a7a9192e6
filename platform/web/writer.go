package web

import (
	"io"
	"net/http"
)

// writer notes what an answer was, and lets middleware add headers at the last moment before they are sent.
type writer struct {
	http.ResponseWriter
	status int
	bytes  int64
	before []func(http.Header)
}

// wrap returns w itself if it is a writer already, so that middleware stacked on middleware shares one.
func wrap(w http.ResponseWriter) *writer {
	if own, ok := w.(*writer); ok {
		return own
	}
	return &writer{ResponseWriter: w}
}

func (w *writer) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	if status >= 200 || status == http.StatusSwitchingProtocols { // hints such as 103 may come before
		w.status = status
		for _, add := range w.before {
			add(w.Header())
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom lets files go from disk to network without passing through us.
func (w *writer) ReadFrom(from io.Reader) (int64, error) {
	w.WriteHeader(http.StatusOK)
	n, err := io.Copy(w.ResponseWriter, from)
	w.bytes += n
	return n, err
}

func (w *writer) FlushError() error {
	w.WriteHeader(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Flush is for callers that know no ResponseController.
func (w *writer) Flush() { _ = w.FlushError() }

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// statusOr200 is what was answered; a handler that wrote nothing answered 200.
func (w *writer) statusOr200() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
