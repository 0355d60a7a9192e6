package sample

import (
	"bytes"
	"encoding/json"
	"image/jpeg"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type product struct {
	Key         string            `json:"key"`
	Name        string            `json:"name"`
	Slug        string            `json:"slug"`
	Brand       string            `json:"brand"`
	Description string            `json:"description"`
	Categories  []string          `json:"categories"`
	Tags        []string          `json:"tags"`
	Attributes  map[string]string `json:"attributes"`
	Options     []struct {
		Name   string   `json:"name"`
		Values []string `json:"values"`
	} `json:"options"`
	Variants []variant `json:"variants"`
	Images   []struct {
		Src string `json:"src"`
		Alt string `json:"alt"`
	} `json:"images"`
	variant // of a product without options
}

type variant struct {
	SKU       string            `json:"sku"`
	Options   map[string]string `json:"options"`
	Price     string            `json:"price"`
	CompareAt string            `json:"compare_at_price"`
	Stock     *int              `json:"stock"`
	Weight    int               `json:"weight_grams"`
	Image     string            `json:"image"`
}

func load(t *testing.T) []product {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(Products()))
	decoder.DisallowUnknownFields()
	var products []product
	if err := decoder.Decode(&products); err != nil {
		t.Fatal(err)
	}
	return products
}

var (
	exactPrice = regexp.MustCompile(`^[1-9][0-9]{0,3}\.[0-9]{2}$`)
	plainSlug  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	plainSKU   = regexp.MustCompile(`^[A-Z0-9]+(-[A-Z0-9]+)*$`)
)

// The sample imports without a single complaint, and shows a shop as it is: with offers, low stock and things sold out.
func TestProducts(t *testing.T) {
	t.Parallel()
	products := load(t)
	if len(products) < 60 {
		t.Errorf("only %d products", len(products))
	}
	keys, slugs, skus := map[string]bool{}, map[string]bool{}, map[string]bool{}
	departments := map[string]int{}
	var reduced, soldOut, partlySoldOut, low, withOptions int
	for _, p := range products {
		if p.Key == "" || keys[p.Key] || slugs[p.Slug] || !plainSlug.MatchString(p.Slug) {
			t.Errorf("%s: key and slug %q must be set and its own", p.Key, p.Slug)
		}
		keys[p.Key], slugs[p.Slug] = true, true
		if p.Name == "" || p.Brand == "" || len(p.Description) < 80 || len(p.Categories) != 2 || len(p.Attributes) < 2 || len(p.Tags) == 0 {
			t.Errorf("%s: incomplete", p.Key)
		}
		departments[p.Categories[0]]++

		variants := p.Variants
		if len(p.Options) == 0 {
			variants = []variant{p.variant}
		} else {
			withOptions++
		}
		combinations, total, empty := 1, 0, 0
		for _, option := range p.Options {
			combinations *= len(option.Values)
		}
		if len(variants) != combinations || len(p.Options) > 3 {
			t.Errorf("%s: %d variants of %d combinations", p.Key, len(variants), combinations)
		}
		seen := map[string]bool{}
		for _, v := range variants {
			var combination []string
			for _, option := range p.Options {
				if !slices.Contains(option.Values, v.Options[option.Name]) {
					t.Errorf("%s: %s has no %s", p.Key, v.SKU, option.Name)
				}
				combination = append(combination, v.Options[option.Name])
			}
			if text := strings.Join(combination, "/"); seen[text] || len(v.Options) != len(p.Options) {
				t.Errorf("%s: %s is there twice or has foreign options", p.Key, text)
			} else {
				seen[text] = true
			}
			if !plainSKU.MatchString(v.SKU) || skus[v.SKU] {
				t.Errorf("%s: SKU %q", p.Key, v.SKU)
			}
			skus[v.SKU] = true
			if !exactPrice.MatchString(v.Price) || v.CompareAt != "" && !exactPrice.MatchString(v.CompareAt) || v.Stock == nil || *v.Stock < 0 || v.Weight <= 0 {
				t.Fatalf("%s: %s has price %q, was %q, weight %d", p.Key, v.SKU, v.Price, v.CompareAt, v.Weight)
			}
			if v.CompareAt != "" {
				reduced++
				if len(v.CompareAt) < len(v.Price) || len(v.CompareAt) == len(v.Price) && v.CompareAt <= v.Price {
					t.Errorf("%s: was %s, is %s", v.SKU, v.CompareAt, v.Price)
				}
			}
			total += *v.Stock
			if *v.Stock == 0 {
				empty++
			} else if *v.Stock <= 5 {
				low++
			}
		}
		switch {
		case total == 0:
			soldOut++
		case empty > 0:
			partlySoldOut++
		}
	}
	if len(departments) < 6 || len(departments) > 8 {
		t.Errorf("departments %v", departments)
	}
	if reduced < 8 || soldOut < 2 || partlySoldOut < 2 || low < 8 || withOptions*3 < len(products) {
		t.Errorf("%d reduced, %d sold out, %d partly, %d low, %d with options", reduced, soldOut, partlySoldOut, low, withOptions)
	}
}

// Every picture that is named is there, in one format and light enough for a phone, and every one that is there is named.
func TestPictures(t *testing.T) {
	t.Parallel()
	named := map[string]bool{Hero: true}
	for _, p := range load(t) {
		own := map[string]bool{}
		if len(p.Images) == 0 || len(p.Images) > 3 {
			t.Errorf("%s: %d pictures", p.Key, len(p.Images))
		}
		for _, image := range p.Images {
			if image.Alt == "" || named[image.Src] {
				t.Errorf("%s: %s has no words, or belongs to another product too", p.Key, image.Src)
			}
			named[image.Src], own[image.Src] = true, true
		}
		for _, v := range p.Variants {
			if v.Image != "" && !own[v.Image] {
				t.Errorf("%s: %s shows %s, which is not the product's", p.Key, v.SKU, v.Image)
			}
		}
	}
	total := 0
	for path := range named {
		content, err := fs.ReadFile(Files(), path)
		if err != nil {
			t.Error(err)
			continue
		}
		total += len(content)
		config, err := jpeg.DecodeConfig(bytes.NewReader(content))
		width, height, limit := 1000, 1250, 45_000
		if path == Hero {
			width, height, limit = 1600, 900, 120_000
		}
		if err != nil || config.Width != width || config.Height != height || len(content) > limit {
			t.Errorf("%s: %d × %d, %d bytes, %v", path, config.Width, config.Height, len(content), err)
		}
	}
	if total > 3_300_000 {
		t.Errorf("the pictures weigh %d bytes", total)
	}
	files, err := fs.Glob(Files(), "images/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if !named[path] {
			t.Errorf("%s is nobody's", path)
		}
	}
}
