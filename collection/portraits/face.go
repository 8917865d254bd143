package portraits

import "math"

// Heads are described in units of half their height: the crown at y = -1, the chin at y = 1, x to the viewer's right
// and z towards the viewer, with the origin in the middle of the skull.

// proportions say where a style puts the features of a head.
type proportions struct {
	centreY, unit      float64 // on the picture, in parts of its size
	eyeX, eyeY         float64
	eyeWidth, eyeOpen  float64 // half extents
	browY              float64
	noseY, mouthY      float64
	mouthWidth         float64 // half
	cheek, jaw, pointy float64 // half widths at the ears and the jaw; 0 round to 1 pointed chin
}

func lifelike() proportions {
	return proportions{
		centreY: 0.47, unit: 0.35,
		eyeX: 0.30, eyeY: 0.03, eyeWidth: 0.155, eyeOpen: 0.074,
		browY: -0.16, noseY: 0.38, mouthY: 0.645, mouthWidth: 0.235,
		cheek: 0.715, jaw: 0.60, pointy: 0.3,
	}
}

// head is a person posed on a canvas: it turns places of the head into pixels.
type head struct {
	Person
	proportions
	n                      int
	x0, y0, r              float64 // centre and unit in pixels
	cosYaw, sinYaw         float64
	cosPitch, sinPitch     float64
	cosTilt, sinTilt       float64
	wrinkles               float64 // [0, 1]
	width, lower, eyeScale float64 // face shape as factors
}

func newHead(p Person, n int, s proportions) *head {
	h := &head{Person: p, proportions: s, n: n}
	size := float64(n)
	h.r = s.unit * size * (1 + 0.06*p.Zoom)
	h.sinYaw, h.cosYaw = math.Sincos(p.Yaw * math.Pi / 180)
	h.sinPitch, h.cosPitch = math.Sincos(-p.Pitch * math.Pi / 180)
	h.sinTilt, h.cosTilt = math.Sincos(p.Tilt * math.Pi / 180)
	h.x0 = size * (0.5 + 0.025*p.Shift + 0.02*h.sinTilt)
	h.y0 = size * s.centreY
	h.wrinkles = ramp(p.Age, 31, 72)
	h.width = 1 + 0.09*p.FaceWidth
	h.lower = 1 + 0.15*p.Jaw + 0.05*(h.wrinkles-0.4)
	h.noseY += 0.045 * p.NoseLength
	h.mouthY += 0.015 * p.NoseLength
	h.eyeScale = (1 + 0.2*p.EyeSize) * (1.08 - 0.22*h.wrinkles)
	return h
}

// ramp rises from 0 at lo to 1 at hi.
func ramp(v, lo, hi float64) float64 { return min(max((v-lo)/(hi-lo), 0), 1) }

// smooth is ramp with a soft start and end.
func smooth(v, lo, hi float64) float64 {
	t := ramp(v, lo, hi)
	return t * t * (3 - 2*t)
}

// at projects a place of the head: yaw, pitch and tilt, then parallel.
func (h *head) at(x, y, z float64) point {
	x, z = x*h.cosYaw+z*h.sinYaw, z*h.cosYaw-x*h.sinYaw
	y = y*h.cosPitch + z*h.sinPitch
	x, y = x*h.cosTilt-y*h.sinTilt, x*h.sinTilt+y*h.cosTilt
	return point{h.x0 + x*h.r, h.y0 + y*h.r}
}

// depth is z on the front of the face.
func (h *head) depth(x, y float64) float64 {
	q := x*x/(0.80*0.80) + y*y/(1.3*1.3)
	return 0.72 * math.Sqrt(max(1-q, 0.04))
}

// on projects a place on the front of the face.
func (h *head) on(x, y float64) point { return h.at(x, y, h.depth(x, y)) }

// rim projects a place of the outline. An outline does not get narrower when a rounded head turns, so x is kept while
// z still shifts it.
func (h *head) rim(x, y, z float64) point { return h.at(x/h.cosYaw, y, z) }

// local is the place of a pixel in units of the head with the tilt undone, but not yaw and pitch.
func (h *head) local(x, y int) (float64, float64) {
	dx, dy := (float64(x)+0.5-h.x0)/h.r, (float64(y)+0.5-h.y0)/h.r
	return dx*h.cosTilt + dy*h.sinTilt, dy*h.cosTilt - dx*h.sinTilt
}

// offset is local for a projected point.
func (h *head) offset(p point) (float64, float64) {
	dx, dy := (p.x-h.x0)/h.r, (p.y-h.y0)/h.r
	return dx*h.cosTilt + dy*h.sinTilt, dy*h.cosTilt - dx*h.sinTilt
}

// mirrored completes the right half of an outline, given from top to bottom, by its left half. project is one of the
// head's projections.
func mirrored(project func(x, y float64) point, right ...point) []point {
	var out []point
	for _, q := range right {
		out = append(out, project(q.x, q.y))
	}
	for i := len(right) - 1; i >= 0; i-- {
		if right[i].x != 0 {
			out = append(out, project(-right[i].x, right[i].y))
		}
	}
	return out
}

// outline is the contour of head and face. The lower it is, the further forward it lies, which moves the chin when
// the head turns.
func (h *head) outline() path {
	c, j := h.cheek*h.width, h.jaw*h.width*h.lower
	sag := 0.03 * h.wrinkles
	chin := 0.26 - 0.1*h.pointy + 0.05*h.Jaw
	return closed(mirrored(
		func(x, y float64) point { return h.rim(x, y, 0.42*smooth(y, -0.1, 1)) },
		point{0, -1}, point{0.38 * h.width, -0.89}, point{0.61 * h.width, -0.62}, point{c * 0.975, -0.25},
		point{c, 0.12}, point{(j + c) / 2, 0.40}, point{j*(1-0.18*h.pointy) + sag, 0.66},
		point{(j*0.62 + sag) * (1 - 0.25*h.pointy), 0.87}, point{chin, 0.975}, point{0, 1},
	)...)
}

// ear is the outline of the ear on one side (-1 left, 1 right); the head's turn hides the one and brings the other
// forward.
func (h *head) ear(side float64) path {
	seen := 1 - 1.6*side*h.sinYaw
	cx, rx := side*(h.cheek*h.width+0.01), 0.10*min(max(seen, 0.2), 1.3)
	project := func(x, y float64) point { return h.rim(cx+side*x*rx, y, -0.05) }
	return closed(project(-0.6, -0.05), project(0.5, -0.10), project(1, 0.02), project(0.8, 0.2), project(0.2, 0.38), project(-0.6, 0.34))
}

// still projects a place of the body, which does not turn with the head.
func (h *head) still(x, y float64) point {
	return point{float64(h.n)*(0.5+0.025*h.Shift) + x*h.r, h.y0 + y*h.r}
}

// neck is drawn from inside the head down to the shoulders, which do not turn.
func (h *head) neck() path {
	w := 0.40 + 0.05*h.FaceWidth + 0.05*h.Jaw
	top, mid := 0.55, 1.12
	fixed := h.still
	return closed(
		h.at(-w, top, 0), h.at(w, top, 0), fixed(w*0.98, mid), fixed(w*1.25, 1.42), fixed(w*1.6, 1.8),
		fixed(-w*1.6, 1.8), fixed(-w*1.25, 1.42), fixed(-w*0.98, mid),
	)
}

// body is the outline of the clothes, with the opening that the collar leaves.
func (h *head) body() path {
	fixed := h.still
	w := 1.18 + 0.1*h.Jaw + 0.08*h.FaceWidth
	p := open(fixed(0.44, 1.16), fixed(0.62, 1.24), fixed(w*0.85, 1.33), fixed(w*1.05, 1.48), fixed(w*1.15, 1.8))
	p = append(p, fixed(w*1.2, 2.2), fixed(-w*1.2, 2.2))
	p = append(p, open(fixed(-w*1.15, 1.8), fixed(-w*1.05, 1.48), fixed(-w*0.85, 1.33), fixed(-0.62, 1.24), fixed(-0.44, 1.16))...)
	depth, sharp := 1.38, 0.24
	if h.Collar > 0.4 {
		depth, sharp = 1.55, 0.12
	}
	return append(p, open(fixed(-0.40, 1.2), fixed(-sharp, depth-0.06), fixed(0, depth), fixed(sharp, depth-0.06), fixed(0.40, 1.2))...)
}

// eye describes one opened eye in pixels.
type eye struct {
	side         float64
	centre       point
	outline      path
	upper, lower path // lids, from the inner to the outer corner
	iris         point
	radius       float64 // of the iris
}

func (h *head) eye(side float64) eye {
	x := side * (h.eyeX + 0.035*h.EyeSpacing)
	w, o := h.eyeWidth*(1+0.08*h.EyeSize), h.eyeOpen*h.eyeScale
	up, down := o*(1-0.12*h.Smile), o*(0.78-0.3*h.Smile)
	place := func(u, v float64) point { return h.on(x+side*u*w, h.eyeY+v) }
	e := eye{side: side, centre: h.on(x, h.eyeY)}
	e.upper = open(place(-1, 0.02), place(-0.55, -0.75*up), place(0.05, -up), place(0.6, -0.7*up), place(1, -0.012))
	e.lower = open(place(-1, 0.02), place(-0.5, 0.75*down), place(0.1, down), place(0.6, 0.75*down), place(1, -0.012))
	e.outline = append(append(path{}, e.upper...), reversed(e.lower)...)
	e.iris = place(0.30*h.GazeX*side, 0.30*h.GazeY*o-0.1*up)
	e.radius = 0.92 * o * h.r
	return e
}

func reversed(p path) path {
	out := make(path, len(p))
	for i, q := range p {
		out[len(p)-1-i] = q
	}
	return out
}

// circle is a disc around a point in pixels.
func circle(c point, rx, ry float64) path {
	const steps = 20
	out := make(path, steps)
	for i := range out {
		s, co := math.Sincos(2 * math.Pi * float64(i) / steps)
		out[i] = point{c.x + rx*co, c.y + ry*s}
	}
	return out
}

// disc is an ellipse that lies on the face.
func (h *head) disc(x, y, rx, ry float64) path {
	const steps = 16
	out := make(path, steps)
	for i := range out {
		s, c := math.Sincos(2 * math.Pi * float64(i) / steps)
		out[i] = h.on(x+rx*c, y+ry*s)
	}
	return out
}

// brow is the eyebrow's outline.
func (h *head) brow(side float64) path {
	x := side * (h.eyeX + 0.035*h.EyeSpacing)
	y := h.browY - 0.035*h.BrowHeight - 0.02*h.Smile
	t := 0.075 * (1 + 0.4*h.BrowThickness)
	line := open(h.on(x-side*0.17, y+0.03), h.on(x-side*0.03, y-0.02), h.on(x+side*0.1, y-0.035), h.on(x+side*0.21, y+0.025))
	return line.stroke(t*0.75*h.r, t*h.r, t*0.2*h.r)
}

// lens is the outline of one glass, between round and square.
func (h *head) lens(side float64) path {
	x := side * (h.eyeX + 0.015)
	y, rx, ry := h.eyeY+0.035, 0.245, 0.215-0.035*h.Frame
	if h.eyeOpen > 0.12 { // large drawn eyes need large glasses
		rx, ry = 0.285, 0.27-0.03*h.Frame
	}
	const steps = 28
	out := make(path, steps)
	power := 1 - 0.55*h.Frame // exponent of a superellipse: 1 is an ellipse
	for i := range out {
		s, c := math.Sincos(2 * math.Pi * float64(i) / steps)
		u := math.Copysign(math.Pow(math.Abs(c), power), c)
		v := math.Copysign(math.Pow(math.Abs(s), power), s)
		px, py := x+rx*u, y+ry*v
		out[i] = h.at(px, py, h.depth(px*0.8, h.eyeY)+0.05)
	}
	return out
}

// frames is every part of the glasses' frame.
func (h *head) frames(width float64) []path {
	w := width * h.r
	var parts []path
	for _, side := range []float64{-1, 1} {
		parts = append(parts, h.lens(side).ring(w)...)
		if h.long() { // the arms go under the hair
			continue
		}
		hinge := h.at(side*(h.eyeX+0.255), h.eyeY-0.03, h.depth(0.45, 0))
		ear := h.rim(side*(h.cheek*h.width+0.01), h.eyeY-0.01, -0.05)
		parts = append(parts, path{hinge, ear}.stroke(w*0.9, w*0.8, w*0.6))
	}
	bridge := open(h.at(-0.09, h.eyeY, h.depth(0, 0)+0.1), h.at(0, h.eyeY-0.03, h.depth(0, 0)+0.12), h.at(0.09, h.eyeY, h.depth(0, 0)+0.1))
	return append(parts, bridge.stroke(w, w*0.9, w))
}
