// Command admin serves the back office. It holds no secrets and no database: it calls the services' URL with the token of whoever is
// signed in, so any number of instances can run anywhere.
//
// routes.go lists the pages and who may use them. Each group of pages has files that begin with the name of what it shows: products_ are lists of many, product_ is
// the page of one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/views/static"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

type settings struct {
	Addr        string            `name:"addr" env:"ADDR" default:":8081" help:"Where the back office is served."`
	PrivateAddr string            `name:"private-addr" env:"PRIVATE_ADDR" default:"127.0.0.1:8084" help:"Where health and metrics are served; never open it to the world."`
	AdminURL    string            `name:"admin-url" env:"ADMIN_URL" default:"http://localhost:8081" help:"Where staff reach the back office."`
	PublicURL   string            `name:"public-url" env:"PUBLIC_URL" default:"http://localhost:8080" help:"Where shoppers reach the shop, for links to it."`
	StoreName   string            `name:"store-name" env:"STORE_NAME" default:"Tradewind" help:"What the shop is called."`
	Environment string            `name:"environment" env:"ENVIRONMENT" help:"Shown beside the shop's name, such as Staging; nothing in production."`
	Locale      string            `name:"locale" env:"LOCALE" default:"en-US" help:"How money is written."`
	Currency    string            `name:"store-currency" env:"STORE_CURRENCY" default:"USD" help:"Currency of the prices of new products; the services' own; ISO 4217."`
	ServiceURLs map[string]string `name:"service-urls" env:"SERVICE_URLS" mapsep:"," default:"*=http://localhost:8080" help:"Where the services are: *=http://host:port, or one by one: catalog=…,order=…"`
	Proxies     web.Proxies       `name:"trusted-proxies" env:"TRUSTED_PROXIES" help:"Networks of proxies that may say who a visitor is, such as 10.0.0.0/8, separated by commas."`

	ProxiesOnly bool `name:"proxies-only" env:"PROXIES_ONLY" help:"Refuse whoever comes past the trusted proxies."`

	Telemetry telemetry.Settings `embed:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until ctx ends. Whole-shop tests call it.
func run(ctx context.Context, args []string, log io.Writer) error {
	cfg, _, err := config.Parse[settings]("admin", "admin serves the back office of the shop.", args, log)
	if err != nil {
		return err
	}
	tel, err := telemetry.Start(cfg.Telemetry, "admin", log)
	if err != nil {
		return err
	}
	defer tel.Stop()
	calls, err := services.Remote(cfg.ServiceURLs)
	if err != nil {
		return err
	}
	address, err := url.Parse(cfg.AdminURL)
	if err != nil || address.Host == "" {
		return fmt.Errorf("ADMIN_URL: %q is no URL such as https://admin.shop.example", cfg.AdminURL)
	}
	cfg.PublicURL = strings.TrimSuffix(cfg.PublicURL, "/")
	assets, err := loadAssets()
	if err != nil {
		return err
	}
	office := newOffice(calls, cfg, assets, address, tel.Log)
	edge := web.Edge{Proxies: cfg.Proxies, ProxiesOnly: cfg.ProxiesOnly, Log: tel.Log, Metrics: tel.Registry}
	return web.Serve(ctx, web.Server{
		Addr: cfg.Addr, Handler: edge.Handler(office.handler()),
		PrivateAddr: cfg.PrivateAddr, Metrics: tel.Metrics(), Log: tel.Log,
		Ready: services.Reached(cfg.ServiceURLs),
	})
}

func loadAssets() (*web.Assets, error) {
	bundles := make([]web.Bundle, len(static.Bundles))
	for i, bundle := range static.Bundles {
		bundles[i] = web.Bundle(bundle)
	}
	return web.NewAssets(static.Files, "", bundles...)
}

func assetURLs(assets *web.Assets) ui.Assets {
	return ui.Assets{CSS: assets.URL("admin.css"), JS: assets.URL("tradewind.js"), HTMX: assets.URL("htmx.js"), Icon: assets.URL("favicon.svg")}
}
