package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// picture is one line of pictures.txt: a file name, a room, and what stands in it.
//
//	mug-moss | table | mug A=moss; book 700 1050 0.8 A=clay
//	pen | desk from above | pen 500 620 1.1
//
// A thing is a drawing's name, then optionally where its foot stands and how large it is, then its colours.
type picture struct {
	name          string
	room          string
	above         bool // seen from above, where all is table top
	width, height int
	things        []thing
}

type thing struct {
	art     string
	x, y    float64
	scale   float64
	colours map[string]string
}

func readPictures(path string) ([]picture, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()

	var pictures []picture
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		p, err := parsePicture(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		pictures = append(pictures, p)
	}
	return pictures, lines.Err()
}

func parsePicture(line string) (picture, error) {
	parts := strings.Split(line, "|")
	if len(parts) != 3 {
		return picture{}, fmt.Errorf("want name | room | things")
	}
	p := picture{name: strings.TrimSpace(parts[0]), width: 1000, height: 1250}
	p.room, p.above = strings.CutSuffix(strings.TrimSpace(parts[1]), " from above")
	if _, ok := rooms[p.room]; !ok {
		return picture{}, fmt.Errorf("no room %q", p.room)
	}
	if rooms[p.room].wide {
		p.width, p.height = 1600, 900
	}
	for text := range strings.SplitSeq(parts[2], ";") {
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		t := thing{art: words[0], x: 500, y: 1015, scale: 1, colours: map[string]string{}}
		numbers := []*float64{&t.x, &t.y, &t.scale}
		for _, word := range words[1:] {
			if name, value, ok := strings.Cut(word, "="); ok {
				t.colours[name] = value
				continue
			}
			value, err := strconv.ParseFloat(word, 64)
			if err != nil || len(numbers) == 0 {
				return picture{}, fmt.Errorf("%s: unexpected %q", t.art, word)
			}
			*numbers[0], numbers = value, numbers[1:]
		}
		p.things = append(p.things, t)
	}
	return p, nil
}
