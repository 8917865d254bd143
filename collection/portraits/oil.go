package portraits

import (
	"math"
	"slices"
)

// drawOil is a painting: one warm light on a dark ground, laid on in layers of ever finer brush strokes.
func drawOil(p Person, size int) *canvas {
	// Strokes hide the fine structure of their model, which is why it can be coarser than the painting.
	model := newCanvas(size, 1)
	if size < smallSize {
		model = newCanvas(size, sampling(size))
	}
	g := grain(p.Seed).fork(9)
	side := math.Copysign(0.45+0.55*math.Abs(p.Light), p.Light)
	drawLifelike(model, p, look{
		light:   vector3{0.95 * side, -0.62, 0.62}.unit(),
		ambient: rgb{0.41, 0.36, 0.325},
		key:     rgb{0.93, 0.85, 0.73},
		gloss:   0.55,
		shadow:  0.8,
		ground:  darkGround(p, g, float64(model.n)),
	})
	e := newEasel(model.enlarge(sampling(size)/model.factor), p, g)
	e.paint()
	return e.c.reduce()
}

// darkGround is a brown that is a little lighter on the side away from the light, as painters set a head off.
func darkGround(p Person, g grain, n float64) func(x, y int) rgb {
	base := hue(0.07+0.05*(p.Background-0.5), 0.35, 0.17+0.07*g.unit(0, 1)).mix(hue(p.Background, 0.3, 0.2), 0.35)
	cx := n * (0.5 - 0.28*math.Copysign(1, p.Light))
	return func(x, y int) rgb {
		dx, dy := (float64(x)-cx)/n, (float64(y)-0.45*n)/n
		glow := max(1-2.2*(dx*dx+dy*dy), 0)
		cloud := g.plane(5*float64(x)/n, 5*float64(y)/n)
		return base.scale(float32(0.45 + 0.95*glow*(0.7+0.5*cloud)))
	}
}

// easel holds a picture that is to be painted and the painting so far.
type easel struct {
	c      *canvas
	h      *head
	g      grain
	model  []rgb     // what is painted
	height []float32 // of the paint, which the light catches at the end
}

func newEasel(c *canvas, p Person, g grain) *easel {
	return &easel{
		c: c, h: newHead(p, c.n, lifelike()), g: g,
		model: slices.Clone(c.pix), height: make([]float32, len(c.pix)),
	}
}

// paint covers the canvas with broad strokes and then adds finer ones where the painting still differs from its
// model.
func (e *easel) paint() {
	const finest = 1.2 // pixels
	last := math.Inf(1)
	for layer, brush := range []struct {
		part      float64 // width in parts of the picture
		tolerance float32 // squared distance of colours that is left alone
	}{{1.0 / 16, 0}, {1.0 / 32, 0.004}, {1.0 / 56, 0.003}, {1.0 / 90, 0.003}, {1.0 / 150, 0.003}} {
		width := max(brush.part*float64(e.c.n), finest)
		if width > 0.8*last {
			break // no brush is finer
		}
		e.layer(e.g.fork(layer), width, brush.tolerance)
		last = width
	}
	e.varnish()
}

// layer lays strokes of one brush at the jittered points of a grid, in an order that does not show the grid.
func (e *easel) layer(g grain, width float64, tolerance float32) {
	n := e.c.n
	step := width
	cells := int(float64(n)/step) + 1
	total := cells * cells
	stride := coprime(total)
	for i := 0; i < total; i++ {
		cell := i * stride % total
		cx, cy := cell%cells, cell/cells
		x := (float64(cx) + g.unit(cx, 2*cy)) * step
		y := (float64(cy) + g.unit(cx, 2*cy+1)) * step
		px, py := min(int(x), n-1), min(int(y), n-1)
		if tolerance > 0 && e.model[py*n+px].distance(e.c.pix[py*n+px]) < tolerance*e.haste(px, py) {
			continue
		}
		e.stroke(g, point{x, y}, e.direction(px, py, int(width/2)+1), width, e.mean(px, py, int(width/3)), cx, cy)
	}
}

// coprime is a stride that visits all of total cells, far apart in sequence.
func coprime(total int) int {
	stride := int(float64(total)*0.382) | 1
	for gcd(stride, total) != 1 {
		stride += 2
	}
	return stride
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// haste is how much less care a place gets than the features of the face: 1 there, more towards the hair, the clothes
// and the ground.
func (e *easel) haste(x, y int) float32 {
	lx, ly := e.h.local(x, y)
	lx, ly = lx-0.4*e.h.sinYaw, ly-0.25
	return float32(1 + 6*smooth(lx*lx/0.49+ly*ly/0.56, 0.7, 1.6))
}

// mean is the model's colour around a pixel.
func (e *easel) mean(x, y, reach int) rgb {
	n := e.c.n
	var sum rgb
	for j := -1; j <= 1; j++ {
		row := min(max(y+j*reach, 0), n-1) * n
		for i := -1; i <= 1; i++ {
			sum = sum.plus(e.model[row+min(max(x+i*reach, 0), n-1)])
		}
	}
	return sum.scale(1.0 / 9)
}

// direction is the unit vector along which the model changes least, so that strokes follow the form; where it is
// flat, a slow drift.
func (e *easel) direction(x, y, reach int) point {
	n := e.c.n
	at := func(x, y int) float64 {
		return float64(e.model[min(max(y, 0), n-1)*n+min(max(x, 0), n-1)].luma())
	}
	a, b, c, d := at(x-reach, y-reach), at(x+reach, y-reach), at(x-reach, y+reach), at(x+reach, y+reach)
	gx := (b+d-a-c)/2 + at(x+reach, y) - at(x-reach, y)
	gy := (c+d-a-b)/2 + at(x, y+reach) - at(x, y-reach)
	drift := 6 * e.g.plane(3*float64(x)/float64(n), 3*float64(y)/float64(n))
	sin, cos := math.Sincos(drift)
	const flat = 0.06
	dx, dy := -gy+flat*cos, gx+flat*sin
	l := math.Hypot(dx, dy) + 1e-9
	// No stroke is quite level or upright, which spares divisions by zero.
	return point{dx/l + 1e-6, dy/l + 1e-6}
}

// stroke lays one stroke of a bristle brush.
func (e *easel) stroke(g grain, at, along point, width float64, colour rgb, cx, cy int) {
	n := e.c.n
	half, reach := width*0.65, width*(1.3+0.8*g.unit(cx, -2-cy))
	if width < 2 { // a dab of the smallest brush
		reach = 1.1 * width
	}
	tone := float32(1 + 0.09*(g.unit(cx, -1000-cy)-0.5))
	ex := math.Abs(along.x)*reach + math.Abs(along.y)*half
	ey := math.Abs(along.y)*reach + math.Abs(along.x)*half
	bristles := g.fork(cx*4099 + cy)
	const rows = 16
	var bristle [rows + 1]float32
	for i := range bristle {
		bristle[i] = float32(bristles.unit(i, 0))
	}
	for y := max(int(at.y-ey), 0); y <= min(int(at.y+ey), n-1); y++ {
		// The part of the row with |u| < 1 and |v| < 1.
		dy := float64(y) - at.y
		mid, reachX := -dy*along.y/along.x, reach/math.Abs(along.x)
		lo, hi := max(mid-reachX, -ex), min(mid+reachX, ex)
		mid, reachX = dy*along.x/along.y, half/math.Abs(along.y)
		lo, hi = max(lo, mid-reachX), min(hi, mid+reachX)
		first := max(int(math.Ceil(at.x+lo)), 0)
		dx := float64(first) - at.x
		u, v := float32((dx*along.x+dy*along.y)/reach), float32((dy*along.x-dx*along.y)/half)
		stepU, stepV := float32(along.x/reach), float32(-along.y/half)
		for x := first; x <= min(int(math.Floor(at.x+hi)), n-1); x, u, v = x+1, u+stepU, v+stepV {
			q := u*u*u*u + v*v
			if q >= 1 {
				continue
			}
			b := bristle[int((v+1)*rows/2)]
			alpha := min((1-q)*3, 1) * (0.72 + 0.28*b)
			i := y*n + x
			e.c.pix[i] = e.c.pix[i].mix(colour.scale(tone*(0.95+0.10*b)), alpha)
			e.height[i] += (b*0.7 + 0.5*(1-v*v) - e.height[i]) * alpha
		}
	}
}

// varnish lights the ridges of the paint and the weave of the canvas, and warms the colours.
func (e *easel) varnish() {
	n := e.c.n
	weave := make([]float32, n) // a thread every two pixels of the picture
	for i := range weave {
		weave[i] = float32(math.Sin(math.Pi * (float64(i) + 0.5) / float64(e.c.factor)))
	}
	for y := 0; y < n; y++ {
		for x := 0; x < n; x++ {
			i := y*n + x
			before := e.height[max(y-1, 0)*n+max(x-1, 0)]
			relief := 1 + 0.10*(e.height[i]-before)
			light := relief * (1 + 0.02*weave[x]*weave[y])
			e.c.pix[i] = e.c.pix[i].times(rgb{1.02 * light, light, 0.95 * light})
		}
	}
}
