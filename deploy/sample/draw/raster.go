package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

type drawing struct {
	name, svg     string
	width, height int
}

// rasterise turns drawings into JPEG files. The browser encodes them, too: its encoder fits the Huffman tables to the
// picture, which for calm pictures like these saves a third against the standard library's.
func rasterise(chromium string, drawings []drawing, folder string, quality int) error {
	work, err := os.MkdirTemp("", "draw-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	ctx, closeTab := chromedp.NewContext(ctx)
	defer closeTab()

	page := filepath.Join(work, "page.html")
	for _, d := range drawings {
		html := `<!doctype html><meta charset="utf-8"><style>body{margin:0}svg{display:block}</style>` + d.svg
		if err := os.WriteFile(page, []byte(html), 0o600); err != nil {
			return err
		}
		err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(d.width), int64(d.height)), chromedp.Navigate("file://"+page))
		if err != nil {
			return fmt.Errorf("show %s: %w", d.name, err)
		}
		content, err := photograph(ctx, d, quality)
		if err != nil {
			return fmt.Errorf("photograph %s: %w", d.name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, d.name+".jpg"), content, 0o644); err != nil { //nolint:gosec // pictures are for everyone
			return err
		}
		log.Printf("%-28s %3d KB", d.name, (len(content)+512)/1024)
	}
	return nil
}

// photograph lowers the quality of a busy picture until it keeps to the weight that its size allows.
func photograph(ctx context.Context, d drawing, quality int) ([]byte, error) {
	allowed := 33_000
	if d.width > d.height { // the home page's, which is seen large
		allowed, quality = 120_000, max(quality, 84)
	}
	for {
		content, err := chromedp.Run(ctx, chromedp.FullScreenshot(quality))
		if err != nil || len(content) <= allowed || quality <= 52 {
			return content, err
		}
		quality -= 4
	}
}
