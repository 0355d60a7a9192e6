package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every line of pictures.txt can be drawn, its colours are known, and the committed pictures are exactly those.
func TestPicturesCanBeDrawn(t *testing.T) {
	t.Parallel()
	pictures, err := readPictures("pictures.txt")
	if err != nil {
		t.Fatal(err)
	}
	studio, err := openStudio("art")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, p := range pictures {
		if names[p.name] {
			t.Errorf("%s is listed twice", p.name)
		}
		names[p.name] = true
		svg, err := studio.draw(p)
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		decoder := xml.NewDecoder(strings.NewReader(svg))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
				break
			}
			element, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, attribute := range element.Attr {
				paint := attribute.Name.Local == "fill" || attribute.Name.Local == "stroke"
				if paint && attribute.Value != "none" && !strings.HasPrefix(attribute.Value, "#") && !strings.HasPrefix(attribute.Value, "url(#") {
					t.Errorf("%s: <%s> is painted %q", p.name, element.Name.Local, attribute.Value)
				}
				if strings.Contains(attribute.Value, "NaN") || strings.Contains(attribute.Value, "%!") {
					t.Errorf("%s: <%s %s=%q>", p.name, element.Name.Local, attribute.Name.Local, attribute.Value)
				}
			}
		}
		if _, err := os.Stat(filepath.Join("../images", p.name+".jpg")); err != nil {
			t.Error(err)
		}
	}
	files, err := os.ReadDir("../images")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !names[strings.TrimSuffix(file.Name(), ".jpg")] {
			t.Errorf("%s is not in pictures.txt", file.Name())
		}
	}
}
