package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// cacheProgram is Valkey, or Redis, which speaks the same language.
func cacheProgram() (string, error) {
	for _, name := range []string{"valkey-server", "redis-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no valkey-server or redis-server on this machine")
}

const ping, pong = "PING\r\n", "+PONG\r\n"

// startValkey runs a cache that keeps nothing on disk.
func startValkey(ctx context.Context, s site, as *owner, port int) error {
	program, err := cacheProgram()
	if err != nil {
		return err
	}
	if err := as.folder(s.join("valkey")); err != nil {
		return err
	}
	p, err := s.start(part{
		name: "valkey",
		path: program,
		args: []string{"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", s.join("valkey"),
			"--save", "", "--appendonly", "no", "--daemonize", "no"},
		env:  os.Environ(),
		dir:  s.path,
		as:   as,
		port: port,
		stop: syscall.SIGTERM,
	})
	if err != nil {
		return err
	}
	return p.await(ctx, 20*time.Second, func(ctx context.Context) error {
		return answers(ctx, port, ping, pong)
	})
}

// answers says something to a port and expects an answer. With neither, it only asks whether the port is open.
func answers(ctx context.Context, port int, said, expected string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, said); err != nil {
		return err
	}
	answer := make([]byte, len(expected))
	if _, err := io.ReadFull(conn, answer); err != nil {
		return err
	}
	if string(answer) != expected {
		return fmt.Errorf("port %d answers %q", port, answer)
	}
	return nil
}
