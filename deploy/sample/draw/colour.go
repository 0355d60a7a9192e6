package main

import (
	"fmt"
	"strconv"
	"strings"
)

// palette is every colour of the shop, by the name that products use.
var palette = map[string]string{
	"moss": "#6f7f56", "clay": "#c4694b", "cream": "#f4ead7", "ink": "#2f3f48", "oat": "#dccbad", "sea": "#4c8789",
	"mustard": "#dba440", "slate": "#6c7c87", "rose": "#d79b8c", "plum": "#7a4b5c", "sky": "#9fc0d0", "sand": "#dabf98",
	"walnut": "#6f4b34", "beech": "#dcb588", "oak": "#c99d68", "cherry": "#b3744c", "ash": "#e0c59d",
	"steel": "#b4bec1", "brass": "#cba355", "iron": "#363d41", "zinc": "#a7b2b5", "black": "#2b2f31",
	"leaf": "#5a7d52", "sprig": "#83a063", "paper": "#fbf6ec", "wax": "#e8b856", "terracotta": "#cb7450", "leather": "#9c6439",
	"canvas": "#e5d9c1", "berry": "#99334a", "lemon": "#ecc94f", "white": "#ffffff", "glass": "#d5e4e2", "flame": "#f6b13c", "egg": "#f3b83f",
}

// room is a backdrop: a wall and a table top, one for each department, so that a shelf of pictures hangs together.
type room struct {
	wall, top string
	wide      bool
	evening   bool // lamps are seen by their own light
}

// daylight is how bright the window shows on the wall.
func (r room) daylight() float64 {
	if r.evening {
		return 0.12
	}
	return 0.42
}

var rooms = map[string]room{
	"kitchen":  {wall: "#ecdabd", top: "#d9bd93"},
	"table":    {wall: "#dde3d2", top: "#bfc9ae"},
	"lighting": {wall: "#82939b", top: "#677982", evening: true},
	"textiles": {wall: "#f1ddd1", top: "#ddbcaa"},
	"garden":   {wall: "#d5e2d1", top: "#aec39e"},
	"travel":   {wall: "#d3e2e9", top: "#aec6d1"},
	"desk":     {wall: "#e3dee8", top: "#c2b9cb"},
	"kids":     {wall: "#f8e7bb", top: "#eaca80"},
	"meadow":   {wall: "#f8e7bb", top: "#c6d19c"},
	"hero":     {wall: "#ead9c1", top: "#c9a47a", wide: true},
}

// hue resolves a palette name, or passes an #rrggbb through.
func hue(name string) string {
	if colour, ok := palette[name]; ok {
		return colour
	}
	return name
}

func channels(name string) (rgb [3]float64) {
	colour := strings.TrimPrefix(hue(name), "#")
	for i := range rgb {
		if len(colour) >= 2*i+2 {
			value, _ := strconv.ParseUint(colour[2*i:2*i+2], 16, 8)
			rgb[i] = float64(value)
		}
	}
	return rgb
}

// mix goes from one colour (0) to another (1).
func mix(from, to string, share float64) string {
	a, b := channels(from), channels(to)
	var rgb [3]int
	for i := range rgb {
		rgb[i] = int(a[i] + (b[i]-a[i])*share + 0.5)
	}
	return fmt.Sprintf("#%02x%02x%02x", rgb[0], rgb[1], rgb[2])
}

// darker goes towards a warm black, as things do in the evening.
func darker(colour string, share float64) string { return mix(colour, "#2a1d1a", share) }

// lighter goes towards the light that falls in.
func lighter(colour string, share float64) string { return mix(colour, "#fffaf0", share) }
