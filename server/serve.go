package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/server/storefront"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/views/static"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// nowhere is an address that is not served: services that only other processes call have no public port.
const nowhere = "-"

// serve answers calls and shows pages until ctx ends.
func serve(ctx context.Context, cfg settings, shared services.Resources, tel *telemetry.Telemetry) error {
	if err := cfg.Shop.Reach(ctx); err != nil {
		return err
	}
	set, err := services.New(cfg.Shop, "server", shared)
	if err != nil {
		return err
	}
	ready := func(ctx context.Context) error {
		if shared.DB == nil {
			return nil
		}
		_, err := shared.DB.Primary().Exec(ctx, "select 1")
		return err
	}
	rpc.RegisterStandard(ctx, set.Server, ready)

	pay := payments(cfg.Shop.RateLimit, shared.Cache)
	public, private := http.NewServeMux(), http.NewServeMux()
	rpc.Mount(public, set.Server, true)
	rpc.Mount(private, set.Server, false)
	if cfg.Pages == "storefront" {
		if err := mountStorefront(ctx, public, cfg, shared, set, tel, pay.onPages()); err != nil {
			return err
		}
	}
	addr := cfg.Addr
	if addr == nowhere {
		addr = ""
	}
	edge := web.Edge{Proxies: cfg.Proxies, ProxiesOnly: cfg.ProxiesOnly, Log: tel.Log, Metrics: tel.Registry, BodyLimit: rpc.BodyLimit}
	return web.Serve(ctx, web.Server{
		Addr: addr, Handler: edge.Handler(limited(public, cfg.Shop.RateLimit, shared.Cache, pay)),
		PrivateAddr: cfg.PrivateAddr, Private: cfg.Proxies.Identify(private), Metrics: tel.Metrics(), Ready: ready, Log: tel.Log,
	})
}

func mountStorefront(ctx context.Context, mux *http.ServeMux, cfg settings, shared services.Resources, set *services.Set, tel *telemetry.Telemetry, payTries func(context.Context) error) error {
	address, err := url.Parse(cfg.Shop.PublicURL)
	if err != nil || address.Host == "" {
		return fmt.Errorf("PUBLIC_URL: %q is no URL such as https://shop.example", cfg.Shop.PublicURL)
	}
	site := web.Site{URL: address, TokenKey: cfg.Shop.SecretKey.Bytes()}
	if site.FormTargets, err = cfg.Shop.PaymentPages(); err != nil {
		return err
	}
	media := shared.Blob
	if media == nil { // all services are elsewhere, but pictures are read here
		if media, err = services.OpenBlob(ctx, cfg.Resources); err != nil {
			return err
		}
	}
	assets, err := loadAssets()
	if err != nil {
		return err
	}
	shop := storefront.New(set, storefront.Config{
		PublicURL: cfg.Shop.PublicURL, ShopName: cfg.Shop.StoreName, Currency: cfg.Shop.StoreCurrency, Country: cfg.Country, Locale: cfg.Shop.Locale, Locales: cfg.Shop.Locales, Media: media, Log: tel.Log,
		Assets: ui.Assets{CSS: assets.URL("storefront.css"), JS: assets.URL("tradewind.js"), HTMX: assets.URL("htmx.js"), Icon: assets.URL("favicon.svg"), Fields: assets.URL("fields.js")},
		Hero:   heroOf(assets), PayInFields: cfg.Shop.PayInFields(), Online: cfg.Shop.PaysOnline(), Transfers: cfg.Shop.TakesTransfers(), PayTries: payTries,
	}, site)
	mux.Handle("GET /assets/", assets.Handler())
	mux.Handle("/", shop.Handler(web.NewPublicPages(web.PublicConfig{Host: address.Host, Metrics: tel.Registry})))
	return nil
}

// heroOf is the wide picture of the home page, in the sizes there are.
func heroOf(assets *web.Assets) ui.Image {
	small, middle, large := assets.URL("hero-640.jpg"), assets.URL("hero-960.jpg"), assets.URL("hero-1600.jpg")
	return ui.Image{
		URL: middle, Width: 960, Height: 540, Large: large,
		SrcSet: small + " 640w, " + middle + " 960w, " + large + " 1600w",
	}
}

func loadAssets() (*web.Assets, error) {
	bundles := make([]web.Bundle, len(static.Bundles))
	for i, bundle := range static.Bundles {
		bundles[i] = web.Bundle(bundle)
	}
	return web.NewAssets(static.Files, "", bundles...)
}
