package main

import (
	"fmt"
	"math"
)

// form fills a shape and gives it body: shade where the light does not reach, on the inside of its right and lower
// edge, and a little light along the others.
func (s *studio) form(d, colour string, depth float64) string {
	s.ids++
	blurShade, blurLight := "blur10", "blur4"
	if depth < 1 {
		blurShade = "blur4"
	}
	const around = "M-1500-1800H1500V900H-1500Z"
	return fmt.Sprintf(`<clipPath id="c%d"><path d="%s"/></clipPath><path d="%s" fill="%s"/><g clip-path="url(#c%d)">`, s.ids, d, d, colour, s.ids) +
		fmt.Sprintf(`<path d="%s%s" fill-rule="evenodd" transform="translate(%g %g)" fill="%s" opacity=".5" filter="url(#%s)"/>`,
			around, d, -30*depth, -9*depth, darker(colour, 0.42), blurShade) +
		fmt.Sprintf(`<path d="%s%s" fill-rule="evenodd" transform="translate(%g %g)" fill="%s" opacity=".5" filter="url(#%s)"/></g>`,
			around, d, 11*depth, 9*depth, lighter(colour, 0.55), blurLight)
}

// rod is a bar of even thickness with body, for handles, legs and rims.
func (s *studio) rod(d, colour string, width float64) string {
	colour = hue(colour)
	stroke := func(c string, w, dx, dy, opacity float64) string {
		return fmt.Sprintf(`<path d="%s" fill="none" stroke="%s" stroke-width="%.4g" stroke-linecap="round" stroke-linejoin="round" opacity="%g" transform="translate(%.3g %.3g)"/>`, d, c, w, opacity, dx, dy)
	}
	return stroke(darker(colour, 0.24), width, 0, 0, 1) + stroke(colour, width*0.72, -width*0.11, -width*0.11, 1) +
		stroke(lighter(colour, 0.45), width*0.16, -width*0.24, -width*0.24, 0.7)
}

// clip opens a group that shows only inside a shape; unclip closes it.
func (s *studio) clip(d string) string {
	s.ids++
	return fmt.Sprintf(`<clipPath id="c%d"><path d="%s"/></clipPath><g clip-path="url(#c%d)">`, s.ids, d, s.ids)
}

// ground is the shadow of something that stands, half its width to each side and a little to the right.
func ground(half float64) string {
	return fmt.Sprintf(`<ellipse cx="%g" cy="4" rx="%g" ry="%g" fill="#3a2a20" opacity=".26" filter="url(#blur22)"/>`, half*0.22, half*1.08, 20+half*0.05) +
		fmt.Sprintf(`<ellipse cx="%g" cy="0" rx="%g" ry="%g" fill="#3a2a20" opacity=".34" filter="url(#blur4)"/>`, half*0.04, half*0.97, 7+half*0.018)
}

// glow is the light around a lamp or a flame.
func (s *studio) glow(x, y, radius, strength float64) string {
	s.ids++
	return fmt.Sprintf(`<radialGradient id="g%d"><stop stop-color="#ffe3a1" stop-opacity="%.3g"/><stop offset=".45" stop-color="#ffe3a1" stop-opacity="%.3g"/>`+
		`<stop offset="1" stop-color="#ffe3a1" stop-opacity="0"/></radialGradient><circle cx="%g" cy="%g" r="%g" fill="url(#g%d)"/>`,
		s.ids, strength, strength*0.4, x, y, radius*1.15, s.ids)
}

func rectPath(x, y, w, h, r float64) string {
	r = math.Min(r, math.Min(w, h)/2)
	return fmt.Sprintf("M%g %gh%ga%g %g 0 0 1 %g %gv%ga%g %g 0 0 1 %g %gh%ga%g %g 0 0 1 %g %gv%ga%g %g 0 0 1 %g %gZ",
		x+r, y, w-2*r, r, r, r, r, h-2*r, r, r, -r, r, -(w - 2*r), r, r, -r, -r, -(h - 2*r), r, r, r, -r)
}

func ovalPath(cx, cy, rx, ry float64) string {
	return fmt.Sprintf("M%g %ga%g %g 0 1 1 %g 0a%g %g 0 1 1 %g 0Z", cx-rx, cy, rx, ry, 2*rx, rx, ry, -2*rx)
}

// leaf is one leaf from its stalk at x, y, turned by degrees from straight up.
func (s *studio) leaf(x, y, length, width, degrees float64, colour string) string {
	d := fmt.Sprintf("M0 0C%g %g %g %g 0 %gC%g %g %g %g 0 0Z", -width, -length*0.25, -width*0.8, -length*0.8, -length, width*0.8, -length*0.8, width, -length*0.25)
	half := fmt.Sprintf("M0 0L0 %gC%g %g %g %g 0 0Z", -length, width*0.8, -length*0.8, width, -length*0.25)
	return fmt.Sprintf(`<g transform="translate(%g %g) rotate(%g)"><path d="%s" fill="%s"/><path d="%s" fill="%s"/></g>`,
		x, y, degrees, d, hue(colour), half, darker(colour, 0.16))
}
