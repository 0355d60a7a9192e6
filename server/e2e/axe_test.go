package e2e

import (
	"fmt"
	"os"
	"sync"

	"github.com/chromedp/chromedp"
)

// axe is the accessibility checker that the tests of the views keep; it is never part of a program or a page.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile("../../views/preview/testdata/axe-4.14.1.min.js")
	return string(source), err
})

const runAxe = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], preload: false})
	.then(result => result.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + n.any.concat(n.all, n.none).map(c => c.message).join("; ")).join(" | ")).join("\n"))`

// look checks a page in the state that it is in: at no width is it wider than the window, and axe finds nothing, on a phone in the dark
// or on a desk in the light, in turn; on both with TRADEWIND_FULL=1.
func (b *tab) look(name string) {
	b.t.Helper()
	b.looks++
	if b.script {
		source, err := axe()
		if err != nil {
			b.t.Fatal(err)
		}
		b.do(chromedp.Evaluate[chromedp.Void](source))
	}
	for _, view := range []struct {
		width  int64
		colour string
	}{{320, "dark"}, {768, "light"}, {1280, "light"}} {
		b.do(chromedp.EmulateViewport(view.width, 900), scheme(view.colour))
		if wide := b.ask(`Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)`); wide != "0" {
			b.t.Errorf("%s at %d px is %s px too wide: %s", name, view.width, wide, b.ask(widest))
		}
		if turn := int64(320 + 960*(b.looks%2)); b.script && (view.width == turn || full && view.width != 768) {
			found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
			if err != nil {
				b.t.Fatalf("axe on %s: %v", name, err)
			}
			if found != "" {
				b.t.Errorf("axe on %s at %d px, %s:\n%s", name, view.width, view.colour, found)
			}
		}
		if b.script {
			b.photograph(fmt.Sprintf("%s-%d-%s", name, view.width, view.colour))
		}
	}
}

// widest names the first elements that stand out of the window, for whoever has to mend it.
const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 5).map(e => e.tagName + "." + e.className).join(" ")`
