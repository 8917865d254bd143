package portraits

import "math"

// vector3 is a direction: right, down, towards the viewer.
type vector3 struct{ x, y, z float64 }

func (v vector3) unit() vector3 {
	l := math.Sqrt(v.x*v.x + v.y*v.y + v.z*v.z)
	return vector3{v.x / l, v.y / l, v.z / l}
}

func (v vector3) dot(w vector3) float64 { return v.x*w.x + v.y*w.y + v.z*w.z }

// relief is the slope of a head's surface at each pixel of a rectangle: an ellipsoid with the bumps and hollows of a
// face.
type relief struct {
	x, y, w, h int
	gx, gy     []float32 // derivative of z in local units
}

// newRelief builds the surface of a face.
func newRelief(h *head) *relief {
	box := h.outline().box().Inset(-3).Intersect((&canvas{n: h.n}).bounds())
	s := &relief{x: box.Min.X, y: box.Min.Y, w: box.Dx(), h: box.Dy()}
	s.gx, s.gy = make([]float32, s.w*s.h), make([]float32, s.w*s.h)
	const a, b, c = 0.80, 1.14, 0.78
	stepX, stepY := h.cosTilt/h.r, -h.sinTilt/h.r
	for j := 0; j < s.h; j++ {
		x, y := h.local(s.x-1, s.y+j)
		for i := 0; i < s.w; i++ {
			x, y = x+stepX, y+stepY
			q := min(x*x/(a*a)+y*y/(b*b), 0.93)
			k := -c / math.Sqrt(1-q)
			s.gx[j*s.w+i], s.gy[j*s.w+i] = float32(k*x/(a*a)), float32(k*y/(b*b))
		}
	}
	nose, smile, old := h.noseY, h.Smile, h.wrinkles
	wide := 1 + 0.2*h.NoseWidth
	s.bump(h, 0, -0.50, 0.06, 0.62, 0.42)
	s.bump(h, 0, h.eyeY, 0.10, 0.16*wide, 0.30)
	s.bump(h, 0, nose-0.14, 0.14, 0.17*wide, 0.34)
	s.bump(h, 0, nose, 0.115, 0.19*wide, 0.19)
	s.bump(h, 0, 0.64, 0.07, 0.46, 0.38)
	s.bump(h, 0, 0.735, 0.05, 0.22, 0.10)
	s.bump(h, 0, 0.815, -0.05, 0.26, 0.10)
	s.bump(h, 0, 0.91, 0.09, 0.30+0.08*h.Jaw, 0.20)
	for _, side := range []float64{-1, 1} {
		s.bump(h, side*0.30, -0.15, 0.075, 0.34, 0.17)
		s.bump(h, side*h.eyeX, h.eyeY, -0.14, 0.27, 0.22)
		s.bump(h, side*h.eyeX, h.eyeY, 0.09, 0.19, 0.13)
		s.bump(h, side*0.40, 0.36-0.04*smile, 0.09+0.05*smile+0.02*old, 0.36, 0.34)
		s.bump(h, side*0.13*wide, nose+0.03, 0.05, 0.10, 0.11)
		s.bump(h, side*0.46, 0.62, -0.09*old, 0.22, 0.26)
		s.bump(h, side*0.34, 0.22, 0.045*old, 0.20, 0.09)
	}
	return s
}

// bump raises the surface around a place on the face by z (1 - q)², where q is the squared distance in parts of the
// radii rx and ry.
func (s *relief) bump(h *head, x, y, z, rx, ry float64) {
	cx, cy := h.offset(h.on(x, y))
	c := h.on(x, y)
	reach := int(math.Ceil(max(rx, ry) * h.r))
	stepX, stepY := h.cosTilt/h.r/rx, -h.sinTilt/h.r/ry
	for j := max(int(c.y)-reach-s.y, 0); j < min(int(c.y)+reach+1-s.y, s.h); j++ {
		first := max(int(c.x)-reach-s.x, 0)
		px, py := h.local(s.x+first, s.y+j)
		dx, dy := (px-cx)/rx-stepX, (py-cy)/ry-stepY
		for i := first; i < min(int(c.x)+reach+1-s.x, s.w); i++ {
			dx, dy = dx+stepX, dy+stepY
			q := dx*dx + dy*dy
			if q < 1 {
				k := -4 * z * (1 - q)
				s.gx[j*s.w+i] += float32(k * dx / rx)
				s.gy[j*s.w+i] += float32(k * dy / ry)
			}
		}
	}
}

// normal is the unit normal at a pixel, on the canvas' axes.
func (s *relief) normal(h *head, x, y int) vector3 {
	i := min(max(y-s.y, 0), s.h-1)*s.w + min(max(x-s.x, 0), s.w-1)
	gx, gy := float64(s.gx[i]), float64(s.gy[i])
	return vector3{-(gx*h.cosTilt - gy*h.sinTilt), -(gx*h.sinTilt + gy*h.cosTilt), 1}.unit()
}
