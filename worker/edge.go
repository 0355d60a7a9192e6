package main

import (
	"context"
	"time"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
)

// lagging is how long after a change a replica may still show what was before: one that is further behind is not asked.
const lagging = 1500 * time.Millisecond

// edgeConsumers tell the proxies in front of the shop which pages to forget, where there are any.
func edgeConsumers(cfg settings, _ *services.Set) []broker.Consumer {
	if len(cfg.EdgeURLs) == 0 {
		return nil
	}
	purger := edge.Purger{URLs: cfg.EdgeURLs, Token: cfg.EdgeToken.Reveal()}
	pages := broker.OnMany("edge.pages", 100, func(ctx context.Context, events []*catalogv1.PagesChanged) error {
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
		// The shop itself keeps a page for a moment, and a proxy that asks in this moment would keep it for longer. Later the same holds for
		// what was read from a replica that was behind.
		for _, pause := range []time.Duration{web.PageLifetime, lagging - web.PageLifetime} {
			if err := rest(ctx, pause); err != nil {
				return err
			}
			if err := purger.Purge(ctx, keys); err != nil {
				return err
			}
		}
		return nil
	})
	return []broker.Consumer{pages}
}

func rest(ctx context.Context, pause time.Duration) error {
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
