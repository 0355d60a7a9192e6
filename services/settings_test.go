package services

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/access/v1"
	"github.com/tradewind-commerce/tradewind/platform/config"
)

// While the secret of the provider's messages is replaced, both are taken, and a worker waits longer for the provider than a shopper would. A shop that could not tell the
// provider's messages from anybody's does not start.
func TestSandboxSettings(t *testing.T) {
	parse := func(args ...string) *Settings {
		t.Helper()
		type program struct {
			Shop Settings `embed:""`
		}
		parsed, _, err := config.Parse[program]("test", "", append([]string{"--sandbox-url=http://127.0.0.1:1", "--sandbox-key=key"}, args...), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		return &parsed.Shop
	}
	both := parse("--sandbox-webhook-secret=new,old")
	if !slices.Equal(both.SandboxWebhookSecrets.Reveal(), []string{"new", "old"}) {
		t.Errorf("%d secrets, want two", len(both.SandboxWebhookSecrets))
	}
	for process, wait := range map[string]time.Duration{"worker": 20 * time.Second, "server": 5 * time.Second} {
		if providerTimeout(process) != wait {
			t.Errorf("%s: waits %v, want %v", process, providerTimeout(process), wait)
		}
		if providers, err := both.providers(process); err != nil || len(providers) != 1 {
			t.Errorf("%s: %d providers, %v", process, len(providers), err)
		}
	}
	if _, err := parse().providers("server"); err == nil {
		t.Error("a sandbox without a secret was taken")
	}
}

// A merchant who sets Stripe's keys sells through Stripe, also where the sandbox was used before, which keeps what it has collected. What cannot be
// a key stops the start, and shoppers may be sent to the pages of who is configured and to no other.
func TestStripeSettings(t *testing.T) {
	t.Parallel()
	stripe := Settings{StripeSecretKey: "sk_live_1", StripePublishableKey: "pk_live_1", StripeWebhookSecrets: config.Secrets{"whsec_1"}}
	both := stripe
	both.SandboxURL, both.SandboxKey, both.SandboxWebhookSecrets = "http://127.0.0.1:8085", "key", config.Secrets{"secret"}
	for name, tc := range map[string]struct {
		settings Settings
		offered  string
		number   int
		pages    []string
	}{
		"nothing": {Settings{}, "", 0, nil},
		"stripe":  {stripe, "stripe", 1, []string{"https://checkout.stripe.com", "https://hooks.stripe.com"}},
		"both":    {both, "stripe", 2, []string{"http://127.0.0.1:8085", "https://checkout.stripe.com", "https://hooks.stripe.com"}},
	} {
		providers, err := tc.settings.providers("server")
		pages, pagesErr := tc.settings.PaymentPages()
		if err != nil || pagesErr != nil || tc.settings.hostedProvider() != tc.offered || len(providers) != tc.number || !slices.Equal(pages, tc.pages) {
			t.Errorf("%s: offers %q of %d, pages %q, %v, %v", name, tc.settings.hostedProvider(), len(providers), pages, err, pagesErr)
		}
	}
	for name, settings := range map[string]Settings{
		"a publishable key as the secret one": {StripeSecretKey: "pk_live_1"},
		"a secret key as the publishable one": {StripeSecretKey: "sk_live_1", StripePublishableKey: "sk_live_1"},
		"an address that is none":             {StripeSecretKey: "sk_live_1", StripeURL: "stripe"},
	} {
		if _, err := settings.providers("server"); err == nil || strings.Contains(err.Error(), "live_1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An account that was mistyped stops the start, and an IBAN is shown as people read it.
func TestBankAccount(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"de89370400440532013000": "DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19": "GB29 NWBK 6016 1331 9268 19", "MT84MALT011000012345MTLCAST001S": "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
		"000123456789": "000123456789", "12-3456-0789012-00": "12-3456-0789012-00", "": "",
		"DE88370400440532013000": "!", "GB29 NWBK 6016 1331 9268 91": "!",
	} {
		s := Settings{BankAccount: given, TransferTime: 168 * time.Hour, HistoryDays: 30, HistoryVersions: 10, PriceHistoryDays: 60, SyncRunDays: 7}
		err := s.AfterApply()
		if want == "!" && err == nil || want != "!" && (err != nil || s.BankAccount != want) {
			t.Errorf("%q became %q, %v; want %q", given, s.BankAccount, err, want)
		}
	}
	s := Settings{BankAccount: "1", TransferTime: time.Hour, HistoryDays: 30, HistoryVersions: 10, PriceHistoryDays: 60, SyncRunDays: 7}
	if err := s.AfterApply(); err == nil || !strings.Contains(err.Error(), "TRANSFER_TIME") {
		t.Errorf("an hour to transfer money: %v", err)
	}
}

// What feeds name is fetched from the open internet alone, unless the shop is told otherwise, each by its own setting.
func TestFetcher(t *testing.T) {
	t.Parallel()
	supplier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "picture") }))
	t.Cleanup(supplier.Close)
	for _, tc := range []struct {
		private, plain, reached bool
	}{{false, false, false}, {true, false, false}, {false, true, false}, {true, true, true}} {
		settings := Settings{FetchPrivate: tc.private, FetchHTTP: tc.plain}
		_, _, err := settings.fetcher().Bytes(t.Context(), supplier.URL, 100)
		if (err == nil) != tc.reached {
			t.Errorf("%+v: %v", tc, err)
		}
	}
}

// The back office knows where services are and has no other setting of theirs. It can call each that has something for staff.
func TestRemote(t *testing.T) {
	t.Parallel()
	set, err := Remote(map[string]string{"*": "http://services:8083"})
	if err != nil {
		t.Fatal(err)
	}
	clients := reflect.ValueOf(*set)
	for i := range clients.NumField() {
		client := clients.Type().Field(i)
		if client.Type.Kind() == reflect.Interface && clients.Field(i).IsNil() && forStaff(t, client.Type) {
			t.Errorf("the back office has no client for %s, which staff may call", client.Name)
		}
	}
	if _, err := Remote(map[string]string{"product": "http://services:8083"}); err == nil {
		t.Error("services that are nowhere were taken")
	}
}

// forStaff says whether staff may call a method of a client's service.
func forStaff(t *testing.T, client reflect.Type) bool {
	t.Helper()
	version := path.Dir(strings.TrimPrefix(client.PkgPath(), "github.com/tradewind-commerce/tradewind/gen/"))
	name := strings.ReplaceAll(version, "/", ".") + "." + strings.TrimSuffix(client.Name(), "Client")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	methods := found.(protoreflect.ServiceDescriptor).Methods()
	for i := range methods.Len() {
		if proto.GetExtension(methods.Get(i).Options(), accessv1.E_Policy).(*accessv1.Policy).GetStaff() != "" {
			return true
		}
	}
	return false
}

// Languages are written in the one form by which translations and addresses are found, and what cannot be meant stops the start.
func TestLocales(t *testing.T) {
	t.Parallel()
	for locales, want := range map[string]struct {
		read    []string
		problem string
	}{
		"":                                 {nil, ""},
		"de, pt_br":                        {[]string{"de", "pt-BR"}, ""},
		"en,ZH-hant":                       {[]string{"en", "zh-Hant"}, ""},
		"deutsch":                          {nil, `"deutsch" is no language tag`},
		"de,und":                           {nil, `"und" is no language tag`},
		"de,DE":                            {nil, "DE is there twice"},
		"en-us":                            {nil, "en-us is the shop's own language"},
		"de,fr,it,es,nl,da,sv,fi,pt,nb,pl": {nil, "at most 10"},
	} {
		settings := Settings{Locale: "en-US"}
		if locales != "" {
			settings.Locales = strings.Split(locales, ",")
		}
		err := settings.tidyLocales()
		if want.problem == "" && (err != nil || !slices.Equal(settings.Locales, want.read)) {
			t.Errorf("%q: %v, %v; want %v", locales, settings.Locales, err, want.read)
		}
		if want.problem != "" && (err == nil || !strings.Contains(err.Error(), want.problem)) {
			t.Errorf("%q: %v; want %s", locales, err, want.problem)
		}
	}
}
