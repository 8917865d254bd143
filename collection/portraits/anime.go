package portraits

import "math"

// drawn are the proportions of a drawn face: large low eyes, a small mouth and a pointed chin.
func drawn() proportions {
	return proportions{
		centreY: 0.47, unit: 0.35,
		eyeX: 0.345, eyeY: 0.20, eyeWidth: 0.205, eyeOpen: 0.205,
		browY: -0.13, noseY: 0.50, mouthY: 0.72, mouthWidth: 0.15,
		cheek: 0.735, jaw: 0.55, pointy: 1,
	}
}

// cel is a portrait in flat colours in the making.
type cel struct {
	*head
	c     *canvas
	g     grain
	light float64 // the side that light comes from, -1 left or 1 right
	line  float64 // width of outlines in pixels
	skull *mask
}

// drawAnime paints the person in flat colours, from back to front. Each shape has one shadow with a hard edge and an
// outline.
func drawAnime(p Person, size int) *canvas {
	c := newCanvas(size, sampling(size))
	h := newHead(p, c.n, drawn())
	d := &cel{head: h, c: c, g: grain(p.Seed).fork(2), light: math.Copysign(1, p.Light), line: max(0.026*h.r, 0.75*float64(c.factor))}
	d.drawBackground()
	d.drawHairBehind()
	d.drawNeck()
	d.drawClothes()
	d.drawFace()
	if p.Beard >= beardFrom {
		d.drawBeard()
	}
	d.drawMouth()
	d.drawLines()
	for _, side := range []float64{-1, 1} {
		d.drawEye(side)
	}
	d.drawHairFront()
	for _, side := range []float64{-1, 1} {
		c.fill(c.mask(0, h.animeBrow(side)), 0.9, d.ink(d.hairTone()))
	}
	if p.Glasses {
		d.drawGlasses()
	}
	return c.reduce()
}

// skinTone is the flat colour of lit skin.
func (d *cel) skinTone() rgb {
	return gradient(
		float32(d.SkinTone), rgb{1, 0.91, 0.85}, rgb{0.98, 0.83, 0.72}, rgb{0.82, 0.61, 0.47},
		rgb{0.60, 0.41, 0.30}, rgb{0.44, 0.29, 0.22},
	)
}

// ink is the colour of lines beside a flat colour.
func (d *cel) ink(c rgb) rgb {
	return c.scale(0.36).mix(rgb{0.20, 0.10, 0.14}, 0.45)
}

// shade is the colour of a flat colour's shadow.
func (d *cel) shade(c rgb) rgb { return c.times(rgb{0.82, 0.73, 0.79}) }

func (d *cel) outline(p path, colour rgb) {
	d.c.fill(d.c.mask(0, p.ring(d.line)...), 1, colour)
}

func (d *cel) trace(p path, width float64, colour rgb) {
	w := width * d.line
	d.c.fill(d.c.mask(0, p.stroke(0.3*w, w, 0.3*w)), 1, colour)
}

func (d *cel) drawBackground() {
	n := float64(d.n)
	top, bottom := hue(d.Background, 0.22, 0.85), hue(d.Background+0.08, 0.14, 0.97)
	pattern := int(4 * d.g.unit(0, 0))
	cx, cy := n*(0.2+0.6*d.g.unit(1, 0)), n*(0.1+0.3*d.g.unit(2, 0))
	pitch := n * (0.10 + 0.08*d.g.unit(3, 0))
	for y := 0; y < d.n; y++ {
		for x := 0; x < d.n; x++ {
			fx, fy := float64(x), float64(y)
			c := top.mix(bottom, float32(fy/n))
			on := 0.0
			switch pattern {
			case 0: // rays
				a := math.Atan2(fy-cy, fx-cx) / (2 * math.Pi) * 18
				on = soft(math.Abs(a-math.Floor(a)-0.5)-0.25, 0.04)
			case 1: // dots
				u, v := fx/pitch, fy/pitch
				if int(math.Floor(v))&1 == 1 {
					u += 0.5
				}
				u, v = u-math.Floor(u)-0.5, v-math.Floor(v)-0.5
				on = soft(0.25-math.Sqrt(u*u+v*v), 0.06)
			case 2: // a sun or moon
				on = soft(1-math.Hypot(fx-cx, fy-cy)/(0.24*n), 0.05)
			case 3: // stripes
				u := (fx + fy) / (1.6 * pitch)
				on = soft(math.Abs(u-math.Floor(u)-0.5)-0.25, 0.04)
			}
			d.c.pix[y*d.n+x] = c.mix(rgb{1, 1, 1}, float32(0.4*on))
		}
	}
}

// soft is 0 below -edge and 1 above edge.
func soft(v, edge float64) float64 { return ramp(v, -edge, edge) }

func (d *cel) drawNeck() {
	h, skin := d.head, d.skinTone()
	w := 0.27 + 0.03*h.Jaw
	p := closed(
		h.at(-w, 0.6, 0), h.at(w, 0.6, 0), d.still(w, 1.15), d.still(w*1.5, 1.38), d.still(w*2.2, 1.8),
		d.still(-w*2.2, 1.8), d.still(-w*1.5, 1.38), d.still(-w, 1.15),
	)
	m := d.c.mask(0, p)
	d.c.fill(m, 1, skin)
	d.c.fill(d.c.maskWithin(m.Rect, 0, h.outline().shift(-0.05*d.light*h.r, 0.17*h.r)).clip(m), 1, d.shade(skin))
	d.outline(p, d.ink(skin))
}

func (d *cel) drawClothes() {
	h := d.head
	cloth := h.cloth().mix(rgb{1, 1, 1}, 0.1).saturate(1.4)
	p := h.body()
	m := d.c.mask(0, p)
	d.c.fill(m, 1, cloth)
	d.c.fill(d.c.mask(0, p.shift(0.45*d.light*h.r, 0.1*h.r)).clip(m).invert(m), 1, d.shade(cloth))
	for _, s := range []float64{-1, 1} {
		d.trace(open(d.still(s*0.75, 1.45), d.still(s*0.78, 1.6), d.still(s*0.74, 1.8)), 0.9, d.ink(cloth))
	}
	if h.Collar > 0.7 {
		white := rgb{0.98, 0.97, 0.97}
		for _, s := range []float64{-1, 1} {
			q := path{d.still(s*0.36, 1.14), d.still(s*0.50, 1.22), d.still(s*0.36, 1.52), d.still(s*0.02, 1.58)}
			d.c.fill(d.c.mask(0, q), 1, white)
			d.outline(q, d.ink(cloth))
		}
	}
	d.outline(p, d.ink(cloth))
}

func (d *cel) drawFace() {
	h, skin := d.head, d.skinTone()
	ink := d.ink(skin)
	for _, side := range []float64{-1, 1} {
		p := h.ear(side).shift(0, 0.06*h.r)
		d.c.fill(d.c.mask(0, p), 1, skin)
		d.c.fill(d.c.mask(0, p.mixTowards(0.45)), 1, d.shade(skin))
		d.outline(p, ink)
	}
	p := h.outline()
	d.skull = d.c.mask(0, p)
	d.c.fill(d.skull, 1, skin)
	lit := d.c.mask(0, p.shift(0.13*d.light*h.r, -0.05*h.r)).clip(d.skull).invert(d.skull)
	d.c.fill(lit, 1, d.shade(skin))
	blush := float32(0.28 + 0.25*h.Smile - 0.15*h.wrinkles)
	for _, side := range []float64{-1, 1} {
		m := d.c.mask(0.05*h.r, h.disc(side*0.45, 0.50, 0.15, 0.07)).clip(d.skull)
		d.c.tint(m, blush, rgb{1.0, 0.62, 0.62})
	}
	d.outline(p, ink)
	// The nose is a tick and its shadow.
	away := -d.light
	q := path{h.at(0, h.noseY-0.05, 0.8), h.at(0.055*away, h.noseY+0.035, 0.76), h.at(-0.015*away, h.noseY+0.03, 0.8)}
	d.c.fill(d.c.mask(0, q), 1, d.shade(d.shade(skin)))
}

func (h *head) animeBrow(side float64) path {
	x := side * (h.eyeX + 0.025*h.EyeSpacing)
	y := h.browY - 0.03*h.BrowHeight - 0.03*h.Smile
	t := 0.05 * (1 + 0.4*h.BrowThickness) * (1 + 0.3*h.wrinkles)
	tilt := 0.035 * (1 - 2*h.Smile)
	return open(h.on(x-side*0.17, y+0.01+tilt), h.on(x, y-0.035), h.on(x+side*0.2, y+0.025-tilt)).stroke(t*0.9*h.r, t*h.r, t*0.25*h.r)
}

func (d *cel) drawEye(side float64) {
	h := d.head
	x := side * (h.eyeX + 0.02*h.EyeSpacing)
	w, o := h.eyeWidth*(1+0.06*h.EyeSize), h.eyeOpen*(1+0.15*h.EyeSize)*(1.04-0.36*h.wrinkles)*(1-0.1*h.Beard)
	place := func(u, v float64) point { return h.on(x+side*u*w, h.eyeY+v*o) }
	upper := open(place(-0.95, 0.05), place(-0.75, -0.6), place(-0.1, -1), place(0.6, -0.8), place(1, -0.1))
	lower := open(place(-0.85, 0.45), place(-0.4, 0.88), place(0.2, 0.92), place(0.75, 0.6), place(1, -0.1))
	outline := append(append(path{}, upper...), reversed(lower)...)
	m := d.c.mask(0, outline)
	d.c.fill(m, 1, rgb{0.99, 0.98, 0.98})
	cx, cy := 0.05*-1+0.28*h.GazeX*side, 0.02+0.16*h.GazeY
	iris := func(k float64) path {
		const steps = 20
		out := make(path, steps)
		for i := range out {
			s, c := math.Sincos(2 * math.Pi * float64(i) / steps)
			out[i] = place(cx+0.66*k*c, cy+0.92*k*s)
		}
		return out
	}
	colour := gradient(
		float32(h.EyeColour), rgb{0.50, 0.26, 0.16}, rgb{0.70, 0.42, 0.20}, rgb{0.30, 0.62, 0.38},
		rgb{0.25, 0.55, 0.85}, rgb{0.45, 0.50, 0.90},
	)
	if h.HairColour == VividHair {
		colour = colour.mix(d.hairTone(), 0.5)
	}
	whole := d.c.mask(0, iris(1)).clip(m)
	top, bottom := place(cx, cy-0.9).y, place(cx, cy+0.9).y
	d.c.paint(whole, 1, func(_, y int) rgb {
		t := float32(ramp(float64(y), top, bottom))
		return colour.scale(0.40).mix(colour.mix(rgb{1, 1, 1}, 0.25), t*t*(3-2*t))
	})
	ringed := iris(0.97)
	d.c.fill(d.c.mask(0, ringed.ring(d.line)...).clip(m), 1, colour.scale(0.3))
	d.c.fill(d.c.mask(0, iris(0.45)).clip(m), 1, colour.scale(0.16))
	shadow := append(append(path{}, upper...), reversed(upper.shift(0, 0.3*o*h.r))...)
	d.c.tint(d.c.mask(0, shadow).clip(m), 0.4, rgb{0.55, 0.5, 0.65})
	lash := rgb{0.13, 0.08, 0.11}
	d.c.fill(d.c.mask(0, upper.stroke(0.03*h.r, 0.07*h.r, 0.05*h.r)), 1, lash)
	wing := path{place(0.72, -0.68), place(1.2, -0.28), place(0.98, 0.05)}
	d.c.fill(d.c.mask(0, wing), 1, lash)
	d.trace(lower, 0.9, lash.mix(d.skinTone(), 0.25))
	crease := open(place(-0.6, -1.02), place(0, -1.27), place(0.7, -1.1))
	d.trace(crease, 0.7, d.ink(d.skinTone()))
	white := rgb{1, 1, 1}
	glint := place(cx+0.22*d.light*side, cy-0.42)
	d.c.fill(d.c.mask(0, circle(glint, 0.24*w*h.r, 0.27*o*h.r)).clip(m), 1, white)
	small := place(cx-0.25*d.light*side, cy+0.42)
	d.c.fill(d.c.mask(0, circle(small, 0.11*w*h.r, 0.13*o*h.r)).clip(m), 0.9, white)
}

func (d *cel) drawMouth() {
	h := d.head
	w := h.mouthWidth * (1 + 0.12*h.MouthWidth) * (0.92 + 0.8*h.Smile)
	y := h.mouthY
	ink := rgb{0.40, 0.16, 0.18}
	if h.Smile < smileFrom {
		curve := 0.02 * h.Smile
		d.trace(open(h.on(-w, y-curve), h.on(0, y+0.01+curve), h.on(w, y-curve)), 1.6, ink)
		d.trace(open(h.on(-0.05, y+0.07), h.on(0.05, y+0.07)), 0.9, d.shade(d.shade(d.skinTone())))
		return
	}
	deep := 0.20 * h.Smile
	p := closed(
		h.on(-w, y-0.06), h.on(-w*0.5, y-0.035), h.on(0, y-0.025), h.on(w*0.5, y-0.035), h.on(w, y-0.06),
		h.on(w*0.62, y+deep*0.62), h.on(0, y+deep), h.on(-w*0.62, y+deep*0.62),
	)
	m := d.c.mask(0, p)
	d.c.fill(m, 1, rgb{0.55, 0.16, 0.18})
	d.c.fill(d.c.mask(0, h.disc(0, y+deep*1.0, w*0.6, deep*0.5)).clip(m), 1, rgb{0.93, 0.47, 0.47})
	teeth := path{h.on(-w, y-0.08), h.on(w, y-0.08), h.on(w*0.8, y+deep*0.22), h.on(0, y+deep*0.34), h.on(-w*0.8, y+deep*0.22)}
	d.c.fill(d.c.mask(0, teeth).clip(m), 1, rgb{1, 1, 1})
	d.outline(p, ink)
}

// drawLines draws age.
func (d *cel) drawLines() {
	h := d.head
	if h.wrinkles < 0.1 {
		return
	}
	ink := d.ink(d.skinTone()).mix(d.skinTone(), 0.35*float32(1-h.wrinkles))
	width := 0.7 + 0.8*h.wrinkles
	for _, s := range []float64{-1, 1} {
		d.trace(open(h.on(s*0.15, h.noseY+0.02), h.on(s*0.26, h.noseY+0.11), h.on(s*0.30, h.mouthY+0.03)), width, ink)
		d.trace(open(h.on(s*(h.eyeX-0.16), h.eyeY+0.24), h.on(s*h.eyeX, h.eyeY+0.29), h.on(s*(h.eyeX+0.13), h.eyeY+0.25)), width, ink)
		if h.wrinkles > 0.6 {
			d.trace(open(h.on(s*0.60, h.eyeY+0.02), h.on(s*0.68, h.eyeY)), width, ink)
			d.trace(open(h.on(s*0.59, h.eyeY+0.10), h.on(s*0.67, h.eyeY+0.13)), width, ink)
			d.trace(open(h.on(s*0.40, h.eyeY+0.36), h.on(s*0.47, h.eyeY+0.46), h.on(s*0.45, h.eyeY+0.54)), width, ink)
		}
	}
	if h.wrinkles > 0.6 {
		for k := 0.0; k < 2; k++ {
			d.trace(open(h.on(-0.3, -0.30-0.1*k), h.on(0, -0.32-0.1*k), h.on(0.3, -0.30-0.1*k)), width, ink)
		}
	}
}

func (d *cel) drawGlasses() {
	h := d.head
	for _, side := range []float64{-1, 1} {
		lens := d.c.mask(0, h.lens(side))
		d.c.fill(lens, 0.14, rgb{0.85, 0.95, 1})
		c := h.on(side*h.eyeX, h.eyeY)
		glare := path{
			c.plus(point{0.04 * h.r, -0.3 * h.r}), c.plus(point{0.14 * h.r, -0.3 * h.r}),
			c.plus(point{-0.06 * h.r, 0.3 * h.r}), c.plus(point{-0.16 * h.r, 0.3 * h.r}),
		}
		d.c.fill(d.c.mask(0, glare).clip(lens), 0.3, rgb{1, 1, 1})
	}
	frame := gradient(float32(h.own(2)), rgb{0.12, 0.10, 0.14}, rgb{0.30, 0.10, 0.14}, rgb{0.12, 0.14, 0.34})
	d.c.fill(d.c.mask(0, h.frames(0.058)...), 1, frame)
}
