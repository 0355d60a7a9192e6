package preview

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/storefront"
)

//go:embed testdata/axe-4.14.1.min.js
var axe string

// chromium is the one browser of all tests; TestMain ends it.
var chromium = struct {
	start func() (context.Context, error)
	stop  func()
}{stop: func() {}}

func TestMain(m *testing.M) {
	chromium.start = sync.OnceValues(func() (context.Context, error) {
		path, err := exec.LookPath(cmp.Or(os.Getenv("TEST_CHROMIUM"), "chromium"))
		if err != nil {
			return nil, err
		}
		profile, err := os.MkdirTemp("", "preview-browser-")
		if err != nil {
			return nil, err
		}
		allocator, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(profile),
			chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
		ctx, closeBrowser := chromedp.NewContext(allocator)
		chromium.stop = func() {
			closeBrowser()
			end()
			_ = os.RemoveAll(profile)
		}
		return ctx, chromedp.Do(ctx)
	})
	code := m.Run()
	chromium.stop()
	os.Exit(code)
}

// browser opens a tab, with cookies of its own, that reports what goes wrong in it. It is closed after the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes too long for -short")
	}
	parent, err := chromium.start()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("there is no chromium on this machine")
	}
	if err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	ctx, closeTab := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	if _, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	err = chromedp.Listen(ctx, func(event any) {
		switch event := event.(type) {
		case *cdplog.EventEntryAdded:
			if event.Entry.Level == "error" {
				t.Errorf("the browser complains: %s %s", event.Entry.Text, event.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			t.Errorf("a script failed: %s %+v", event.ExceptionDetails.Text, event.ExceptionDetails.Exception)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	// Reduced motion, because the browser reports a cross-fade that it gave up as a failed script.
	do(t, ctx, scheme("light"))
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func evaluate(t *testing.T, ctx context.Context, expression string) string {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for an expression to become what it should be.
func until(t *testing.T, ctx context.Context, expression, want string) {
	t.Helper()
	deadline := time.After(15 * time.Second)
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	got := ""
	for {
		// While one page gives way to the next there is nothing to ask; the next tick asks again.
		if value, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression)); err == nil {
			got = value
		}
		if got == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s is %q, want %q", expression, got, want)
		}
	}
}

func scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	})
}

func scripts(on bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	})
}

// No page is wider than its window, on a phone, a tablet or a desk, and axe finds nothing to object to, in the light or in
// the dark.
func TestPagesFitAndAreAccessible(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	shop := httptest.NewServer(Handler())
	t.Cleanup(shop.Close)
	for i, page := range Pages() {
		light := []string{"light", "dark"}[i%2]
		do(t, ctx, scheme(light), chromedp.EmulateViewport(1280, 900), chromedp.Navigate(shop.URL+"/"+page.Name))
		for _, width := range []int64{1280, 768, 320} {
			do(t, ctx, chromedp.EmulateViewport(width, 900))
			if wide := evaluate(t, ctx, `String(Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth))`); wide != "0" {
				t.Errorf("%s at %d px is %s px too wide", page.Name, width, wide)
			}
		}
		do(t, ctx, chromedp.Evaluate[chromedp.Void](axe))
		found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], preload: false})
			.then(result => result.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + n.any.concat(n.all, n.none).map(c => c.message).join("; ")).join(" | ")).join("\n"))`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("axe on %s: %v", page.Name, err)
		}
		if found != "" {
			t.Errorf("axe on %s (%s):\n%s", page.Name, light, found)
		}
	}
}

// Words of other languages are longer: the pages of the shop fit a phone in German too.
func TestGermanPagesFit(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	shop := httptest.NewServer(Handler())
	t.Cleanup(shop.Close)
	for _, page := range Pages() {
		if !strings.HasPrefix(page.Name, "storefront/") {
			continue
		}
		do(t, ctx, chromedp.EmulateViewport(320, 900), chromedp.Navigate(shop.URL+"/"+page.Name+"?lang=de"))
		if wide := evaluate(t, ctx, `String(Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth))`); wide != "0" {
			t.Errorf("%s is %s px too wide", page.Name, wide)
		}
	}
}

// ready waits until htmx has found its elements; before that, a click does what it does without script.
func ready(t *testing.T, ctx context.Context) {
	t.Helper()
	until(t, ctx, `String(document.querySelector("[data-htmx-powered]") !== null)`, "true")
}

// shop serves the preview with the few answers that the journeys below need.
func shop(t *testing.T) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	posts := new(atomic.Int32)
	mux := http.NewServeMux()
	mux.Handle("/", Handler())
	mux.HandleFunc("POST /cart/items", func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		http.SetCookie(w, &http.Cookie{Name: "cart_count", Value: "4", Path: "/"})
		http.Redirect(w, r, "/storefront/cart-added", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /categories/kitchen", func(w http.ResponseWriter, r *http.Request) {
		page := categoryPage()
		if number, err := strconv.Atoi(r.FormValue("page")); err == nil {
			page.Listing.Pages = numbered(number, 6)
			page.Listing.Cards[0].URL = "/products/first-of-page-" + r.FormValue("page")
		}
		if r.FormValue("colour") == "clay" {
			page.Listing.Total = "21 products"
			page.Listing.Cards = cards(5)
			page.Listing.Facets[0].Values[1].Selected = true
		}
		withPolicy(templ.Handler(storefront.Category(page))).ServeHTTP(w, r)
	})
	var asked atomic.Int32
	mux.HandleFunc("GET /checkout/payments/abc", func(w http.ResponseWriter, r *http.Request) {
		state := storefront.PaymentChecking
		if asked.Add(1) > 2 {
			state = storefront.PaymentPaid
		}
		withPolicy(templ.Handler(storefront.Payment(paymentPage(state)))).ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /sync/3", func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1) {
		case 1, 2:
			withPolicy(templ.Handler(admin.SyncRun(syncRun(true)))).ServeHTTP(w, r)
		default:
			http.Redirect(w, r, "/admin/login", http.StatusSeeOther)
		}
	})
	mux.Handle("GET /categories/mugs", withPolicy(templ.Handler(storefront.Category(categoryPage()))))
	mux.HandleFunc("GET /search/suggestions", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("q") != "mug" {
			withPolicy(templ.Handler(storefront.Error(storefront.ErrorPage{Status: 503}))).ServeHTTP(w, r)
			return
		}
		withPolicy(templ.Handler(storefront.SuggestionList(suggestions()))).ServeHTTP(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server, posts
}

// Putting something into the cart shows what was added and counts it, without leaving the product.
func TestAddingToTheCartOpensADialog(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, posts := shop(t)
	do(t, ctx, chromedp.Navigate(server.URL+"/storefront/product"))
	ready(t, ctx)
	do(t, ctx, chromedp.Click(chromedp.CSS(".buy__form .button")))
	until(t, ctx, `String(document.querySelector("#added-dialog").open)`, "true")
	until(t, ctx, `document.querySelector("#added-dialog .added__name").textContent`, "Stoneware mug with a wide handle")
	until(t, ctx, `document.querySelector("[data-cart-count] .visually-hidden").textContent`, "4 items")
	until(t, ctx, `location.pathname`, "/storefront/product")
	until(t, ctx, `document.title`, "Stoneware mug with a wide handle – Tradewind")
	until(t, ctx, `String(document.activeElement.closest("dialog") !== null)`, "true")
	if posts.Load() != 1 {
		t.Errorf("sent %d times, want once", posts.Load())
	}
}

// A double click on a button sends one form.
func TestAFormIsSentOnce(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, posts := shop(t)
	do(t, ctx, chromedp.Navigate(server.URL+"/storefront/product"))
	ready(t, ctx)
	evaluate(t, ctx, `(() => { const button = document.querySelector(".buy__form .button"); button.click(); button.click(); button.click(); return "" })()`)
	until(t, ctx, `String(document.querySelector("#added-dialog").open)`, "true")
	if posts.Load() != 1 {
		t.Errorf("sent %d times, want once", posts.Load())
	}
	until(t, ctx, `String(document.querySelector(".buy__form .button").hasAttribute("aria-disabled"))`, "false")
}

// Without script the same button leads to the cart.
func TestAddingToTheCartWithoutScript(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, posts := shop(t)
	do(t, ctx, scripts(false), chromedp.Navigate(server.URL+"/storefront/product"), chromedp.Click(chromedp.CSS(".buy__form .button")))
	until(t, ctx, `location.pathname`, "/storefront/cart-added")
	if posts.Load() != 1 {
		t.Errorf("sent %d times, want once", posts.Load())
	}
}

// A ticked filter changes the list and the address in place, and the reader stays where they were.
func TestFilteringInPlace(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/categories/kitchen"))
	ready(t, ctx)
	do(t, ctx, chromedp.Click(chromedp.CSS(`[name=colour][value=clay]`)))
	until(t, ctx, `document.querySelector(".listing__total").textContent`, "21 products")
	until(t, ctx, `String(document.querySelectorAll(".listing .card").length)`, "5")
	until(t, ctx, `location.search`, "?colour=clay")
	until(t, ctx, `document.activeElement.value`, "clay")
	until(t, ctx, `String(document.querySelector("[name=colour][value=clay]").checked)`, "true")
	evaluate(t, ctx, `(history.back(), "")`)
	until(t, ctx, `document.querySelector(".listing__total").textContent`, "128 products")
	until(t, ctx, `location.search`, "")
}

// More products come below those that are there, with the way to still more, and the reader goes on at the first of them.
func TestMoreProductsComeBelow(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	do(t, ctx, chromedp.Navigate(server.URL+"/categories/kitchen?page=5"))
	ready(t, ctx)
	do(t, ctx, chromedp.Click(chromedp.CSS(`.more__link a`)))
	until(t, ctx, `String(document.querySelectorAll(".listing .card").length)`, "48")
	until(t, ctx, `document.activeElement.getAttribute("href")`, "/products/first-of-page-6")
	until(t, ctx, `document.querySelector(".pagination [aria-current=page]").textContent.trim()`, "Page 6")
	until(t, ctx, `String(document.querySelectorAll(".more__link").length)`, "0") // the last page has no more
	until(t, ctx, `location.search`, "?page=5")
}

// The same link leads to the next page where there is no script.
func TestMoreProductsWithoutScript(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	do(t, ctx, scripts(false), chromedp.Navigate(server.URL+"/categories/kitchen?page=5"), chromedp.Click(chromedp.CSS(`.more__link a`)))
	until(t, ctx, `location.search`, "?page=6")
	until(t, ctx, `String(document.querySelectorAll(".listing .card").length)`, "24")
}

// The same filter works by its button where there is no script.
func TestFilteringWithoutScript(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	do(t, ctx, scripts(false), chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/categories/kitchen"),
		chromedp.Click(chromedp.CSS(`[name=colour][value=clay]`)), chromedp.Click(chromedp.CSS(".facets__apply .button")))
	until(t, ctx, `document.querySelector(".listing__total").textContent`, "21 products")
	if search := evaluate(t, ctx, `location.search`); !strings.Contains(search, "colour=clay") {
		t.Errorf("the address says %s", search)
	}
}

// A payment in doubt looks again by itself until the answer is there, then stops looking.
func TestAPaymentInDoubtResolvesByItself(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	do(t, ctx, chromedp.Navigate(server.URL+"/checkout/payments/abc"))
	until(t, ctx, `document.querySelector("h1").textContent`, "We are still checking your payment")
	until(t, ctx, `document.querySelector("h1").textContent`, "Payment received")
	until(t, ctx, `String(document.querySelectorAll("[hx-trigger]:not(#search)").length)`, "0")
}

// When the session ends while a page looks again by itself, the login page comes whole, not into a part of the page.
func TestAnEndedSessionOpensTheLoginPage(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	do(t, ctx, chromedp.Navigate(server.URL+"/sync/3"))
	until(t, ctx, `location.pathname`, "/admin/login")
	until(t, ctx, `document.querySelector("h1").textContent`, "Sign in")
}

// Suggestions come while typing. Arrows walk through them while the focus stays in the box, which says so to those who hear it; Enter follows
// the one that is chosen, Escape puts all away and keeps what was typed; an answer that is no list shows nothing.
func TestSuggestionsFollowTheKeyboard(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	do(t, ctx, chromedp.Navigate(server.URL+"/storefront/home"))
	ready(t, ctx)
	box := chromedp.CSS("#search")
	const shown, open = `String(document.querySelectorAll("#suggestions [role=option]").length)`, `document.querySelector("#search[role=combobox]").ariaExpanded`
	const chosen = `String(document.getElementById(document.querySelector("#search").getAttribute("aria-activedescendant"))?.textContent.trim())`
	until(t, ctx, open, "false")
	do(t, ctx, chromedp.SendKeys(box, "mug"))
	until(t, ctx, shown, "6")
	until(t, ctx, open, "true")
	until(t, ctx, `document.getElementById(document.querySelector("#search").getAttribute("aria-controls")).role`, "listbox")
	do(t, ctx, chromedp.SendKeys(box, kb.ArrowDown+kb.ArrowDown))
	until(t, ctx, chosen, "mug tree")
	until(t, ctx, `document.querySelector("#suggestions [aria-selected=true]").textContent.trim()`, "mug tree")
	until(t, ctx, `document.activeElement.id`, "search")
	do(t, ctx, chromedp.SendKeys(box, kb.ArrowUp+kb.ArrowUp)) // back in the box
	until(t, ctx, chosen, "undefined")
	do(t, ctx, chromedp.SendKeys(box, kb.ArrowUp))
	until(t, ctx, `document.querySelector("#suggestions [aria-selected=true]").getAttribute("href")`, "/products/jug")
	do(t, ctx, chromedp.KeyEvent(kb.Escape))
	until(t, ctx, shown, "0")
	until(t, ctx, open, "false")
	until(t, ctx, `document.querySelector("#search").value`, "mug")
	do(t, ctx, chromedp.SendKeys(box, "xyz"))
	until(t, ctx, `String(performance.getEntriesByType("resource").filter(entry => entry.name.endsWith("q=mugxyz")).length)`, "1")
	until(t, ctx, `String(document.querySelector("#suggestions").childElementCount)`, "0")
	do(t, ctx, chromedp.SendKeys(box, kb.Backspace+kb.Backspace+kb.Backspace))
	until(t, ctx, shown, "6")
	do(t, ctx, chromedp.SendKeys(box, kb.Tab))
	until(t, ctx, shown, "0") // who goes on finds nothing in the way
	do(t, ctx, chromedp.Focus(box), chromedp.SendKeys(box, " "))
	until(t, ctx, `String(performance.getEntriesByType("resource").filter(entry => /q=mug(%20|\+)$/.test(entry.name)).length)`, "1")
	do(t, ctx, chromedp.SendKeys(box, kb.Backspace))
	until(t, ctx, shown, "6")
	do(t, ctx, chromedp.SendKeys(box, kb.ArrowDown+kb.ArrowDown+kb.ArrowDown+kb.Enter))
	until(t, ctx, `location.pathname`, "/categories/mugs")
}

// A refused form moves the focus to what is wrong.
func TestErrorsTakeTheFocus(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	do(t, ctx, chromedp.Navigate(server.URL+"/storefront/checkout-contact-errors"))
	until(t, ctx, `document.activeElement.className`, "error-summary")
}

// The billing address is asked for only by those who have another one, by the style sheet alone.
func TestBillingAddressUnfoldsWithoutScript(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	do(t, ctx, scripts(false), chromedp.Navigate(server.URL+"/storefront/checkout-payment"))
	visible := `String(document.querySelector("#field-billing_name").checkVisibility())`
	until(t, ctx, visible, "false")
	do(t, ctx, chromedp.Click(chromedp.CSS("[name=billing_same]")))
	until(t, ctx, visible, "true")
}

// The number of items in the cart comes from a cookie, in digits and in words.
func TestCartCountComesFromTheCookie(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	server, _ := shop(t)
	for count, words := range map[int]string{1: "1 item", 12: "12 items"} {
		do(t, ctx, chromedp.Navigate(server.URL+"/storefront/content"))
		evaluate(t, ctx, fmt.Sprintf(`document.cookie = "cart_count=%d; path=/"`, count))
		do(t, ctx, chromedp.Navigate(server.URL+"/storefront/home"))
		until(t, ctx, `document.querySelector("[data-cart-count] .visually-hidden")?.textContent ?? ""`, words)
	}
}
