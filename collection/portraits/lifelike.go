package portraits

import "math"

// look is the lighting of a lifelike portrait; Photo and Oil differ in it and
// in what happens to the picture afterwards.
type look struct {
	light        vector3 // towards the light
	ambient, key rgb     // colours of indirect and direct light
	gloss        float32 // strength of highlights
	shadow       float32 // strength of cast shadows
	ground       func(x, y int) rgb
}

// sitter is a lifelike portrait in the making.
type sitter struct {
	*head
	look
	c     *canvas
	s     *relief
	skull *mask
	g     grain

	halfway vector3 // between the light and the viewer
}

// drawLifelike paints the person from back to front.
func drawLifelike(c *canvas, p Person, l look) *head {
	h := newHead(p, c.n, lifelike())
	d := &sitter{head: h, look: l, c: c, s: newRelief(h), g: grain(p.Seed)}
	d.halfway = vector3{l.light.x, l.light.y, l.light.z + 1}.unit()
	// The ground is soft: a value for each pixel of the picture is enough.
	for y := 0; y < c.n; y += c.factor {
		for x := 0; x < c.n; x += c.factor {
			colour := l.ground(x, y)
			for j := y; j < y+c.factor; j++ {
				for i := x; i < x+c.factor; i++ {
					c.pix[j*c.n+i] = colour
				}
			}
		}
	}
	if h.long() {
		d.drawHair(c.mask(0, h.hairBehind()), true)
	}
	d.drawNeck()
	d.drawClothes()
	d.drawSkin()
	d.drawNose()
	for _, side := range []float64{-1, 1} {
		d.drawEye(side)
	}
	d.drawLines()
	if p.Beard >= beardFrom {
		d.drawBeard()
	}
	d.drawMouth()
	for _, side := range []float64{-1, 1} {
		brow := c.mask(0.012*h.r, h.brow(side))
		d.c.fill(brow, 0.88, d.browTone())
	}
	d.drawHairFront()
	if p.Glasses {
		d.drawGlasses()
	}
	return h
}

// skinTone is the person's colour in full light.
func (p Person) skinTone() rgb {
	return gradient(float32(p.SkinTone), rgb{0.99, 0.84, 0.75}, rgb{0.94, 0.75, 0.60}, rgb{0.83, 0.61, 0.455}, rgb{0.57, 0.37, 0.26}, rgb{0.36, 0.23, 0.165})
}

func (d *sitter) browTone() rgb {
	c := d.hairTone().scale(0.75)
	if d.HairColour == VividHair {
		c = rgb{0.25, 0.17, 0.14}
	}
	return c
}

// lit is a colour under the portrait's light on a surface with a normal.
// Direct light wraps a little around the form, as it does in skin and hair.
func (d *sitter) lit(albedo rgb, n vector3) rgb {
	const wrap = 0.35
	direct := float32(max((n.dot(d.light)+wrap)/(1+wrap), 0))
	sky := float32(0.75 - 0.25*n.y)
	out := albedo.times(d.ambient.scale(sky).plus(d.key.scale(direct)))
	// The border of light and dark is redder, where light comes through skin.
	edge := direct * (1 - direct) * 4
	out.r += 0.03 * edge * albedo.r
	out.b -= 0.02 * edge * albedo.b
	return out
}

// shine is how much a glossy surface mirrors the light to the viewer (Blinn's
// highlight of exponent 2^doublings).
func (d *sitter) shine(n vector3, doublings int) float32 {
	s := float32(max(n.dot(d.halfway), 0))
	for range doublings {
		s *= s
	}
	return s
}

func (d *sitter) drawSkin() {
	h, skin := d.head, d.skinTone()
	for _, side := range []float64{-1, 1} {
		m := d.c.mask(0, h.ear(side))
		d.c.paint(m, 1, func(x, y int) rgb {
			return d.lit(skin.times(rgb{0.97, 0.86, 0.82}), vector3{side * 0.75, 0, 0.66})
		})
		inner := h.ear(side).mixTowards(0.45)
		d.c.tint(d.c.mask(0.02*h.r, inner), 0.5, rgb{0.75, 0.6, 0.55})
	}
	d.skull = d.c.mask(0, h.outline())
	flush := float32(0.6 + 0.4*h.g0())
	cheekL, cheekR := h.on(-0.40, 0.34), h.on(0.40, 0.34)
	tip := h.on(0, h.noseY)
	near := func(x, y int, c point, radius float64) float32 {
		dx, dy := (float64(x)-c.x)/(radius*h.r), (float64(y)-c.y)/(radius*h.r)
		q := max(1-dx*dx-dy*dy, 0)
		return float32(q * q)
	}
	mottled := d.g.fork(3)
	d.c.paint(d.skull, 1, func(x, y int) rgb {
		n := d.s.normal(h, x, y)
		a := skin
		red := flush * (0.55*near(x, y, cheekL, 0.34) + 0.55*near(x, y, cheekR, 0.34) + 0.45*near(x, y, tip, 0.22))
		a = a.times(rgb{1, 1 - 0.16*red, 1 - 0.15*red})
		lx, ly := h.local(x, y)
		a = a.scale(float32(1 + (0.05+0.11*h.wrinkles)*(mottled.plane(5*lx, 5*ly)-0.5)))
		out := d.lit(a, n)
		spec := d.gloss * (0.20*d.shine(n, 4) + 0.10*d.shine(n, 6))
		return out.lighter(spec)
	})
	if h.wrinkles > 0 {
		for _, side := range []float64{-1, 1} { // tired eyes
			d.c.tint(d.c.mask(0.04*h.r, h.disc(side*h.eyeX, h.eyeY+0.14, 0.17, 0.06)), float32(0.75*h.wrinkles), rgb{0.72, 0.58, 0.56})
		}
	}
}

// g0 is a value in [0, 1) of the person's own.
func (h *head) g0() float64 { return grain(h.Seed).unit(0, 0) }

// mixTowards shrinks a path towards its middle.
func (p path) mixTowards(t float64) path {
	var c point
	for _, q := range p {
		c = c.plus(q)
	}
	c = point{c.x / float64(len(p)), c.y / float64(len(p))}
	out := make(path, len(p))
	for i, q := range p {
		out[i] = q.mix(c, t)
	}
	return out
}

func (d *sitter) drawNeck() {
	h, skin := d.head, d.skinTone().scale(0.95)
	m := d.c.mask(0, h.neck())
	d.c.paint(m, 1, func(x, y int) rgb {
		u := (float64(x) - float64(h.n)/2) / (0.5 * h.r)
		u = min(max(u, -0.95), 0.95)
		return d.lit(skin, vector3{u, 0.1, math.Sqrt(1 - u*u)}.unit())
	})
	// The head's shadow, away from the light.
	shade := d.c.maskWithin(m.Rect, 0.09*h.r, h.outline().shift(-0.22*h.r*d.light.x, 0.26*h.r))
	d.c.tint(shade.clip(m), d.shadow, rgb{0.52, 0.40, 0.38})
}

func (d *sitter) drawClothes() {
	h := d.head
	cloth := h.cloth()
	m := d.c.mask(0, h.body())
	folds := d.g.fork(4)
	d.c.paint(m, 1, func(x, y int) rgb {
		u := (float64(x)/float64(h.n) - 0.5) * h.n2r() / 1.3
		v := (float64(y) - h.y0) / h.r
		u = min(max(u, -0.95), 0.95)
		fold := folds.plane(4*u+2*v, 2.5*v) - 0.5
		n := vector3{u + 0.6*fold, -0.55 + 0.5*(v-1.2), math.Sqrt(1-u*u) + 0.2}.unit()
		return d.lit(cloth, n)
	})
	fixed := h.still
	if h.Collar > 0.7 { // a shirt's collar
		white := rgb{0.92, 0.91, 0.89}
		for _, s := range []float64{-1, 1} {
			p := path{fixed(s*0.42, 1.10), fixed(s*0.52, 1.20), fixed(s*0.34, 1.50), fixed(s*0.03, 1.56)}
			d.c.paint(d.c.mask(0, p), 1, func(x, y int) rgb { return d.lit(white, vector3{s * 0.4, -0.3, 0.85}) })
		}
	}
	d.c.tint(d.c.maskWithin(m.Rect, 0.05*h.r, h.outline().shift(-0.25*h.r*d.light.x, 0.22*h.r)).clip(m), d.shadow*0.6, rgb{0.6, 0.55, 0.55})
}

// cloth is the colour of the clothes, from muted to clear and dark to light.
func (h *head) cloth() rgb {
	return hue(h.Clothing, 0.12+0.30*h.g0(), 0.16+0.46*grain(h.Seed).unit(1, 0))
}

// n2r is the picture's size in units of the head.
func (h *head) n2r() float64 { return float64(h.n) / h.r }

func (d *sitter) drawNose() {
	h := d.head
	wide := 1 + 0.2*h.NoseWidth
	y := h.noseY
	dark := rgb{0.50, 0.34, 0.32}
	// The nose's shadow falls away from the light.
	away := -d.light.x
	cast := closed(h.on(0.05*away, y-0.25), h.on(0.06+0.22*away, y-0.02), h.on(0.10+0.20*away, y+0.10), h.on(-0.10+0.12*away, y+0.10), h.on(-0.12*wide, y+0.05))
	d.c.tint(d.c.mask(0.04*h.r, cast), 0.45*d.shadow, dark)
	under := closed(h.on(-0.16*wide, y+0.05), h.on(0, y+0.075), h.on(0.16*wide, y+0.05), h.on(0.1, y+0.115), h.on(0, y+0.125), h.on(-0.1, y+0.115))
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
	colour := gradient(float32(h.EyeColour), rgb{0.22, 0.12, 0.06}, rgb{0.36, 0.21, 0.10}, rgb{0.34, 0.40, 0.22}, rgb{0.30, 0.48, 0.62}, rgb{0.42, 0.58, 0.72})
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
	w := h.mouthWidth + 0.05*h.Smile
	for _, s := range []float64{-1, 1} {
		line(0.45*h.Smile+0.85*h.wrinkles, 0.04, h.on(s*0.19, h.noseY+0.03), h.on(s*0.29, h.noseY+0.13), h.on(s*(w+0.09), h.mouthY-0.02), h.on(s*(w+0.08), h.mouthY+0.09))
		for k := -1.0; k <= 1; k++ { // crow's feet
			x := h.eyeX + h.eyeWidth + 0.04
			line(0.9*h.wrinkles-0.1+0.2*h.Smile*h.wrinkles, 0.022, h.on(s*x, h.eyeY+0.03*k), h.on(s*(x+0.06), h.eyeY+0.06*k), h.on(s*(x+0.11), h.eyeY+0.11*k))
		}
		line(0.9*h.wrinkles, 0.03, h.on(s*(h.eyeX-0.13), h.eyeY+0.12), h.on(s*h.eyeX, h.eyeY+0.19), h.on(s*(h.eyeX+0.12), h.eyeY+0.15))
		line(0.9*h.wrinkles-0.3, 0.035, h.on(s*(w+0.02), h.mouthY+0.04), h.on(s*(w+0.06), h.mouthY+0.13), h.on(s*(w+0.04), h.mouthY+0.21))
		line(0.9*h.wrinkles-0.2, 0.025, h.on(s*0.05, h.browY-0.06), h.on(s*0.06, h.browY+0.0), h.on(s*0.05, h.browY+0.06))
	}
	for k := 0.0; k < 3; k++ {
		y := -0.32 - 0.10*k
		line(0.95*h.wrinkles-0.12*k, 0.03, h.on(-0.36+0.04*k, y+0.03), h.on(-0.15, y), h.on(0.02, y+0.02), h.on(0.18, y), h.on(0.36-0.04*k, y+0.03))
	}
}

func (d *sitter) drawMouth() {
	h := d.head
	s := h.Smile
	w := h.mouthWidth*(1+0.14*h.MouthWidth) + 0.055*s
	y := h.mouthY
	corner := y - 0.075*s + 0.015*h.wrinkles
	full := 1 + 0.35*h.Lips - 0.3*h.wrinkles
	open1 := 0.10 * smooth(s, 0.4, 1) // height of the opening
	up := 0.062 * full * (1 - 0.25*s)
	low := 0.085 * full * (1 - 0.15*s)
	mid := y + 0.03*s
	lips := d.skinTone().times(rgb{0.86, 0.58, 0.57})
	if h.Beard >= beardFrom || h.Jaw > 0.2 {
		lips = d.skinTone().times(rgb{0.86, 0.66, 0.62})
	}
	left, right := h.on(-w, corner), h.on(w, corner)
	upper := closed(left, h.on(-w*0.5, mid-up*0.75-0.35*(mid-corner)), h.on(-w*0.16, mid-up), h.on(0, mid-up*0.82), h.on(w*0.16, mid-up), h.on(w*0.5, mid-up*0.75-0.35*(mid-corner)), right, h.on(w*0.5, mid+0.005-0.3*(mid-corner)), h.on(0, mid+0.012), h.on(-w*0.5, mid+0.005-0.3*(mid-corner)))
	lower := closed(left, h.on(-w*0.5, mid+open1*0.8-0.25*(mid-corner)), h.on(0, mid+open1), h.on(w*0.5, mid+open1*0.8-0.25*(mid-corner)), right, h.on(w*0.55, mid+(open1+low)*0.72-0.1*(mid-corner)), h.on(0, mid+open1+low), h.on(-w*0.55, mid+(open1+low)*0.72-0.1*(mid-corner)))
	side := func(x, y int, up float64) vector3 {
		lx, _ := h.local(x, y)
		return vector3{0.8 * lx, up, 0.8}.unit()
	}
	if open1 > 0.01 {
		gap := closed(left, h.on(-w*0.5, mid-0.3*(mid-corner)-0.01), h.on(0, mid), h.on(w*0.5, mid-0.3*(mid-corner)-0.01), right, h.on(w*0.5, mid+open1*0.85-0.25*(mid-corner)), h.on(0, mid+open1+0.01), h.on(-w*0.5, mid+open1*0.85-0.25*(mid-corner)))
		hole := d.c.mask(0, gap)
		d.c.fill(hole, 1, rgb{0.25, 0.08, 0.08})
		teeth := closed(h.on(-w*0.86, corner+0.012), h.on(-w*0.4, mid-0.25*(mid-corner)), h.on(0, mid), h.on(w*0.4, mid-0.25*(mid-corner)), h.on(w*0.86, corner+0.012), h.on(w*0.45, mid+open1*0.70-0.22*(mid-corner)), h.on(0, mid+open1*0.88), h.on(-w*0.45, mid+open1*0.70-0.22*(mid-corner)))
		d.c.paint(d.c.mask(0, teeth).clip(hole), 1, func(x, y int) rgb { return d.lit(rgb{0.97, 0.95, 0.91}, side(x, y, -0.2)) })
	}
	d.c.paint(d.c.mask(0, upper), 0.9, func(x, y int) rgb { return d.lit(lips.scale(0.86), side(x, y, 0.35)) })
	d.c.paint(d.c.mask(0, lower), 0.9, func(x, y int) rgb {
		n := side(x, y, -0.35)
		out := d.lit(lips, n)
		return out
	})
	if open1 <= 0.01 {
		seam := open(left, h.on(-w*0.5, mid-0.35*(mid-corner)), h.on(-w*0.12, mid+0.005), h.on(0, mid+0.012), h.on(w*0.12, mid+0.005), h.on(w*0.5, mid-0.35*(mid-corner)), right)
		d.c.tint(d.c.mask(0, seam.stroke(0.025*h.r, 0.03*h.r, 0.025*h.r)), 0.85, rgb{0.38, 0.22, 0.22})
	}
	for _, q := range []point{left, right} {
		d.c.tint(d.c.mask(0.014*h.r, circle(q, 0.03*h.r, 0.025*h.r)), 0.6, rgb{0.5, 0.35, 0.33})
	}
	shine := h.disc(0.08*d.light.x, mid+open1+low*0.45, w*0.35, low*0.2)
	d.c.fill(d.c.mask(0.01*h.r, shine), 0.25*d.gloss, rgb{1, 0.95, 0.93})
	d.c.tint(d.c.mask(0.025*h.r, h.disc(0, mid+open1+low+0.045, w*0.55, 0.03)), 0.4, rgb{0.62, 0.5, 0.48})
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
	frame := gradient(float32(grain(h.Seed).unit(2, 0)), rgb{0.07, 0.06, 0.07}, rgb{0.10, 0.08, 0.10}, rgb{0.26, 0.12, 0.07})
	d.c.paint(d.c.mask(0, h.frames(0.062)...), 0.96, func(x, y int) rgb { return frame })
	bright := d.c.mask(0.006*h.r, path{h.at(-h.eyeX-0.12, h.eyeY-0.15, 0.68), h.at(-h.eyeX+0.08, h.eyeY-0.17, 0.72)}.stroke(0.008*h.r, 0.02*h.r, 0.008*h.r))
	d.c.fill(bright, 0.4, rgb{0.9, 0.9, 0.95})
}
