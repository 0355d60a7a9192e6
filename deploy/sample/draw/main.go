// Draw makes the sample shop's pictures from the drawings in art and the list in pictures.txt.
//
// It runs at development time only, wherever a Chromium is installed, and writes what is committed beside it:
//
//	go run ./deploy/sample/draw            every picture
//	go run ./deploy/sample/draw mug plates pictures whose names begin so
//	go run ./deploy/sample/draw -svg mug   one picture's SVG, to look into
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	var (
		chromium = flag.String("chromium", "/usr/bin/chromium", "the browser that turns SVG into pixels")
		source   = flag.String("source", "deploy/sample/draw", "the folder with art and pictures.txt")
		images   = flag.String("images", "deploy/sample/images", "the folder that the pictures are written to")
		quality  = flag.Int("quality", 66, "JPEG quality to begin with; busy pictures get less")
		svg      = flag.Bool("svg", false, "print the SVG instead")
	)
	flag.Parse()
	if err := run(*chromium, *source, *images, *quality, *svg, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(chromium, source, images string, quality int, svg bool, only []string) error {
	pictures, err := readPictures(filepath.Join(source, "pictures.txt"))
	if err != nil {
		return err
	}
	studio, err := openStudio(filepath.Join(source, "art"))
	if err != nil {
		return err
	}
	var wanted []drawing
	for _, p := range pictures {
		if !matches(p.name, only) {
			continue
		}
		content, err := studio.draw(p)
		if err != nil {
			return fmt.Errorf("draw %s: %w", p.name, err)
		}
		if svg {
			fmt.Println(content)
			continue
		}
		wanted = append(wanted, drawing{name: p.name, svg: content, width: p.width, height: p.height})
	}
	if len(wanted) == 0 {
		return nil
	}
	if err := os.MkdirAll(images, 0o755); err != nil {
		return err
	}
	return rasterise(chromium, wanted, images, quality)
}

func matches(name string, only []string) bool {
	for _, prefix := range only {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return len(only) == 0
}
