package portraits

import "math"

func (d *sitter) drawNose() {
	h := d.head
	wide := 1 + 0.2*h.NoseWidth
	y := h.noseY
	dark := rgb{0.50, 0.34, 0.32}
	// The nose's shadow falls away from the light.
	away := -d.light.x
	cast := closed(
		h.on(0.05*away, y-0.25), h.on(0.06+0.22*away, y-0.02), h.on(0.10+0.20*away, y+0.10),
		h.on(-0.10+0.12*away, y+0.10), h.on(-0.12*wide, y+0.05),
	)
	d.c.tint(d.c.mask(0.04*h.r, cast), 0.45*d.shadow, dark)
	under := closed(
		h.on(-0.16*wide, y+0.05), h.on(0, y+0.075), h.on(0.16*wide, y+0.05), h.on(0.1, y+0.115),
		h.on(0, y+0.125), h.on(-0.1, y+0.115),
	)
	d.c.tint(d.c.mask(0.02*h.r, under), 0.55, dark)
	for _, side := range []float64{-1, 1} {
		d.c.tint(d.c.mask(0.012*h.r, h.disc(side*0.075*wide, y+0.065, 0.042, 0.024)), 0.8, rgb{0.38, 0.22, 0.2})
		wing := open(h.on(side*0.15*wide, y-0.06), h.on(side*0.185*wide, y+0.01), h.on(side*0.15*wide, y+0.06))
		d.c.tint(d.c.mask(0.012*h.r, wing.stroke(0.01*h.r, 0.03*h.r, 0.02*h.r)), 0.6, dark)
	}
}

func (d *sitter) drawEye(side float64) {
	h := d.head
	e := h.eye(side)
	m := d.c.mask(0, e.outline)
	d.c.tint(d.c.mask(0.05*h.r, e.outline.mixTowards(-0.3)), 0.35, rgb{0.72, 0.60, 0.58})
	d.c.paint(m, 1, func(x, y int) rgb {
		u := (float64(x) - e.centre.x) / (h.eyeWidth * h.r)
		return rgb{0.95, 0.93, 0.91}.scale(float32(0.92-0.22*u*u)).mix(d.ambient, 0.15)
	})
	colour := gradient(
		float32(h.EyeColour), rgb{0.22, 0.12, 0.06}, rgb{0.36, 0.21, 0.10}, rgb{0.34, 0.40, 0.22},
		rgb{0.30, 0.48, 0.62}, rgb{0.42, 0.58, 0.72},
	)
	iris := d.c.mask(0, circle(e.iris, e.radius, e.radius)).clip(m)
	d.c.paint(iris, 1, func(x, y int) rgb {
		dx, dy := float64(x)-e.iris.x, float64(y)-e.iris.y
		q := (dx*dx + dy*dy) / (e.radius * e.radius)
		return colour.scale(float32(1.1 - 0.6*q*q + 0.25*dy/e.radius))
	})
	d.c.fill(d.c.mask(0, circle(e.iris, e.radius*0.45, e.radius*0.45)).clip(m), 1, rgb{0.03, 0.02, 0.02})
	// The upper lid shades the eye, then its lashes.
	shade := append(append(path{}, e.upper...), reversed(e.upper.shift(0, 0.035*h.r))...)
	d.c.tint(d.c.mask(0.01*h.r, shade).clip(m), 0.6, rgb{0.45, 0.38, 0.36})
	d.c.fill(d.c.mask(0, e.upper.stroke(0.012*h.r, 0.042*h.r, 0.03*h.r)), 0.92, rgb{0.13, 0.08, 0.07})
	d.c.tint(d.c.mask(0.008*h.r, e.lower.stroke(0.006*h.r, 0.018*h.r, 0.015*h.r)), 0.8, rgb{0.55, 0.38, 0.36})
	crease := e.upper.shift(0, -0.05*h.r)
	d.c.tint(d.c.mask(0.012*h.r, crease.stroke(0.005*h.r, 0.022*h.r, 0.012*h.r)), 0.6, rgb{0.58, 0.42, 0.38})
	glint := e.iris.plus(point{0.4 * e.radius * d.light.x, -0.4 * e.radius})
	d.c.fill(d.c.mask(0, circle(glint, 0.24*e.radius, 0.24*e.radius)).clip(m), 0.95, rgb{1, 1, 1})
}

// drawLines draws what smiling and age do to the skin.
func (d *sitter) drawLines() {
	h := d.head
	dark := rgb{0.50, 0.37, 0.35}
	line := func(strength, width float64, through ...point) {
		if strength <= 0 {
			return
		}
		m := d.c.mask(0.014*h.r, open(through...).stroke(0.3*width*h.r, 1.25*width*h.r, 0.2*width*h.r))
		d.c.tint(m, float32(min(strength, 1)), dark)
	}
	old, w := 0.9*h.wrinkles, h.mouthWidth+0.05*h.Smile
	for _, side := range []float64{-1, 1} {
		at := func(x, y float64) point { return h.on(side*x, y) }
		// From the nose around the mouth, and below its corners.
		line(0.45*h.Smile+old, 0.04, at(0.19, h.noseY+0.03), at(0.29, h.noseY+0.13), at(w+0.09, h.mouthY-0.02), at(w+0.08, h.mouthY+0.09))
		line(old-0.3, 0.035, at(w+0.02, h.mouthY+0.04), at(w+0.06, h.mouthY+0.13), at(w+0.04, h.mouthY+0.21))
		// Crow's feet.
		x := h.eyeX + h.eyeWidth + 0.04
		for k := -1.0; k <= 1; k++ {
			line(old-0.1+0.2*h.Smile*h.wrinkles, 0.022, at(x, h.eyeY+0.03*k), at(x+0.06, h.eyeY+0.06*k), at(x+0.11, h.eyeY+0.11*k))
		}
		// Below the eyes and between the brows.
		line(old, 0.03, at(h.eyeX-0.13, h.eyeY+0.12), at(h.eyeX, h.eyeY+0.19), at(h.eyeX+0.12, h.eyeY+0.15))
		line(old-0.2, 0.025, at(0.05, h.browY-0.06), at(0.06, h.browY), at(0.05, h.browY+0.06))
	}
	for k := 0.0; k < 3; k++ {
		x, y := 0.36-0.04*k, -0.32-0.10*k
		line(old-0.12*k, 0.03, h.on(-x, y+0.03), h.on(-0.15, y), h.on(0.02, y+0.02), h.on(0.18, y), h.on(x, y+0.03))
	}
}

// drawMouth draws the lips, and between them, in a smile, the teeth.
func (d *sitter) drawMouth() {
	h := d.head
	smile := h.Smile
	w := h.mouthWidth*(1+0.14*h.MouthWidth) + 0.055*smile
	full := 1 + 0.35*h.Lips - 0.3*h.wrinkles
	mid := h.mouthY + 0.03*smile           // where the lips meet in the middle
	gap := 0.10 * smooth(smile, 0.4, 1)    // height of the opening
	up := 0.062 * full * (1 - 0.25*smile)  // height of the upper lip
	low := 0.085 * full * (1 - 0.15*smile) // height of the lower lip
	rise := 0.105*smile - 0.015*h.wrinkles // of the corners above mid
	left, right := h.on(-w, mid-rise), h.on(w, mid-rise)

	// across goes from left to right through the height middle, and at the part half of the width through the height
	// flank, raised by a part of rise.
	across := func(half, flank, raised, middle float64) []point {
		flank -= raised * rise
		return []point{h.on(-w*half, flank), h.on(0, middle), h.on(w*half, flank)}
	}
	between := func(top, bottom []point) path {
		around := append([]point{left}, top...)
		around = append(around, right)
		return closed(append(around, reversed(bottom)...)...)
	}
	bow := across(0.5, mid-0.75*up, 0.35, mid-0.82*up)
	bow = []point{bow[0], h.on(-0.16*w, mid-up), bow[1], h.on(0.16*w, mid-up), bow[2]}
	upper := between(bow, across(0.5, mid+0.005, 0.3, mid+0.012))
	lower := between(across(0.5, mid+0.8*gap, 0.25, mid+gap), across(0.55, mid+0.72*(gap+low), 0.1, mid+gap+low))

	front := func(x, y int, slope float64) vector3 {
		lx, _ := h.local(x, y)
		return vector3{0.8 * lx, slope, 0.8}.unit()
	}
	opened := gap > 0.01
	if opened {
		hole := d.c.mask(0, between(across(0.5, mid-0.01, 0.3, mid), across(0.5, mid+0.85*gap, 0.25, mid+gap+0.01)))
		d.c.fill(hole, 1, rgb{0.25, 0.08, 0.08})
		row := []point{h.on(-0.86*w, mid-rise+0.012)}
		row = append(row, across(0.4, mid, 0.25, mid)...)
		row = append(row, h.on(0.86*w, mid-rise+0.012))
		row = append(row, reversed(across(0.45, mid+0.70*gap, 0.22, mid+0.88*gap))...)
		d.c.paint(d.c.mask(0, closed(row...)).clip(hole), 1, func(x, y int) rgb {
			return d.lit(rgb{0.97, 0.95, 0.91}, front(x, y, -0.2))
		})
	}
	lips := d.skinTone().times(rgb{0.86, 0.58, 0.57})
	if h.Beard >= beardFrom || h.Jaw > 0.2 {
		lips = d.skinTone().times(rgb{0.86, 0.66, 0.62})
	}
	d.c.paint(d.c.mask(0, upper), 0.9, func(x, y int) rgb { return d.lit(lips.scale(0.86), front(x, y, 0.35)) })
	d.c.paint(d.c.mask(0, lower), 0.9, func(x, y int) rgb { return d.lit(lips, front(x, y, -0.35)) })
	if !opened {
		seam := append([]point{left}, across(0.5, mid, 0.35, mid+0.012)...)
		line := open(append(seam, right)...).stroke(0.025*h.r, 0.03*h.r, 0.025*h.r)
		d.c.tint(d.c.mask(0, line), 0.85, rgb{0.38, 0.22, 0.22})
	}
	for _, corner := range []point{left, right} {
		d.c.tint(d.c.mask(0.014*h.r, circle(corner, 0.03*h.r, 0.025*h.r)), 0.6, rgb{0.5, 0.35, 0.33})
	}
	shine := h.disc(0.08*d.light.x, mid+gap+0.45*low, 0.35*w, 0.2*low)
	d.c.fill(d.c.mask(0.01*h.r, shine), 0.25*d.gloss, rgb{1, 0.95, 0.93})
	d.c.tint(d.c.mask(0.025*h.r, h.disc(0, mid+gap+low+0.045, 0.55*w, 0.03)), 0.4, rgb{0.62, 0.5, 0.48})
}

// drawHair fills a shape with hair. Hair behind the head is in its shadow.
func (d *sitter) drawHair(m *mask, behind bool) {
	h := d.head
	tone := d.hairTone()
	fine, broad, curls := d.g.fork(5), d.g.fork(6), d.g.fork(10)
	curly := 1.2 * smooth(h.Wave, 0.4, 1)
	d.c.paint(m, 1, func(x, y int) rgb {
		lx, ly := h.local(x, y)
		if behind && lx*lx/0.25+ly*ly/0.5 < 1 {
			return tone // the face will cover it
		}
		s := h.strand(lx, ly)
		strands := 0.6*fine.line(26*s) + 0.4*broad.line(9*s) - 0.5
		if curly > 0 {
			strands = (1-0.5*curly)*strands + 0.5*curly*(curls.plane(9*lx+2*s, 9*ly)-0.5)
		}
		q := min(lx*lx/1.0+ly*ly/1.5, 0.9)
		n := vector3{lx/1.0 + 0.35*strands, ly / 1.5, math.Sqrt(1 - q)}.unit()
		out := d.lit(tone.scale(float32(1+0.7*strands)), n)
		// Hair mirrors light in bands across its strands.
		band := func(at, width float64) float64 {
			t := (ly + 0.08*strands - at) / width
			return max(1-t*t, 0) * max(1-t*t, 0)
		}
		b := band(-0.78, 0.30) + 0.5*band(0.55+0.3*h.Wave, 0.4)
		b *= (0.65 + 1.2*strands) * max(0.2, 0.5+0.6*(n.x*d.light.x-n.y*d.light.y))
		spec := float32(b) * d.gloss
		add := tone.mix(rgb{1, 1, 1}, 0.35).scale(0.42 * spec)
		if behind {
			return out.plus(add).scale(0.62)
		}
		return out.plus(add)
	})
}

func (d *sitter) drawHairFront() {
	h := d.head
	front := h.hairFront()
	cast := d.c.mask(0.05*h.r, front.shift(-0.05*h.r*d.light.x, 0.07*h.r)).clip(d.skull)
	fine, curls := d.g.fork(5), d.g.fork(10)
	m := d.c.mask(0.05*h.r, front).fray(func(x, y int) float64 {
		lx, ly := h.local(x, y)
		return 0.5*fine.line(26*h.strand(lx, ly)) + 0.5*curls.plane(6*lx, 6*ly)
	})
	d.c.tint(cast.cut(m), 0.75*d.shadow, rgb{0.62, 0.48, 0.45})
	d.drawHair(m, false)
}

func (d *sitter) drawBeard() {
	h := d.head
	tone := d.hairTone().scale(0.92)
	fine := d.g.fork(7)
	m := d.c.mask(0.05*h.r, h.beardOutline()).fray(func(x, y int) float64 {
		lx, ly := h.local(x, y)
		return 0.25 + 0.5*fine.plane(22*lx, 7*ly)
	})
	d.c.paint(m, 0.94, func(x, y int) rgb {
		lx, ly := h.local(x, y)
		strands := fine.plane(22*lx/(1+0.3*ly), 7*ly) - 0.5
		n := vector3{1.1*lx + 0.4*strands, 0.6 * (ly - 0.55), 0.8}
		out := d.lit(tone.scale(float32(1+0.6*strands)), n.unit())
		spec := d.gloss * 0.10 * d.shine(n.unit(), 3) * float32(0.6+strands)
		return out.lighter(spec)
	})
}

func (d *sitter) drawGlasses() {
	h := d.head
	shadow := h.frames(0.05)
	for i := range shadow {
		shadow[i] = shadow[i].shift(-0.04*h.r*d.light.x, 0.05*h.r)
	}
	d.c.tint(d.c.mask(0.02*h.r, shadow...), 0.4*d.shadow, rgb{0.55, 0.45, 0.42})
	for _, side := range []float64{-1, 1} {
		lens := d.c.mask(0, h.lens(side))
		d.c.fill(lens, 0.10, rgb{0.75, 0.85, 0.95})
		c := h.on(side*h.eyeX, h.eyeY)
		glare := path{
			c.plus(point{-0.02 * h.r, -0.24 * h.r}), c.plus(point{0.10 * h.r, -0.24 * h.r}),
			c.plus(point{-0.04 * h.r, 0.26 * h.r}), c.plus(point{-0.16 * h.r, 0.26 * h.r}),
		}
		d.c.fill(d.c.mask(0.01*h.r, glare).clip(lens), 0.16, rgb{1, 1, 1})
	}
	frame := gradient(float32(h.own(2)), rgb{0.07, 0.06, 0.07}, rgb{0.10, 0.08, 0.10}, rgb{0.26, 0.12, 0.07})
	d.c.paint(d.c.mask(0, h.frames(0.062)...), 0.96, func(x, y int) rgb { return frame })
	bright := d.c.mask(0.006*h.r, path{
		h.at(-h.eyeX-0.12, h.eyeY-0.15, 0.68), h.at(-h.eyeX+0.08, h.eyeY-0.17, 0.72),
	}.stroke(0.008*h.r, 0.02*h.r, 0.008*h.r))
	d.c.fill(bright, 0.4, rgb{0.9, 0.9, 0.95})
}
