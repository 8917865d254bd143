package portraits

// hairTone is the flat colour of lit hair, cleaner than in life.
func (d *cel) hairTone() rgb {
	var c, grey rgb
	s := float32(d.HairShade)
	switch d.HairColour {
	case FairHair:
		c, grey = gradient(s, rgb{0.85, 0.46, 0.26}, rgb{0.90, 0.68, 0.36}, rgb{0.98, 0.87, 0.55}), rgb{0.90, 0.89, 0.87}
	case VividHair:
		c = gradient(s, rgb{0.98, 0.60, 0.72}, rgb{0.72, 0.55, 0.93}, rgb{0.42, 0.62, 0.97}, rgb{0.42, 0.83, 0.74})
		grey = c.mix(rgb{0.85, 0.85, 0.87}, 0.55)
	default:
		c, grey = gradient(s, rgb{0.18, 0.17, 0.25}, rgb{0.29, 0.21, 0.22}, rgb{0.44, 0.29, 0.22}), rgb{0.60, 0.60, 0.63}
	}
	return c.mix(grey, 0.9*float32(smooth(d.Age, 44, 68)))
}

func (d *cel) drawHairBehind() {
	h, tone := d.head, d.hairTone()
	if !h.long() {
		// The nape, behind the neck.
		p := closed(h.rim(-0.5, 0.2, -0.1), h.rim(0.5, 0.2, -0.1), h.rim(0.36, 0.84, -0.1), h.rim(0, 0.76, -0.1), h.rim(-0.36, 0.84, -0.1))
		d.c.fill(d.c.mask(0, p), 1, d.shade(tone))
		return
	}
	p := h.hairBehind()
	d.c.fill(d.c.mask(0, p), 1, d.shade(tone))
	for k := -3.0; k <= 3; k++ {
		x := 0.28*k + 0.08*(d.g.unit(int(k), 11)-0.5)
		d.trace(open(
			h.rim(x, 0.5, -0.2), h.rim(x*1.06+h.curl(1)*0.5, 1, 0),
			h.rim(x*1.1+h.curl(h.hairEnd()), h.hairEnd()-0.05, 0),
		), 0.8, d.ink(tone).mix(tone, 0.4))
	}
	d.outline(p, d.ink(tone))
}

// animeHair is the outline of the hair in front, with pointed locks.
func (h *head) animeHair(g grain) path {
	v := h.lift() + 0.03
	w := h.cheek * h.width
	// half runs from the crown down one side and back up to the temple.
	half := func(s float64) path {
		k := int(s) * 100
		pts := append([]point{h.rim(0, -1.02-v, -0.1)}, h.crown(s, v)...)
		if h.long() {
			end := h.hairEnd() - 0.12
			for y := 0.2; y < end-0.1; y += 0.3 {
				pts = append(pts, h.rim(s*(w+0.02+0.6*v+0.05*y+h.curl(y)), y, -0.05))
			}
			tip := h.rim(s*(w-0.03+h.curl(end)), end, 0.05)
			out := append(open(pts...), tip)
			back := []point{tip}
			for y := end - 0.25; y > 0.25; y -= 0.3 {
				back = append(back, h.rim(s*(w-0.14+0.06*y+0.7*h.curl(y)), y, 0.1))
			}
			back = append(back, h.rim(s*(w-0.13), 0.1, 0.1))
			return append(out, open(back...)...)
		}
		out := open(append(pts, h.rim(s*(w+0.05+0.3*v), 0.16+0.06*g.unit(k, 1), -0.05))...)
		// Two pointed locks before the ear.
		out = append(out, h.rim(s*(w-0.02), 0.08, 0), h.rim(s*(w-0.05), 0.34+0.1*g.unit(k, 2), 0.05), h.rim(s*(w-0.12), 0.0, 0.12))
		return out
	}
	right, left := half(1), half(-1)
	// The fringe: locks from the right temple to the left.
	const locks = 6
	fringe := path{}
	span := 2 * (w - 0.13)
	sweep := h.part()
	for i := 0; i < locks; i++ {
		x0 := span/2 - span*float64(i)/locks
		x1 := span/2 - span*float64(i+1)/locks
		mid := (x0 + x1) / 2
		tipY := h.hairline(mid) + 0.26 + 0.10*g.unit(i, 20)
		tipY = min(tipY, h.eyeY-0.10)
		tipX := mid + 0.25*(mid-sweep)*(1-h.Fringe) + 0.06*(g.unit(i, 21)-0.5)
		valley := h.hairline(x1) - 0.02 + 0.08*g.unit(i, 22)
		start := h.on(x0, h.hairline(x0)-0.02)
		if i > 0 {
			start = fringe[len(fringe)-1]
		}
		tip, end := h.on(tipX, tipY), h.on(x1, valley)
		if i == locks-1 {
			end = h.rim(-(w - 0.13), 0.0, 0.1)
		}
		fringe = append(fringe, open(start, start.mix(tip, 0.55).plus(point{0.03 * h.r, 0}), tip)...)
		fringe = append(fringe, open(tip, tip.mix(end, 0.4).plus(point{0.02 * h.r, 0}), end)...)
	}
	out := append(path{}, right...)
	out = append(out, fringe...)
	return append(out, reversed(left)...)
}

func (d *cel) drawHairFront() {
	h, tone := d.head, d.hairTone()
	p := h.animeHair(d.g)
	m := d.c.mask(0, p)
	cast := d.c.mask(0, p.shift(-0.03*d.light*h.r, 0.09*h.r)).clip(d.skull).cut(m)
	d.c.fill(cast, 0.85, d.shade(d.skinTone()))
	d.c.fill(m, 1, tone)
	// Shadow: the side away from the light, and thin locks.
	d.c.fill(d.c.mask(0, p.shift(0.16*d.light*h.r, -0.06*h.r)).clip(m).invert(m), 0.9, d.shade(tone))
	// A band of light with a ragged edge around the skull.
	d.c.fill(d.c.mask(0, d.halo()).clip(m), 0.75, tone.mix(rgb{1, 1, 1}, 0.45))
	px := h.part()
	for k := -4; k <= 4; k++ {
		x := 0.17*float64(k) + 0.06*(d.g.unit(k, 30)-0.5)
		from := h.rim(px+0.15*(x-px), -0.98-h.lift(), -0.05)
		to := h.on(x+0.12*(x-px), h.hairline(x)+0.02)
		lock := open(from, from.mix(to, 0.5).plus(point{0.10 * (x - px) * h.r, -0.04 * h.r}), to)
		line := d.c.mask(0, lock.stroke(0.2*d.line, 0.7*d.line, 0.2*d.line)).clip(m)
		d.c.fill(line, 1, d.ink(tone).mix(tone, 0.35))
	}
	d.outline(p, d.ink(tone))
}

// halo is the zigzag highlight on drawn hair.
func (d *cel) halo() path {
	h := d.head
	var top, bottom path
	const teeth = 9
	for i := 0; i <= 2*teeth; i++ {
		x := -0.62 + 1.24*float64(i)/(2*teeth)
		arc := 0.32 * x * x
		rag := 0.05 * d.g.unit(i, 40)
		if i%2 == 1 {
			rag += 0.08
		}
		top = append(top, h.at(x, -0.80+arc-0.4*rag, 0.3))
		bottom = append(bottom, h.at(x, -0.72+arc+rag, 0.35))
	}
	return append(top, reversed(bottom)...)
}

func (d *cel) drawBeard() {
	h := d.head
	tone := d.hairTone()
	p := h.beardOutline()
	m := d.c.mask(0, p)
	d.c.fill(m, 1, tone)
	d.c.fill(d.c.mask(0, p.shift(0.12*d.light*h.r, -0.08*h.r)).clip(m).invert(m), 0.9, d.shade(tone))
	for k := -3; k <= 3; k++ {
		x := 0.13 * float64(k)
		long := 0.2 * smooth(h.Beard, 0.3, 1)
		d.trace(open(h.on(x, 0.86), h.on(x*0.95, 0.98+long)), 0.7, d.ink(tone).mix(tone, 0.35))
	}
	d.outline(p, d.ink(tone))
}
