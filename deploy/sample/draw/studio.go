package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// studio holds the drawings. Each is SVG with a few words of its own (see words), drawn around its foot: x goes right
// and y down from the point where the thing stands, in pixels of a picture 1000 wide.
type studio struct {
	art *template.Template
	ids int // clip paths need names that are unique in a document
}

func openStudio(folder string) (*studio, error) {
	s := &studio{}
	s.art = template.New("art").Funcs(s.words())
	files, err := filepath.Glob(filepath.Join(folder, "*.svg"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".svg")
		if _, err := s.art.New(name).Parse(string(content)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// words are what drawings may use beside SVG.
func (s *studio) words() template.FuncMap {
	return template.FuncMap{
		"form": func(d, colour string) string { return s.form(d, hue(colour), 1) },
		"bead": func(d, colour string) string { return s.form(d, hue(colour), 0.42) },
		"flat": func(d, colour string) string { return fmt.Sprintf(`<path d="%s" fill="%s"/>`, d, hue(colour)) },
		"line": func(d, colour string, width float64) string {
			return fmt.Sprintf(`<path d="%s" fill="none" stroke="%s" stroke-width="%g" stroke-linecap="round" stroke-linejoin="round"/>`, d, hue(colour), width)
		},
		"rod":    s.rod,
		"clip":   s.clip,
		"unclip": func() string { return "</g>" },
		"ground": ground,
		"glow":   s.glow,
		"rect":   rectPath,
		"oval":   ovalPath,
		"put":    s.put,
		"leaf":   s.leaf,
		"hue":    hue, "mix": mix, "darker": darker, "lighter": lighter,
		"add": func(a, b float64) float64 { return a + b }, "sub": func(a, b float64) float64 { return a - b },
		"mul": func(a, b float64) float64 { return a * b }, "sin": func(deg float64) float64 { return math.Sin(deg * math.Pi / 180) },
		"cos":  func(deg float64) float64 { return math.Cos(deg * math.Pi / 180) },
		"half": func(a float64) float64 { return math.Floor(a / 2) }, "third": func(a float64) float64 { return math.Floor(a / 3) },
		"seventh": func(a float64) float64 { return math.Floor(a / 7) },
		"noise":   noise, "seq": seq,
	}
}

// draw composes a picture: wall, light, table top, then things from back to front.
func (s *studio) draw(p picture) (string, error) {
	s.ids = 0
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d">`, p.width, p.height, p.width, p.height)
	out.WriteString(`<defs>` +
		`<filter id="blur4" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="4"/></filter>` +
		`<filter id="blur10" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="10"/></filter>` +
		`<filter id="blur22" x="-60%" y="-100%" width="220%" height="300%"><feGaussianBlur stdDeviation="22"/></filter></defs>`)
	out.WriteString(backdrop(p))
	for _, t := range p.things {
		drawn, err := s.place(t, p.room)
		if err != nil {
			return "", err
		}
		out.WriteString(drawn)
	}
	out.WriteString(`</svg>`)
	return out.String(), nil
}

// place draws one thing where it stands.
func (s *studio) place(t thing, roomName string) (string, error) {
	art := s.art.Lookup(t.art)
	if art == nil {
		return "", fmt.Errorf("no drawing %q", t.art)
	}
	colours := map[string]string{"A": "clay", "B": "cream", "C": "walnut", "wall": rooms[roomName].wall, "top": rooms[roomName].top}
	for name, value := range t.colours {
		colours[name] = value
	}
	var out strings.Builder
	turn := ""
	if degrees := t.colours["turn"]; degrees != "" {
		turn = fmt.Sprintf(" rotate(%s)", degrees)
	}
	flip := t.scale
	if t.colours["flip"] != "" {
		flip = -t.scale
	}
	fmt.Fprintf(&out, `<g transform="translate(%g %g) scale(%g %g)%s">`, t.x, t.y, flip, t.scale, turn)
	if err := art.Execute(&out, colours); err != nil {
		return "", err
	}
	out.WriteString(`</g>`)
	return out.String(), nil
}

// put draws another drawing inside one, for example the candle on its stick.
func (s *studio) put(name string, x, y, scale float64, colours ...string) (string, error) {
	t := thing{art: name, x: x, y: y, scale: scale, colours: map[string]string{}}
	for _, pair := range colours {
		key, value, _ := strings.Cut(pair, "=")
		t.colours[key] = value
	}
	return s.place(t, "kitchen")
}

// backdrop is the room: the light always falls in from the upper left.
func backdrop(p picture) string {
	r := rooms[p.room]
	w, h := float64(p.width), float64(p.height)
	edge := h * 0.72
	if p.above {
		r.wall, edge = mix(r.top, r.wall, 0.35), h+40
	}
	light := func(x1, x2, lean float64) string {
		return fmt.Sprintf("M%g %gL%g %gL%g %gL%g %gZ", x1*w, -20.0, x2*w, -20.0, (x2+lean)*w, edge, (x1+lean)*w, edge)
	}
	return fmt.Sprintf(`<rect width="%g" height="%g" fill="%s"/>`, w, h, r.wall) +
		fmt.Sprintf(`<g fill="%s" opacity="%g" filter="url(#blur10)"><path d="%s"/><path d="%s"/></g>`,
			lighter(r.wall, 0.62), r.daylight(), light(-0.22, 0.1, 0.42), light(0.14, 0.36, 0.42)) +
		fmt.Sprintf(`<rect y="%g" width="%g" height="%g" fill="%s"/>`, edge, w, h-edge, r.top) +
		fmt.Sprintf(`<path d="M%g %gL%g %gL%g %gL%g %gZ" fill="%s" opacity=".4" filter="url(#blur10)"/>`,
			0.2*w, edge+4, 0.8*w, edge+4, 1.02*w, h+30, 0.36*w, h+30, lighter(r.top, 0.4)) +
		fmt.Sprintf(`<rect y="%g" width="%g" height="5" fill="%s" opacity=".5"/>`, edge, w, lighter(r.top, 0.45))
}

// noise is a number from 0 to 1 that looks like chance and is the same on every run.
func noise(i, j float64) float64 {
	_, fraction := math.Modf(math.Abs(math.Sin(i*12.9898+j*78.233) * 43758.5453))
	return fraction
}

// seq counts in a loop of a drawing.
func seq(from, to, step float64) []float64 {
	var all []float64
	for v := from; v <= to+1e-9; v += step {
		all = append(all, v)
	}
	return all
}
