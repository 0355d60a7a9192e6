package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
)

// The ports of a site are counted from its base. Both sites keep one plan, so that a number tells the part.
const (
	portServer = iota
	portAdmin
	portWorkerPrivate
	portServerPrivate
	portAdminPrivate
	portSandbox
	portPrimary
	portReplica
	portValkey
	portBroker
	portBrokerNames // epmd: where the broker's node registers its name
	portBrokerNode
	portMailbox
	portMailboxSMTP
	portCount
)

const (
	shopBase = 8080
	testBase = 18080
	// From 32768 on the system hands out ports by itself, and any of them may be taken for a moment.
	portLimit = 32768
)

// busy says whether someone listens on a port of this machine. The IPv6 loopback counts too: "localhost" may lead there.
func busy(port int) bool {
	for _, host := range []string{"127.0.0.1", "::1"} {
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES) {
			return true
		}
		if err == nil {
			_ = listener.Close()
		}
	}
	return false
}

// firstBase scans upward for a base whose every port is free.
func firstBase(from int, busy func(int) bool) (int, error) {
next:
	for base := from; base+portCount <= portLimit; base += 20 {
		for port := base; port < base+portCount; port++ {
			if busy(port) {
				continue next
			}
		}
		return base, nil
	}
	return 0, fmt.Errorf("there are no %d free ports in a row between %d and %d", portCount, from, portLimit)
}

type portRecord struct {
	Base int `json:"base"`
}

// base is the base that the site last ran with.
func (s site) base() (int, bool) {
	content, err := os.ReadFile(s.join("ports.json"))
	var r portRecord
	if err != nil || json.Unmarshal(content, &r) != nil || r.Base <= 0 || r.Base+portCount > portLimit {
		return 0, false
	}
	return r.Base, true
}

func (s site) keepBase(base int) error {
	content, err := json.Marshal(portRecord{base})
	if err != nil {
		return err
	}
	return writeFile(s.join("ports.json"), append(content, '\n'), 0o644)
}
