package storefront

import (
	"context"

	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// ErrorPage is what is left to say when there is no page. Those for 500 and 503 are drawn with a zero Shell if need be.
type ErrorPage struct {
	Shell
	Status     int       // 404, 410, 429, 500 or 503; others read like 500
	Categories []ui.Link // ways on
	RequestID  string    // to quote to the shop's people
	RetryAfter string    // "in about 2 minutes"
	Detail     string    // one sentence on what was asked for, safe to show
}

// ContentPage is a plain page to read: shipping, returns, terms, about.
type ContentPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Lead       string
	Updated    string // "Last changed on 3 November 2026"
	Sections   []ContentSection
}

// ContentSection is a part of a content page.
type ContentSection struct {
	Heading    string // may be empty
	Paragraphs []string
	Items      []string // a list after the paragraphs
}

// titled is the shell with a title, which is the heading where the page has none of its own.
func (p ErrorPage) titled(ctx context.Context) Shell {
	if p.Shell.Title == "" {
		p.Shell.Title = p.heading(wording.Speak(ctx, p.Shell.Lang))
	}
	return p.Shell
}

func (p ErrorPage) heading(ctx context.Context) string {
	switch p.Status {
	case 404:
		return wording.Say(ctx, "This page does not exist")
	case 410:
		return wording.Say(ctx, "This product is no longer sold")
	case 429:
		return wording.Say(ctx, "That was a little too fast")
	case 503:
		return wording.Say(ctx, "We will be right back")
	default:
		return wording.Say(ctx, "Something went wrong on our side")
	}
}

func (p ErrorPage) text(ctx context.Context) string {
	switch p.Status {
	case 404:
		return wording.Say(ctx, "The address may be mistyped, or the page has moved. Search for what you need, or choose a category.")
	case 410:
		return wording.Say(ctx, "It has left our shelves for good. Something like it may still be here.")
	case 429:
		return wording.Say(ctx, "Many requests came from your connection. Please wait a moment and try again.")
	case 503:
		return wording.Say(ctx, "The shop is closed for a short while. Your cart is kept; please try again soon.")
	default:
		return wording.Say(ctx, "We have been told about it. Please try again in a moment. If you were paying, look at your order first: it is never charged twice.")
	}
}
