package services

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/fetch"
)

// Settings say which services run in this process, where the others are, and what they need. Embed them in a program's settings.
type Settings struct {
	Services        []string          `name:"services" env:"SERVICES" help:"Services that run in this process, separated by commas. None: all that no URL is given for."`
	ServiceURLs     map[string]string `name:"service-urls" env:"SERVICE_URLS" mapsep:"," help:"Where other services are: catalog=http://host:port,order=…, or *=… for all others. Their private ports, since some calls are for processes alone."`
	SecretKey       config.Key        `name:"secret-key" env:"SECRET_KEY" help:"32 random bytes in base64, the same for every process but the back office: proves to each other who they are, and signs links to orders. Make it with: openssl rand -base64 32"`
	SecretKeyBefore config.Key        `name:"secret-key-before" env:"SECRET_KEY_BEFORE" help:"The SECRET_KEY of before, where product runs, for as long as a worker seals stored passwords with the new one: a minute."`
	SigningKey      config.Key        `name:"signing-key" env:"SIGNING_KEY" help:"32 random bytes in base64, only where auth runs, the same for every instance: signs the tokens of guests and staff."`

	StoreName     string   `name:"store-name" env:"STORE_NAME" default:"Tradewind" help:"What the shop is called."`
	StoreCurrency string   `name:"store-currency" env:"STORE_CURRENCY" default:"USD" help:"Currency of prices in feeds without one and of carts; ISO 4217."`
	Locale        string   `name:"locale" env:"LOCALE" default:"en-US" help:"Language of the shop's own texts, and how money is written on pages and in mails; BCP 47."`
	Locales       []string `name:"locales" env:"LOCALES" help:"Further languages that shoppers can read the shop in, such as de,fr, each at its own addresses (/de/…); the same for every process that has it. After a change here, run once: worker rebuild-catalog."`
	OrderNumbers  string   `name:"order-numbers" env:"ORDER_NUMBERS" default:"TW-%06d" help:"Pattern of order numbers; %06d stands for the running number."`
	TermsVersion  string   `name:"terms-version" env:"TERMS_VERSION" help:"Version of the terms of sale, such as 2026-01-31. With it, shoppers have to tick that they accept the terms at /pages/terms before they order, and orders keep which version that was. None: the review says that ordering agrees to them."`
	PublicURL     string   `name:"public-url" env:"PUBLIC_URL" default:"http://localhost:8080" help:"Where shoppers reach the shop; stands in mails and in return addresses for payment providers."`

	DownloadLasts time.Duration `name:"download-lasts" env:"DOWNLOAD_LASTS" default:"720h" help:"How long buyers can download what they have paid for, such as 720h. Orders keep what was set when they were placed."`
	DownloadTimes int           `name:"download-times" env:"DOWNLOAD_TIMES" default:"5" help:"How often they can download each file. Orders keep what was set when they were placed."`
	DownloadSize  int64         `name:"download-size" env:"DOWNLOAD_SIZE" default:"500" help:"The largest file for download that staff can hand in, in MB."`

	SandboxURL            string         `name:"sandbox-url" env:"SANDBOX_URL" help:"Where the payment sandbox is. None: shoppers can only pay on delivery."`
	SandboxKey            config.Secret  `name:"sandbox-key" env:"SANDBOX_KEY" help:"Bearer key for the payment sandbox."`
	SandboxWebhookSecrets config.Secrets `name:"sandbox-webhook-secret" env:"SANDBOX_WEBHOOK_SECRET" help:"By which the payment sandbox signs its messages; the new one and the old one, separated by a comma, while it is replaced."`
	SandboxPublicKey      string         `name:"sandbox-public-key" env:"SANDBOX_PUBLIC_KEY" help:"Public key of the payment sandbox, by which shoppers can pay in fields on the shop's own page. None: they pay on the sandbox's page."`
	StripeSecretKey       config.Secret  `name:"stripe-secret-key" env:"STRIPE_SECRET_KEY" help:"Secret key (sk_…) or restricted key (rk_…) of a Stripe account. With it shoppers pay through Stripe; that is all there is to do."`
	StripePublishableKey  string         `name:"stripe-publishable-key" env:"STRIPE_PUBLISHABLE_KEY" help:"Publishable key (pk_…) of the same account, by which shoppers can pay in fields on the shop's own page. None: they pay on Stripe's page."`
	StripeWebhookSecrets  config.Secrets `name:"stripe-webhook-secret" env:"STRIPE_WEBHOOK_SECRET" help:"Signing secret (whsec_…) of an endpoint at Stripe for PUBLIC_URL/webhooks/payments/stripe, which hears of checkout.session, payment_intent, charge and charge.dispute events; the new one and the old one, separated by a comma, while it is replaced. None: the shop learns of payments by asking, a little later."`
	StripeURL             string         `name:"stripe-url" env:"STRIPE_URL" help:"Another API that speaks like Stripe's, such as the sandbox with SPEAKS=stripe. None: Stripe itself."`
	PaymentCapture        string         `name:"payment-capture" env:"PAYMENT_CAPTURE" enum:"order,shipment" default:"order" help:"When money paid online is taken: order, at once; or shipment, where it is only reserved when the shopper pays and taken when the goods are sent, each parcel's share as it leaves, or by staff. What is downloaded is always taken at once."`
	BankAccount           string         `name:"bank-account" env:"BANK_ACCOUNT" help:"The shop's account, to which shoppers can transfer the money: an IBAN, or the account's number. Staff note what has arrived. None: shoppers cannot pay by bank transfer."`
	BankHolder            string         `name:"bank-holder" env:"BANK_HOLDER" help:"Whose account it is. None: STORE_NAME."`
	BankCode              string         `name:"bank-code" env:"BANK_CODE" help:"BIC or routing number of its bank, if shoppers need it."`
	BankName              string         `name:"bank-name" env:"BANK_NAME" help:"Name of its bank, if shoppers need it."`
	TransferTime          time.Duration  `name:"transfer-time" env:"TRANSFER_TIME" default:"168h" help:"How long an order and its stock wait for a bank transfer, from 24h to 720h."`
	RateLimit             float64        `name:"rate-limit" env:"RATE_LIMIT" default:"1" help:"What one visitor may do, as a part of the usual: 20 pages and 100 calls of the API a second, bursts of three seconds' and two, and less of what costs more; and how often one shopper may begin to pay, three times in a minute and ten in an hour. 0 for no limits. Whatever comes from this machine itself is no visitor."`
	FetchPrivate          bool           `name:"fetch-private" env:"FETCH_PRIVATE" help:"Let feeds and pictures be on private addresses and any port, for a shop beside its suppliers' machines. Cloud metadata stays out of reach."`
	FetchHTTP             bool           `name:"fetch-http" env:"FETCH_HTTP" help:"Let feeds and pictures be at http addresses, which anyone on the way can change."`
	FeedFolder            string         `name:"feed-folder" env:"FEED_FOLDER" help:"Folder below which sources of products may name files of this machine. None: they may not."`

	HistoryDays      int `name:"history-days" env:"HISTORY_DAYS" default:"730" help:"Days for which it is kept how products were before each change, so that staff can look and go back; at least 30."`
	HistoryVersions  int `name:"history-versions" env:"HISTORY_VERSIONS" default:"200" help:"Changes of one product that are kept of these, the last ones; at least 10."`
	PriceHistoryDays int `name:"price-history-days" env:"PRICE_HISTORY_DAYS" default:"730" help:"Days for which it is kept what products did cost; at least 60. What must be told of a reduction is kept for as long as it lasts."`
	SyncRunDays      int `name:"sync-run-days" env:"SYNC_RUN_DAYS" default:"365" help:"Days for which imports are kept with the rows that they refused; at least 7."`

	SMTPURL config.Secret `name:"smtp-url" env:"SMTP_URL" help:"Mail server, such as smtp://user:password@host:587?from=shop@example.com. None: mails are written to the log."`
}

// checkPlaces checks that it is known of every service where it is.
func (s *Settings) checkPlaces() error {
	for _, name := range s.Services {
		if !slices.Contains(Names, name) {
			return fmt.Errorf("SERVICES: there is no service %q; they are %s", name, strings.Join(Names, ", "))
		}
	}
	for name, address := range s.ServiceURLs {
		if name != "*" && !slices.Contains(Names, name) {
			return fmt.Errorf("SERVICE_URLS: there is no service %q; they are %s", name, strings.Join(Names, ", "))
		}
		if parsed, err := url.Parse(address); err != nil || parsed.Host == "" {
			return fmt.Errorf("SERVICE_URLS: %s=%s is no URL such as http://host:port", name, address)
		}
	}
	for _, name := range Names {
		if !s.Serves(name) && s.url(name) == "" {
			return fmt.Errorf("SERVICES leaves out %s; say where it is in SERVICE_URLS", name)
		}
	}
	return nil
}

// AfterApply checks that the settings fit together.
func (s *Settings) AfterApply() error {
	if err := s.checkPlaces(); err != nil {
		return err
	}
	for _, kept := range []struct {
		name         string
		value, least int
	}{{"HISTORY_DAYS", s.HistoryDays, 30}, {"HISTORY_VERSIONS", s.HistoryVersions, 10}, {"PRICE_HISTORY_DAYS", s.PriceHistoryDays, 60}, {"SYNC_RUN_DAYS", s.SyncRunDays, 7}} {
		if kept.value < kept.least {
			return fmt.Errorf("%s is %d; set it to %d or more", kept.name, kept.value, kept.least)
		}
	}
	if most := blob.Downloads.Limit >> 20; s.DownloadSize < 0 || s.DownloadSize > most {
		return fmt.Errorf("DOWNLOAD_SIZE: %d is not from 1 to %d", s.DownloadSize, most)
	}
	if s.BankAccount != "" {
		if err := s.checkBank(); err != nil {
			return err
		}
	}
	s.PublicURL = strings.TrimSuffix(s.PublicURL, "/")
	return s.tidyLocales()
}

// mostLocales is how many further languages a shop has at most: every product is searched and sorted in each.
const mostLocales = 10

// tidyLocales writes languages in their usual form.
func (s *Settings) tidyLocales() error {
	own, err := language.Parse(cmp.Or(s.Locale, "en"))
	if err != nil {
		return fmt.Errorf("LOCALE: %q is no language tag, such as en-US or de", s.Locale)
	}
	if len(s.Locales) > mostLocales {
		return fmt.Errorf("LOCALES: a shop has at most %d further languages", mostLocales)
	}
	for i, locale := range s.Locales {
		tag, err := language.Parse(strings.TrimSpace(locale))
		switch {
		case err != nil || tag == language.Und:
			return fmt.Errorf("LOCALES: %q is no language tag, such as de or pt-BR", locale)
		case tag == own:
			return fmt.Errorf("LOCALES: %s is the shop's own language already, by LOCALE", locale)
		case slices.Contains(s.Locales[:i], tag.String()):
			return fmt.Errorf("LOCALES: %s is there twice", locale)
		}
		s.Locales[i] = tag.String()
	}
	return nil
}

// Serves says whether a service runs in this process: it is named, or nothing is named and no URL leads elsewhere.
func (s *Settings) Serves(name string) bool {
	if len(s.Services) > 0 {
		return slices.Contains(s.Services, name)
	}
	return s.url(name) == ""
}

// ServesAny says whether any service runs in this process, so that it needs a database.
func (s *Settings) ServesAny() bool { return slices.ContainsFunc(Names, s.Serves) }

func (s *Settings) url(name string) string {
	if address := s.ServiceURLs[name]; address != "" {
		return address
	}
	return s.ServiceURLs["*"]
}

// fetcher gets the pictures that feeds name.
func (s *Settings) fetcher() *fetch.Client {
	return fetch.New(fetch.Config{AllowPrivate: s.FetchPrivate, AllowAnyPort: s.FetchPrivate, AllowHTTP: s.FetchHTTP})
}
