package main

import (
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// mailbox is the last mails that came, oldest first, in memory only.
type mailbox struct {
	most int
	now  func() time.Time

	mu       sync.Mutex
	received int64
	mails    []mail
	waited   map[string]bool // addresses that were told to come back
}

// keep puts a mail on top and numbers it.
func (b *mailbox) keep(m mail) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.received++
	m.ID, m.Time = b.received, b.now().UTC()
	b.mails = append(b.mails, m)
	b.mails = slices.Delete(b.mails, 0, max(len(b.mails)-b.most, 0))
}

// find returns the mails to addresses that contain a text, newest first. An empty text finds all.
func (b *mailbox) find(to string) []mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []mail{}
	to = strings.ToLower(strings.TrimSpace(to))
	for _, m := range slices.Backward(b.mails) {
		if slices.ContainsFunc(m.To, func(address string) bool { return strings.Contains(strings.ToLower(address), to) }) {
			found = append(found, m)
		}
	}
	return found
}

// get returns one mail, unless there never was one with that number or it had to make room.
func (b *mailbox) get(id int64) (mail, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.mails, func(m mail) bool { return m.ID == id })
	if at < 0 {
		return mail{}, false
	}
	return b.mails[at], true
}

// mostWaiting is how many addresses are remembered as told to come back; then all are forgotten, and told again.
const mostWaiting = 1000

var (
	errRefused = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No mailbox here: addresses that begin with refused@ are refused for good"}
	errLater   = &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "Come back: addresses that begin with later@ are refused the first time"}
)

// admit says whether an address takes mail. It never looks at the domain, so that each test can have addresses of its own.
func (b *mailbox) admit(to string) error {
	to = strings.ToLower(to)
	switch local, _, _ := strings.Cut(to, "@"); local {
	case "refused":
		return errRefused
	case "later":
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.waited[to] {
			return nil
		}
		if b.waited == nil || len(b.waited) == mostWaiting {
			b.waited = map[string]bool{}
		}
		b.waited[to] = true
		return errLater
	}
	return nil
}

// delivery is what one connection is handing over.
type delivery struct {
	box  *mailbox
	from string
	to   []string
}

// Mail begins a mail.
func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	d.from = from
	return nil
}

// Rcpt adds a recipient, or refuses it.
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := d.box.admit(to); err != nil {
		return err
	}
	d.to = append(d.to, to)
	return nil
}

// Data takes the mail itself. One that cannot be read is kept as well, with what is wrong with it.
func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := readMail(raw)
	m.From, m.To = d.from, slices.Clone(d.to)
	d.box.keep(m)
	return nil
}

// Reset forgets a mail that was begun.
func (d *delivery) Reset() { d.from, d.to = "", nil }

// Logout ends the connection.
func (d *delivery) Logout() error { return nil }
