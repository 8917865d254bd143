package portraits

import (
	"image"
	"math"
)

// point is a place on the canvas in pixels, x to the right and y down.
type point struct{ x, y float64 }

func (p point) plus(q point) point { return point{p.x + q.x, p.y + q.y} }

func (p point) minus(q point) point { return point{p.x - q.x, p.y - q.y} }

func (p point) mix(q point, t float64) point {
	return point{p.x + (q.x-p.x)*t, p.y + (q.y-p.y)*t}
}

// path is a polygon, closed when it is filled.
type path []point

// box is the smallest rectangle of pixels that holds the path.
func (p path) box() image.Rectangle {
	if len(p) == 0 {
		return image.Rectangle{}
	}
	lo, hi := p[0], p[0]
	for _, q := range p[1:] {
		lo.x, lo.y = min(lo.x, q.x), min(lo.y, q.y)
		hi.x, hi.y = max(hi.x, q.x), max(hi.y, q.y)
	}
	return image.Rect(int(math.Floor(lo.x)), int(math.Floor(lo.y)), int(math.Ceil(hi.x))+1, int(math.Ceil(hi.y))+1)
}

// shift moves the path by whole or part pixels.
func (p path) shift(dx, dy float64) path {
	out := make(path, len(p))
	for i, q := range p {
		out[i] = point{q.x + dx, q.y + dy}
	}
	return out
}

// spline steps a curve is cut into between two of its points.
const splineSteps = 6

// closed is the smooth (Catmull-Rom) closed curve through the points.
func closed(through ...point) path {
	n := len(through)
	out := make(path, 0, n*splineSteps)
	for i := range through {
		out = appendSegment(out, through[(i+n-1)%n], through[i], through[(i+1)%n], through[(i+2)%n])
	}
	return out
}

// open is the smooth curve from the first point to the last.
func open(through ...point) path {
	n := len(through)
	out := make(path, 0, n*splineSteps)
	for i := 0; i+1 < n; i++ {
		out = appendSegment(out, through[max(i-1, 0)], through[i], through[i+1], through[min(i+2, n-1)])
	}
	return append(out, through[n-1])
}

// appendSegment adds the curve from b up to, and without, c.
func appendSegment(out path, a, b, c, d point) path {
	for k := 0; k < splineSteps; k++ {
		t := float64(k) / splineSteps
		t2, t3 := t*t, t*t*t
		wa, wb := -0.5*t3+t2-0.5*t, 1.5*t3-2.5*t2+1
		wc, wd := -1.5*t3+2*t2+0.5*t, 0.5*t3-0.5*t2
		out = append(out, point{
			wa*a.x + wb*b.x + wc*c.x + wd*d.x,
			wa*a.y + wb*b.y + wc*c.y + wd*d.y,
		})
	}
	return out
}

// stroke is the outline of a line along p whose width goes from start through middle (at half of its points) to end.
func (p path) stroke(start, middle, end float64) path {
	n := len(p)
	out := make(path, 2*n)
	for i, q := range p {
		d := p[min(i+1, n-1)].minus(p[max(i-1, 0)])
		l := math.Hypot(d.x, d.y)
		if l == 0 {
			l = 1
		}
		t := float64(i) / float64(max(n-1, 1))
		w := start + (middle-start)*2*t
		if t > 0.5 {
			w = middle + (end-middle)*(2*t-1)
		}
		nx, ny := -d.y/l*w/2, d.x/l*w/2
		out[i] = point{q.x + nx, q.y + ny}
		out[2*n-1-i] = point{q.x - nx, q.y - ny}
	}
	return out
}

// ring is the closed band of a width along the closed curve p. The inner edge runs against the outer one, so that the
// non-zero rule leaves the middle free.
func (p path) ring(width float64) []path {
	n := len(p)
	outer, inner := make(path, n), make(path, n)
	sign := 1.0
	if p.area() < 0 {
		sign = -1
	}
	for i, q := range p {
		d := p[(i+1)%n].minus(p[(i+n-1)%n])
		l := math.Hypot(d.x, d.y)
		if l == 0 {
			l = 1
		}
		nx, ny := sign*d.y/l*width/2, -sign*d.x/l*width/2
		outer[i] = point{q.x + nx, q.y + ny}
		inner[n-1-i] = point{q.x - nx, q.y - ny}
	}
	return []path{outer, inner}
}

// area is positive when the path runs clockwise on the screen.
func (p path) area() float64 {
	sum := 0.0
	for i, q := range p {
		r := p[(i+1)%len(p)]
		sum += q.x*r.y - r.x*q.y
	}
	return sum / 2
}

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
