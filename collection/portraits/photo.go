package portraits

import "math"

// drawPhoto is a snapshot: a key light from one side and a bright room, things out of focus behind, and the noise of
// a sensor.
func drawPhoto(p Person, size int) *canvas {
	c := newCanvas(size, sampling(size))
	g := grain(p.Seed).fork(1)
	n := float64(c.n)
	warm := float32(g.unit(1, 1))
	drawLifelike(c, p, look{
		light:   vector3{0.75 * p.Light, -0.55, 0.75}.unit(),
		ambient: rgb{0.53, 0.515, 0.515},
		key:     rgb{0.67, 0.645, 0.60}.mix(rgb{0.635, 0.64, 0.65}, warm),
		gloss:   0.8,
		shadow:  0.75,
		ground:  outOfFocus(p, g, n),
	})
	picture := c.reduce()
	n = float64(picture.n)
	for y := 0; y < picture.n; y++ {
		for x := 0; x < picture.n; x++ {
			dx, dy := float64(x)/n-0.5, float64(y)/n-0.5
			vignette := float32(1 - 0.35*(dx*dx+dy*dy))
			q := &picture.pix[y*picture.n+x]
			grey := 0.011 * float32(g.normal(x, y))
			noisy := func(v float32) float32 {
				v *= vignette
				return v + grey*(0.7+0.6*v)
			}
			*q = rgb{noisy(q.r), noisy(q.g), noisy(q.b)}
		}
	}
	return picture
}

// outOfFocus is a background of large soft discs over a gradient.
func outOfFocus(p Person, g grain, n float64) func(x, y int) rgb {
	light := 0.30 + 0.45*g.unit(2, 0)
	top := hue(p.Background, 0.16, light*1.15)
	bottom := hue(p.Background+0.12*(g.unit(2, 1)-0.5), 0.18, light*0.75)
	type disc struct {
		x, y, r float64
		colour  rgb
		alpha   float32
	}
	discs := make([]disc, 3+int(6*g.unit(2, 2)))
	for i := range discs {
		discs[i] = disc{
			x: g.unit(i, 3) * n, y: g.unit(i, 4) * n * 0.9, r: (0.06 + 0.16*g.unit(i, 5)) * n,
			colour: hue(p.Background+0.4*(g.unit(i, 6)-0.5), 0.28, light*(0.6+0.9*g.unit(i, 7))),
			alpha:  float32(0.25 + 0.4*g.unit(i, 8)),
		}
	}
	return func(x, y int) rgb {
		fx, fy := float64(x), float64(y)
		c := top.mix(bottom, float32(fy/n))
		for _, d := range discs {
			dx, dy := fx-d.x, fy-d.y
			q := dx*dx + dy*dy
			if q >= d.r*d.r*1.7 {
				continue
			}
			c = c.mix(d.colour, d.alpha*float32(1-smooth(math.Sqrt(q)/d.r, 0.75, 1.3)))
		}
		return c
	}
}
