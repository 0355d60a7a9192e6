package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium finds the browser, or returns "".
func chromium() string {
	for _, name := range []string{os.Getenv("TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	return ""
}

// startBrowser starts the one browser of a test with a profile of its own, or returns nil when there is none on this machine.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := chromium()
	if path == "" || testing.Short() {
		return nil
	}
	profile, err := os.MkdirTemp("", "tradewind-browser-")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	if os.Geteuid() == 0 { // its sandbox refuses root
		options = append(options, chromedp.NoSandbox)
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		closeBrowser()
		end()
		_ = os.RemoveAll(profile)
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	return ctx
}

// tab is a browser's tab with cookies of its own. What goes wrong in it fails the test: an error on the console, a script that
// breaks, something that the content security policy refused.
type tab struct {
	t      *testing.T
	ctx    context.Context
	script bool
	looks  int // at pages, so far

	mu      sync.Mutex
	wrong   []string
	excused []string
}

// openTab opens a tab, or skips the test when there is no browser.
func openTab(t *testing.T, browser context.Context, script bool) *tab {
	t.Helper()
	if browser == nil {
		t.Skip("there is no Chromium on this machine, or -short was given: set TEST_CHROMIUM or install it")
	}
	ctx, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx, script: script}
	t.Cleanup(func() {
		if t.Failed() {
			b.photograph("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
		}
		closeTab()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, wrong := range b.wrong {
			t.Error(wrong)
		}
	})
	_, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{})
	if err == nil {
		err = chromedp.Listen(ctx, b.hear)
	}
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
		return err
	}), scheme("light"))
	return b
}

// scheme asks pages for their light or dark colours, and for calm.
func scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	})
}

func (b *tab) hear(event any) {
	switch event := event.(type) {
	case *cdplog.EventEntryAdded:
		if entry := event.Entry; entry.Level == cdplog.EntryLevelError || entry.Source == cdplog.EntrySourceSecurity {
			b.complain(fmt.Sprintf("the browser complains: %s %s", entry.Text, entry.URL))
		}
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeWarning || event.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, arg := range event.Args {
				words = append(words, string(arg.Value), arg.Description)
			}
			b.complain(fmt.Sprintf("the console says %s: %s", event.Type, strings.Join(words, " ")))
		}
	case *runtime.EventExceptionThrown:
		detail := event.ExceptionDetails.Text
		if event.ExceptionDetails.Exception != nil {
			detail += " " + event.ExceptionDetails.Exception.Description
		}
		b.complain("a script failed: " + detail)
	case *page.EventJavascriptDialogOpening:
		b.complain("a page opened a dialog: " + event.Message)
	}
}

func (b *tab) complain(words string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, excuse := range b.excused {
		if strings.Contains(words, excuse) {
			return
		}
	}
	b.wrong = append(b.wrong, words)
}

// expectStatus lets pages answer so without it counting as an error; browsers write every such answer to the console.
func (b *tab) expectStatus(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.excused = append(b.excused, fmt.Sprintf("responded with a status of %d ", status))
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience/2)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\nat %s", err, b.where())
	}
}

// ask evaluates an expression that gives a string.
func (b *tab) ask(expression string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.t.Fatalf("%s: %v\nat %s", expression, err, b.where())
	}
	return value
}

// await polls until an expression holds. Between two pages there is nothing to ask; the next turn asks again.
func (b *tab) await(expression string) {
	b.t.Helper()
	deadline := time.After(patience / 2)
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		if held, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && held {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			b.t.Fatalf("never true: %s\nat %s", expression, b.where())
		}
	}
}

func (b *tab) where() string {
	where, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.title + "\n" + (document.querySelector("main") ?? document.body).innerText.slice(0, 2000)`))
	if err != nil {
		return err.Error()
	}
	return where
}

// visit opens an address and waits until its scripts have found their elements.
func (b *tab) visit(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
	b.settle()
}

// settle waits until the page is whole; before that, a click does what it does without script.
func (b *tab) settle() {
	b.t.Helper()
	b.await(`document.readyState === "complete"`)
	if b.script {
		b.await(`!document.querySelector('meta[name="htmx-config"]') || document.querySelector("[data-htmx-powered]") || !document.querySelector("[hx-get], [hx-post]")`)
	}
}

// arrive waits for the page that a click leads to: a path that begins so, and an element that only that page has.
func (b *tab) arrive(path, selector string) {
	b.t.Helper()
	b.await(fmt.Sprintf(`(location.pathname + location.search).startsWith(%s) && document.querySelector(%s)`, js(path), js(selector)))
	b.settle()
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// fill types over what a field holds.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.do(chromedp.Focus(chromedp.CSS(selector)))
	b.ask(fmt.Sprintf(`document.querySelector(%s).select()`, js(selector)))
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// choose picks an option of a select and says so, as a person's choice does.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(selector)))
	got := b.ask(fmt.Sprintf(`(() => { const s = document.querySelector(%s); s.value = %s; s.dispatchEvent(new Event("change", {bubbles: true})); return s.value })()`, js(selector), js(value)))
	if got != value {
		b.t.Fatalf("%s has no option %q\nat %s", selector, value, b.where())
	}
}

// text is that of the first element, with single spaces.
func (b *tab) text(selector string) string {
	b.t.Helper()
	b.await(fmt.Sprintf(`document.querySelector(%s)`, js(selector)))
	return b.ask(fmt.Sprintf(`document.querySelector(%s).textContent.replace(/\s+/g, " ").trim()`, js(selector)))
}

// says waits until an element says something.
func (b *tab) says(selector, words string) {
	b.t.Helper()
	b.await(fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.textContent.replace(/\s+/g, " ").includes(%s))`, js(selector), js(words)))
}

func (b *tab) count(selector string) string {
	b.t.Helper()
	return b.ask(fmt.Sprintf(`document.querySelectorAll(%s).length`, js(selector)))
}

// js writes a string for a script.
func js(text string) string {
	written, _ := json.Marshal(text) // a string can always be written
	return string(written)
}

var unsafeInNames = regexp.MustCompile(`[^A-Za-z0-9-]+`)

// photograph keeps a picture of the whole page in the folder of TEST_SCREENSHOTS, for a person to look at.
func (b *tab) photograph(name string) {
	folder := os.Getenv("TEST_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, unsafeInNames.ReplaceAllString(name, "-")+".png"), picture, 0o600)
	}
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)
	}
}
