package quality

// Cut returns a part of the plane, a view of its pixels.
func (p Plane) Cut(x, y, w, h int) Plane { return Plane{w, h, p.Stride, p.Pix[y*p.Stride+x:]} }

// Resized returns the plane at another size. Where a side shrinks, pixels are averaged by the area they share with
// the new ones, of at most linesPerCell rows for each; where it grows, they are interpolated linearly.
func (p Plane) Resized(w, h int) Plane {
	columns, rows := coverage(p.W, w), coverage(p.H, h)
	out := NewPlane(w, h)
	sums, line := make([]float32, w), make([]float32, w)
	for y, r := range rows {
		clear(sums)
		step := max(1, len(r.weights)/linesPerCell)
		var total float32
		for i := 0; i < len(r.weights); i += step {
			weight := r.weights[i]
			total += weight
			p.shrinkRow(line, p.Row(r.first+i), columns)
			for x, v := range line {
				sums[x] += weight * v
			}
		}
		to := out.Row(y)
		for x, s := range sums {
			to[x] = uint8(s/total + 0.5)
		}
	}
	return out
}

// linesPerCell is how many rows a new row is averaged from: more of them change nothing to be seen and cost reading.
const linesPerCell = 4

// shrinkRow sets line to the weighted means of a row's pixels. All weights of a span but the outer two are equal.
func (p Plane) shrinkRow(line []float32, row []uint8, spans []span) {
	for x, s := range spans {
		part := row[s.first:][:len(s.weights)]
		last := len(part) - 1
		if last == 0 {
			line[x] = float32(part[0])
			continue
		}
		var inner int32
		for _, v := range part[1:last] {
			inner += int32(v)
		}
		line[x] = float32(part[0])*s.weights[0] + float32(part[last])*s.weights[last]
		if last > 1 {
			line[x] += float32(inner) * s.weights[1]
		}
	}
}

// span is the run of old pixels that a new one is made of, with weights that sum to 1.
type span struct {
	first   int
	weights []float32
}

// coverage lists for each of to new pixels the old ones, of from, that it is made of.
func coverage(from, to int) []span {
	out := make([]span, to)
	scale := float64(from) / float64(to)
	all := make([]float32, 0, from+2*to) // of all spans, one after the other
	for i := range out {
		begin := len(all)
		if scale <= 1 {
			out[i].first, all = between(all, (float64(i)+0.5)*scale-0.5, from)
		} else {
			left, right := float64(i)*scale, float64(i+1)*scale
			first, last := int(left), min(from-1, int(right))
			for k := first; k <= last; k++ {
				all = append(all, float32((min(right, float64(k+1))-max(left, float64(k)))/scale))
			}
			out[i].first = first
		}
		out[i].weights = all[begin:len(all):len(all)]
	}
	return out
}

// between interpolates at a place between the centres of pixels: it returns the first and appends the weights.
func between(weights []float32, at float64, from int) (first int, _ []float32) {
	at = min(max(at, 0), float64(from-1))
	first = int(at)
	if first == from-1 || at == float64(first) {
		return first, append(weights, 1)
	}
	part := float32(at - float64(first))
	return first, append(weights, 1-part, part)
}
