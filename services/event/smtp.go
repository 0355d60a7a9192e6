package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// sender hands a mail on. A refusedMail error means that repeating is no use.
type sender interface {
	send(ctx context.Context, m mail) error
}

type refusedMail struct{ error }

// logSender is for shops without a mail server, such as on a laptop. The log has no address and no text: they are somebody's.
type logSender struct{ log *slog.Logger }

func (s logSender) send(ctx context.Context, m mail) error {
	s.log.InfoContext(ctx, "mail not sent, since SMTP_URL is not set", "subject", m.subject, "id", m.id)
	return nil
}

const smtpTimeout = 10 * time.Second

type smtpSender struct {
	client *gomail.Client
	from   string
	name   string
}

// newSMTPSender takes smtp://user:password@host:587?from=shop@example.com (STARTTLS where offered), or smtps:// for TLS from the start.
func newSMTPSender(address, storeName string) (*smtpSender, error) {
	parsed, err := url.Parse(address)
	from := ""
	if err == nil {
		from = parsed.Query().Get("from")
	}
	if err != nil || (parsed.Scheme != "smtp" && parsed.Scheme != "smtps") || parsed.Hostname() == "" || from == "" {
		return nil, errors.New("SMTP_URL: want smtp://user:password@host:587?from=shop@example.com, or smtps:// for TLS from the start")
	}
	options := []gomail.Option{gomail.WithTimeout(smtpTimeout), gomail.WithTLSPolicy(gomail.TLSOpportunistic)}
	if parsed.Scheme == "smtps" {
		options = append(options, gomail.WithSSL())
	}
	if port, err := strconv.Atoi(parsed.Port()); err == nil {
		options = append(options, gomail.WithPort(port))
	}
	if password, set := parsed.User.Password(); set {
		options = append(options, gomail.WithUsername(parsed.User.Username()), gomail.WithPassword(password), gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover))
	}
	client, err := gomail.NewClient(parsed.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("SMTP_URL: %w", err)
	}
	return &smtpSender{client: client, from: from, name: storeName}, nil
}

func (s *smtpSender) send(ctx context.Context, m mail) error {
	message := gomail.NewMsg()
	if err := message.FromFormat(s.name, s.from); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if err := message.To(m.to); err != nil {
		return refusedMail{err}
	}
	message.Subject(m.subject)
	message.SetMessageIDWithValue(m.id)
	message.SetDate()
	message.SetBodyString(gomail.TypeTextPlain, m.text)
	message.AddAlternativeString(gomail.TypeTextHTML, m.html)
	err := s.client.DialAndSendWithContext(ctx, message)
	var failed *gomail.SendError
	if errors.As(err, &failed) && !failed.IsTemp() && failed.ErrorCode() >= 550 {
		return refusedMail{err}
	}
	return err
}
