package portraits

import "math"

// grain is noise that depends on a seed and a place only, so that a change in one part of a portrait leaves the noise
// of every other part as it was.
type grain uint64

// hash is splitmix64's finaliser over the seed and a place of the lattice.
func (g grain) hash(x, y int) uint64 {
	h := uint64(g) + uint64(uint32(x))*0x9e3779b97f4a7c15 + uint64(uint32(y))*0xd1b54a32d192ed03
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// fork is an independent grain for another purpose.
func (g grain) fork(purpose int) grain { return grain(g.hash(purpose, -1)) }

// unit is a value in [0, 1) at a place of the lattice.
func (g grain) unit(x, y int) float64 { return float64(g.hash(x, y)>>11) / (1 << 53) }

// normal is roughly normal with mean 0 and deviation 1 (the sum of four uniform values of 16 bits), within ±3.5.
func (g grain) normal(x, y int) float64 {
	h := g.hash(x, y)
	sum := float64(h&0xffff) + float64(h>>16&0xffff) + float64(h>>32&0xffff) + float64(h>>48)
	return (sum/65536 - 2) * math.Sqrt(3)
}

// line is smooth noise in [0, 1] along one axis, with a feature a unit.
func (g grain) line(x float64) float64 {
	f := math.Floor(x)
	t := x - f
	t = t * t * (3 - 2*t)
	a, b := g.unit(int(f), 0), g.unit(int(f)+1, 0)
	return a + (b-a)*t
}

// plane is smooth noise in [0, 1] on the plane, with a feature a unit.
func (g grain) plane(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	tx, ty := x-fx, y-fy
	tx, ty = tx*tx*(3-2*tx), ty*ty*(3-2*ty)
	ix, iy := int(fx), int(fy)
	a, b := g.unit(ix, iy), g.unit(ix+1, iy)
	c, d := g.unit(ix, iy+1), g.unit(ix+1, iy+1)
	top := a + (b-a)*tx
	return top + (c+(d-c)*tx-top)*ty
}
