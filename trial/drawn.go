package trial

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/internal/stream"
)

// drawn is images drawn for each value y of the label, as many as c has training images of it: codes v ~ N(mu_y,
// Sigma_y) of the moments of the value's training codes, decoded under c (see [fitNormal]). shape keeps all of Sigma,
// its diagonal, or the mean alone.
func (s *maker) drawn(ctx context.Context, c int, shape string) (*Set, error) {
	real := s.real(s.training(c))
	dim := s.Prism.Dim()
	codes, err := s.allCodes(ctx, real)
	if err != nil {
		return nil, err
	}
	var v []float32
	out := &Set{Side: real.Side, Channels: real.Channels}
	for class, n := range real.counts(len(s.labels.Values)) {
		if n == 0 {
			continue
		}
		if n < leastOfValue {
			return nil, fmt.Errorf("%d training images of %s=%s are too few to draw from", n, s.labels.Label, s.labels.Values[class])
		}
		v = append(v, fitNormal(codes.Select(rowsOf(real.Class, class)), shape).draw(n, 1, stream.New(s.seed, stream.TrialDrawn, c, class))...)
		for range n {
			s.addDrawn(out, class, c)
		}
	}
	return s.remake(ctx, "drawing "+s.Prism.Collections[c], out, func(from, to int) ([]float32, error) {
		return s.Prism.Latents(v[from*dim:to*dim], out.Under[from:to])
	})
}

// addDrawn adds a row to a set for an image that is drawn, of a value of the label and shown under a collection. It has
// neither group nor context, and is a unit of its own.
func (s *maker) addDrawn(set *Set, class, under int) {
	set.Class, set.Under = append(set.Class, class), append(set.Under, under)
	set.Group, set.Context = append(set.Group, -1), append(set.Context, -1)
	set.Units, set.File = append(set.Units, s.next), append(set.File, "")
	s.next++
}
