// Package proxytest stands between a test and a real server and breaks the connection when the test says so.
package proxytest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy passes bytes between its address and a server.
type Proxy struct {
	// Addr is where the proxy listens: host:port.
	Addr string

	target string
	mu     sync.Mutex
	cut    bool
	before func([]byte) bool // nil, or reports whether to cut when the client sends these bytes
	pairs  map[net.Conn]net.Conn
}

// New starts a proxy in front of target (host:port). It ends with the test.
func New(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Addr: listener.Addr().String(), target: target, pairs: map[net.Conn]net.Conn{}}
	t.Cleanup(func() {
		listener.Close()
		p.Cut()
	})
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return p
}

// Cut breaks every connection and refuses new ones until Restore, as a server does that is down.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	p.breakAll()
}

// Restore lets connections through again.
func (p *Proxy) Restore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

// Break breaks the connections there are. New ones are let through.
func (p *Proxy) Break() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.breakAll()
}

// BreakAfter breaks every connection once, right after the client's bytes for which when reports true have reached the server and
// before any answer to them comes back.
func (p *Proxy) BreakAfter(when func(sent []byte) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before = when
}

// Connections returns how many connections are open.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pairs)
}

func (p *Proxy) breakAll() {
	for client, server := range p.pairs {
		reset(client)
		reset(server)
	}
	clear(p.pairs)
}

// reset closes a connection the hard way: what was not sent yet is lost.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	conn.Close()
}

func (p *Proxy) serve(client net.Conn) {
	p.mu.Lock()
	refused := p.cut
	p.mu.Unlock()
	if refused {
		reset(client)
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		client.Close()
		return
	}
	p.mu.Lock()
	if p.cut {
		p.mu.Unlock()
		reset(client)
		server.Close()
		return
	}
	p.pairs[client] = server
	p.mu.Unlock()

	go func() {
		_, _ = io.Copy(client, server)
		client.Close()
	}()
	p.pass(client, server)
	server.Close()
	p.mu.Lock()
	delete(p.pairs, client)
	p.mu.Unlock()
}

// pass sends what the client says to the server.
func (p *Proxy) pass(client, server net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		p.mu.Lock()
		now := p.before != nil && p.before(buffer[:n])
		if now {
			p.before = nil
			reset(client) // first, so that no answer gets through
			delete(p.pairs, client)
		}
		p.mu.Unlock()
		if _, err := server.Write(buffer[:n]); err != nil || now {
			return
		}
	}
}
