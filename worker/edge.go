package main

import (
	"context"
	"time"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
)

// edgeConsumers tell the proxies in front of the shop which pages to forget, where there are any: once the shop itself, which keeps a page for a
// moment, shows them anew; and again when no replica shows any more what was before, because a proxy may have asked meanwhile.
func edgeConsumers(cfg settings, _ *services.Set) []broker.Consumer {
	if len(cfg.EdgeURLs) == 0 {
		return nil
	}
	purger := edge.Purger{URLs: cfg.EdgeURLs, Token: cfg.EdgeToken.Reveal()}
	after := func(pause time.Duration) func(context.Context, []*catalogv1.PagesChanged) error {
		return func(ctx context.Context, events []*catalogv1.PagesChanged) error {
			if err := rest(ctx, pause); err != nil {
				return err
			}
			return purger.Purge(ctx, edgeKeys(events))
		}
	}
	soon := broker.OnMany("edge.pages", 100, after(web.PageLifetime))
	again := broker.OnMany("edge.pages.again", 100, after(postgres.MostLag))
	again.Concurrency = 50 // they only wait
	return []broker.Consumer{soon, again}
}

// edgeKeys name the pages that changed, as the pages name themselves to a proxy.
func edgeKeys(events []*catalogv1.PagesChanged) []string {
	var keys []string
	for _, event := range events {
		if len(event.GetProductIds())+len(event.GetCategoryIds()) > 0 {
			keys = append(keys, edge.Lists)
		}
		for _, locale := range event.GetLocales() {
			keys = append(keys, edge.Language(locale))
		}
		for _, id := range event.GetProductIds() {
			keys = append(keys, edge.Product(id))
		}
		for _, id := range event.GetCategoryIds() {
			keys = append(keys, edge.Category(id))
		}
	}
	return keys
}

func rest(ctx context.Context, pause time.Duration) error {
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
