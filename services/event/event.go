// Package event tells the outside what happened: mails now, webhooks later. It also shows staff the events that could not be worked off.
package event

import (
	"errors"
	"log/slog"

	"github.com/tradewind-commerce/tradewind/gen/db/eventdb"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

var queries = eventdb.New()

// Config is what mails need.
type Config struct {
	DB *postgres.DB
	// SMTPURL is the mail server; empty writes mails to the log.
	SMTPURL   string
	StoreName string
	// PublicURL is the shop's address, without a slash at the end, for links in mails.
	PublicURL string
	// Locale is how money is written.
	Locale string
	Log    *slog.Logger
}

// Service implements MailService and DeliveryService.
type Service struct {
	cfg    Config
	sender sender
}

// New checks the mail server's address; it is first called when there is a mail.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil {
		return nil, errors.New("event needs a database")
	}
	service := &Service{cfg: cfg, sender: logSender{cfg.Log}}
	if cfg.SMTPURL != "" {
		smtp, err := newSMTPSender(cfg.SMTPURL, cfg.StoreName)
		if err != nil {
			return nil, err
		}
		service.sender = smtp
	}
	return service, nil
}
