package portraits

import "math"

// look is the lighting of a lifelike portrait; Photo and Oil differ in it and in what happens to the picture
// afterwards.
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
func drawLifelike(c *canvas, p Person, l look) {
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
}

// skinTone is the person's colour in full light.
func (p Person) skinTone() rgb {
	return gradient(
		float32(p.SkinTone), rgb{0.99, 0.84, 0.75}, rgb{0.94, 0.75, 0.60}, rgb{0.83, 0.61, 0.455},
		rgb{0.57, 0.37, 0.26}, rgb{0.36, 0.23, 0.165},
	)
}

func (d *sitter) browTone() rgb {
	c := d.hairTone().scale(0.75)
	if d.HairColour == VividHair {
		c = rgb{0.25, 0.17, 0.14}
	}
	return c
}

// lit is a colour under the portrait's light on a surface with a normal. Direct light wraps a little around the form,
// as it does in skin and hair.
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

// shine is how much a glossy surface mirrors the light to the viewer (Blinn's highlight of exponent 2^doublings).
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
	flush := float32(0.6 + 0.4*h.own(0))
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
		u := (float64(x) - float64(h.n)/2) / (1.3 * h.r)
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
	return hue(h.Clothing, 0.12+0.30*h.own(0), 0.16+0.46*h.own(1))
}
