package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// caller speaks just enough HTTP/1.1 over one connection to make load without being a load itself.
type caller struct {
	addr string
	conn net.Conn
	in   *bufio.Reader
}

func newCaller(addr string) *caller { return &caller{addr: strings.TrimPrefix(addr, "http://")} }

func (c *caller) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// get makes a GET request.
func (c *caller) get(path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nAccept: text/html\r\n\r\n", path, c.addr)
}

// answer is what came back. The body is only good until the next call.
type answer struct {
	status int
	size   int
	body   []byte
}

// do sends a request and reads the whole answer. A connection that the other side closed is opened again once.
func (c *caller) do(request []byte, keep bool) (answer, error) {
	for attempt := 0; ; attempt++ {
		if c.conn == nil {
			conn, err := net.Dial("tcp", c.addr)
			if err != nil {
				return answer{}, err
			}
			c.conn, c.in = conn, bufio.NewReaderSize(conn, 64<<10)
		}
		got, err := c.exchange(request, keep)
		if err == nil {
			return got, nil
		}
		c.close()
		if attempt > 0 {
			return got, err
		}
	}
}

func (c *caller) exchange(request []byte, keep bool) (got answer, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return got, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return got, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return got, err
	}
	if len(line) < 12 {
		return got, errors.New("no HTTP")
	}
	if got.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return got, err
	}
	length, chunked := 0, false
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return got, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return got, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(bytes.TrimSpace(value), []byte("chunked"))
		}
	}
	for {
		if chunked {
			line, err := c.in.ReadSlice('\n')
			if err != nil {
				return got, err
			}
			size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
			if err != nil {
				return got, err
			}
			length = int(size)
		}
		if keep {
			start := len(got.body)
			got.body = append(got.body, make([]byte, length)...)
			_, err = io.ReadFull(c.in, got.body[start:])
		} else {
			_, err = c.in.Discard(length)
		}
		if err != nil {
			return got, err
		}
		got.size += length
		if !chunked {
			return got, nil
		}
		if _, err := c.in.Discard(2); err != nil || length == 0 {
			return got, err
		}
	}
}

// result is what some clients got done.
type result struct {
	ops     int64
	failed  int64
	elapsed time.Duration
	spans   []time.Duration // of the operations, sorted
	example error           // of what failed
}

func (r result) rate() float64 { return float64(r.ops) / r.elapsed.Seconds() }

// within is how long so many of a hundred operations took at most.
func (r result) within(percent int) time.Duration {
	if len(r.spans) == 0 {
		return 0
	}
	return r.spans[min(len(r.spans)*percent/100, len(r.spans)-1)]
}

func (r result) and(other result) result {
	r.ops, r.failed, r.elapsed = r.ops+other.ops, r.failed+other.failed, r.elapsed+other.elapsed
	r.spans = append(slices.Clone(r.spans), other.spans...)
	slices.Sort(r.spans)
	if r.example == nil {
		r.example = other.example
	}
	return r
}

var errOver = errors.New("there is nothing more to do")

// drive has clients do one operation after the other until the time is over. An operation may say that there is nothing more to do.
func drive(ctx context.Context, clients int, span time.Duration, client func(number int) func() error) result {
	ctx, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	var mu sync.Mutex
	var all result
	var running sync.WaitGroup
	since := time.Now()
	for number := range clients {
		running.Go(func() {
			operate := client(number)
			var mine result
			for ctx.Err() == nil {
				before := time.Now()
				err := operate()
				if errors.Is(err, errOver) {
					break
				}
				if err != nil {
					mine.failed++
					mine.example = err
					continue
				}
				mine.ops++
				mine.spans = append(mine.spans, time.Since(before))
			}
			mu.Lock()
			defer mu.Unlock()
			all = all.and(mine)
		})
	}
	running.Wait()
	all.elapsed = time.Since(since)
	return all
}
