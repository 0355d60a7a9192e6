// Command lighthouse measures the pages of a running shop as a phone would meet them, with Google's Lighthouse, and holds the scores against
// what the shop promises:
//
//	go run ./deploy/local up --detach
//	go run ./deploy/lighthouse
//
// It needs Node.js and Chromium, and installs the version of Lighthouse that package-lock.json names beside itself; the shop needs neither.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/tradewind-commerce/tradewind/platform/config"
)

type settings struct {
	Shop     string `name:"shop" default:"http://localhost:8080" help:"Where the shop is."`
	Runs     int    `name:"runs" default:"3" help:"How often each page is measured; the middle score counts."`
	Chromium string `name:"chromium" env:"TEST_CHROMIUM" default:"chromium" help:"The browser to measure with."`
	Folder   string `name:"folder" default:"deploy/lighthouse" type:"existingdir" help:"Where package-lock.json is."`
}

// categories are what Lighthouse judges, and the least that a page may have.
var categories = []struct {
	name string
	mark int
}{{"performance", 95}, {"accessibility", 100}, {"best-practices", 100}, {"seo", 100}}

// page is one to measure. A private one asks search engines to stay away, so Lighthouse's complaint that they must is left out.
type page struct {
	name, path string
	private    bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, "lighthouse:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	cfg, _, err := config.Parse[settings]("lighthouse", "lighthouse measures a running shop's pages.", args, out)
	if err != nil {
		return err
	}
	if err := install(ctx, cfg.Folder); err != nil {
		return err
	}
	visit, err := goShopping(cfg.Shop)
	if err != nil {
		return fmt.Errorf("%s: %w; bring it up with: go run ./deploy/local up", cfg.Shop, err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "page")
	for _, category := range categories {
		fmt.Fprintf(table, "\t%s (%d)", category.name, category.mark)
	}
	fmt.Fprintln(table, "\tlargest paint\tblocking\tshift\t")
	missed := false
	for _, page := range visit.pages {
		reports := make([]report, cfg.Runs)
		for i := range reports {
			fmt.Fprintf(os.Stderr, "%s, %d of %d\n", page.name, i+1, cfg.Runs)
			if reports[i], err = measure(ctx, cfg, page, visit.cookies); err != nil {
				return fmt.Errorf("%s: %w", page.name, err)
			}
		}
		fmt.Fprint(table, page.name)
		for _, category := range categories {
			score := middle(reports, func(r report) float64 { return r.Categories[category.name].Score })
			fmt.Fprintf(table, "\t%.0f", 100*score)
			missed = missed || 100*score < float64(category.mark)-0.5
		}
		for _, metric := range []string{"largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"} {
			fmt.Fprintf(table, "\t%.4g", middle(reports, func(r report) float64 { return r.Audits[metric].Value }))
		}
		fmt.Fprintln(table, "\t"+strings.Join(reports[0].complaints(), "; "))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if missed {
		return errors.New("a score is below its mark")
	}
	return nil
}

// install brings the pinned Lighthouse, unless it is there.
func install(ctx context.Context, folder string) error {
	if _, err := os.Stat(program(folder)); err == nil {
		return nil
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir, npm.Stdout, npm.Stderr = folder, os.Stderr, os.Stderr
	if err := npm.Run(); err != nil {
		return fmt.Errorf("npm ci in %s: %w; it needs Node.js 18 or newer", folder, err)
	}
	return nil
}

func program(folder string) string {
	return filepath.Join(folder, "node_modules", "lighthouse", "cli", "index.js")
}

// visit is what a shopper with something in the cart can look at.
type visit struct {
	pages   []page
	cookies string
}

// goShopping finds a category and a product by following links from home, and puts that product in a cart.
func goShopping(shop string) (visit, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return visit{}, err
	}
	client := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	category, err := find(client, shop+"/", "nav.menu a", "href")
	if err != nil {
		return visit{}, err
	}
	product, err := find(client, shop+category, "main a[href^='/products/']", "href")
	if err != nil {
		return visit{}, err
	}
	variant, err := find(client, shop+product, "form[action='/cart/items'] input[name=variant]", "value")
	if err != nil {
		return visit{}, err
	}
	answer, err := client.PostForm(shop+"/cart/items", url.Values{"variant": {variant}, "quantity": {"1"}})
	if err != nil {
		return visit{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	at, err := url.Parse(shop)
	if err != nil {
		return visit{}, err
	}
	var cookies []string
	for _, cookie := range jar.Cookies(at) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	if answer.StatusCode != http.StatusOK || len(cookies) == 0 {
		return visit{}, fmt.Errorf("nothing could be put in a cart: %s", answer.Status)
	}
	return visit{cookies: strings.Join(cookies, "; "), pages: []page{
		{name: "home", path: "/"}, {name: "category", path: category}, {name: "product", path: product},
		{name: "cart", path: "/cart", private: true}, {name: "checkout", path: "/checkout/contact", private: true},
	}}, nil
}

// find returns an attribute of the first element that a selector finds.
func find(client *http.Client, address, selector, attribute string) (string, error) {
	answer, err := client.Get(address)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	document, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		return "", err
	}
	value, found := document.Find(selector).First().Attr(attribute)
	if !found {
		return "", fmt.Errorf("%s has no %s", answer.Request.URL.Path, selector)
	}
	return value, nil
}

// report is what is read of Lighthouse's.
type report struct {
	RuntimeError struct {
		Message string `json:"message"`
	} `json:"runtimeError"`
	Categories map[string]struct {
		Score  float64 `json:"score"`
		Audits []struct {
			ID     string  `json:"id"`
			Weight float64 `json:"weight"`
		} `json:"auditRefs"`
	} `json:"categories"`
	Audits map[string]struct {
		Title string   `json:"title"`
		Score *float64 `json:"score"`
		Value float64  `json:"numericValue"`
	} `json:"audits"`
}

// complaints are the titles of what cost points outside of performance.
func (r report) complaints() []string {
	var said []string
	for name, category := range r.Categories {
		for _, ref := range category.Audits {
			audit := r.Audits[ref.ID]
			if name != "performance" && ref.Weight > 0 && audit.Score != nil && *audit.Score < 1 {
				said = append(said, audit.Title)
			}
		}
	}
	slices.Sort(said)
	return said
}

func measure(ctx context.Context, cfg settings, page page, cookies string) (report, error) {
	var got report
	var names []string
	for _, category := range categories {
		names = append(names, category.name)
	}
	headers, err := json.Marshal(map[string]string{"Cookie": cookies})
	if err != nil {
		return got, err
	}
	arguments := []string{
		program(cfg.Folder), cfg.Shop + page.path, "--quiet", "--output=json", "--output-path=stdout", "--no-enable-error-reporting",
		"--only-categories=" + strings.Join(names, ","),
		"--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update --disable-sync",
	}
	if page.private {
		arguments = append(arguments, "--extra-headers="+string(headers), "--skip-audits=is-crawlable")
	}
	browser, err := exec.LookPath(cfg.Chromium)
	if err != nil {
		return got, fmt.Errorf("there is no browser: %w", err)
	}
	node := exec.CommandContext(ctx, "node", arguments...)
	node.Env = append(os.Environ(), "CHROME_PATH="+browser)
	node.Stderr = os.Stderr
	said, err := node.Output()
	if err != nil {
		return got, err
	}
	if err := json.Unmarshal(said, &got); err != nil {
		return got, err
	}
	if got.RuntimeError.Message != "" {
		return got, errors.New(got.RuntimeError.Message)
	}
	return got, nil
}

func middle(reports []report, of func(report) float64) float64 {
	values := make([]float64, len(reports))
	for i, r := range reports {
		values[i] = of(r)
	}
	slices.SortFunc(values, cmp.Compare[float64])
	return values[len(values)/2]
}
