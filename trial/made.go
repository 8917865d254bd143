package trial

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// chunk is how many images the prism is given at a time: what ends a context is heard between two.
const chunk = 256

// remake replaces the images of a set by what make returns, as latents, for them: from and to are rows of it.
func (s *maker) remake(ctx context.Context, what string, set *Set, make func(from, to int) ([]float32, error)) (*Set, error) {
	set.Pixels = nil
	for from := 0; from < set.Rows(); from += chunk {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.progress(what, from, set.Rows())
		z, err := make(from, min(from+chunk, set.Rows()))
		if err != nil {
			return nil, err
		}
		images, err := s.Prism.Decode(z)
		if err != nil {
			return nil, err
		}
		set.Pixels = append(set.Pixels, bytesOf(images)...)
	}
	return set, ctx.Err()
}

// bytesOf rounds pixels in [-1, 1] to 8 bits, as a file would.
func bytesOf(images []float32) []byte {
	out := make([]byte, len(images))
	for i, v := range images {
		out[i] = byte(math.Round(min(255, max(0, (float64(v)+1)*127.5))))
	}
	return out
}

// encode is the latents of rows of a set, as they are.
func (s *maker) encode(set *Set, from, to int) ([]float32, error) {
	z, _, err := s.Prism.Encode(set.Images(from, to).Data)
	return z, err
}

// reconstructed is the training images of a collection after encoder and decoder.
func (s *maker) reconstructed(ctx context.Context, c int) (*Set, error) {
	set := s.real(s.training(c))
	before := *set
	return s.remake(ctx, "reconstructing "+s.Prism.Collections[c], set, func(from, to int) ([]float32, error) {
		return s.encode(&before, from, to)
	})
}

// into is the training images of the other collections, or of from alone, projected into c. They keep their labels, unless the
// training images of c all have one value of the label: it is then what c stands for.
func (s *maker) into(ctx context.Context, c int, from string) (*Set, error) {
	if from != "" {
		if _, err := s.Prism.Collection(from); err != nil {
			return nil, err
		}
	}
	var places []place
	for other, name := range s.Prism.Collections {
		if other != c && (from == "" || name == from) {
			places = append(places, s.training(other)...)
		}
	}
	set := s.real(places)
	before := *set
	under := append([]int(nil), set.Under...)
	set.Under = prism.Repeat(c, set.Rows())
	if value, one := s.constant(c); one {
		set.Class = prism.Repeat(value, set.Rows())
		s.note("every training image of %s has the value %s, and so has what is projected into it", s.Prism.Collections[c], s.labels.Values[value])
	}
	return s.remake(ctx, "projecting into "+s.Prism.Collections[c], set, func(first, last int) ([]float32, error) {
		z, err := s.encode(&before, first, last)
		if err != nil {
			return nil, err
		}
		return s.Prism.Project(z, under[first:last], c, 1)
	})
}

// constant is the value of the label that all training images of c have, where there is one.
func (s *maker) constant(c int) (value int, one bool) {
	value = -1
	for _, row := range s.Data.Collections[c].Train {
		own := s.labels.class(s.Data.Collections[c], row)
		switch {
		case own < 0:
		case value < 0:
			value = own
		case own != value:
			return 0, false
		}
	}
	return value, value >= 0
}

// codes is the codes of rows of a set, each under the collection that it is of.
func (s *maker) codes(set *Set, from, to int) ([]float32, error) {
	if slices.Contains(set.Under[from:to], -1) {
		return nil, errors.New("images of a folder are of no collection, and have no codes: fit to latents, with @z")
	}
	z, err := s.encode(set, from, to)
	if err != nil {
		return nil, err
	}
	v, _, err := s.Prism.Codes(z, set.Under[from:to])
	return v, err
}

// allCodes are the codes of all rows of a set.
func (s *maker) allCodes(ctx context.Context, set *Set) (measure.Matrix, error) {
	return s.all(ctx, set, s.codes)
}

// allLatents are the latents of all rows of a set.
func (s *maker) allLatents(ctx context.Context, set *Set) (measure.Matrix, error) {
	return s.all(ctx, set, s.encode)
}

func (s *maker) all(ctx context.Context, set *Set, of func(set *Set, from, to int) ([]float32, error)) (measure.Matrix, error) {
	out := measure.NewMatrix(set.Rows(), s.Prism.Dim())
	for from := 0; from < set.Rows(); from += chunk {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		s.progress("encoding", from, set.Rows())
		v, err := of(set, from, min(from+chunk, set.Rows()))
		if err != nil {
			return out, err
		}
		copy(out.Data[from*out.Cols:], v)
	}
	return out, nil
}
