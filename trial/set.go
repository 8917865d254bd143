package trial

import (
	"runtime"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
	"golang.org/x/sync/errgroup"
)

// Set is labelled images.
type Set struct {
	Side, Channels int
	Pixels         []byte   // [rows, Side, Side, Channels] in 8 bits, as files hold them, whether real or made
	Class          []int    // value of the label, numbered as [Labels.Values]
	Group, Context []int    // values of the other two labels, -1 without
	Under          []int    // collection that the image is of, or is shown as
	Units          []int    // rows of one unit belong together, whatever set they are in; made rows are of their original's
	File           []string // COLLECTION/PATH of the image, or of its original; empty for what is drawn
	Pair, Role     []string // of a folder of counterfactual pairs; otherwise nil

	features *measure.Matrix // once they were asked for
}

// Rows is the number of images.
func (s *Set) Rows() int { return len(s.Class) }

func (s *Set) width() int { return s.Side * s.Side * s.Channels }

// Images are rows from from to to-1, in [-1, 1].
func (s *Set) Images(from, to int) measure.Images {
	w := s.width()
	data := make([]float32, (to-from)*w)
	collection.Floats(data, s.Pixels[from*w:to*w])
	return measure.Images{N: to - from, H: s.Side, W: s.Side, C: s.Channels, Data: data}
}

// Features are [probe.Features] of all rows, computed once.
func (s *Set) Features() (measure.Matrix, error) {
	if s.features != nil {
		return *s.features, nil
	}
	const block = 64
	parts := make([]measure.Matrix, (s.Rows()+block-1)/block)
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i := range parts {
		work.Go(func() (err error) {
			parts[i], err = probe.Features(s.Images(i*block, min((i+1)*block, s.Rows())))
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return measure.Matrix{}, err
	}
	all := measure.Matrix{Rows: s.Rows(), Cols: parts[0].Cols}
	for _, part := range parts {
		all.Data = append(all.Data, part.Data...)
	}
	s.features = &all
	return all, nil
}

// at is the set of the given rows alone.
func (s *Set) at(rows []int) *Set {
	out := &Set{Side: s.Side, Channels: s.Channels,
		Class: measure.Pick(s.Class, rows), Group: measure.Pick(s.Group, rows), Context: measure.Pick(s.Context, rows),
		Under: measure.Pick(s.Under, rows), Units: measure.Pick(s.Units, rows), File: measure.Pick(s.File, rows),
		Pair: measure.Pick(s.Pair, rows), Role: measure.Pick(s.Role, rows)}
	w := s.width()
	for _, r := range rows {
		out.Pixels = append(out.Pixels, s.Pixels[r*w:(r+1)*w]...)
	}
	if s.features != nil {
		selected := s.features.Select(rows)
		out.features = &selected
	}
	return out
}

// join is all rows of several sets, one set after the other.
func join(sets []*Set) *Set {
	if len(sets) == 1 {
		return sets[0]
	}
	out := &Set{Side: sets[0].Side, Channels: sets[0].Channels}
	known, paired := true, false
	for _, s := range sets {
		out.Pixels = append(out.Pixels, s.Pixels...)
		out.Class, out.Group, out.Context = append(out.Class, s.Class...), append(out.Group, s.Group...), append(out.Context, s.Context...)
		out.Under, out.Units, out.File = append(out.Under, s.Under...), append(out.Units, s.Units...), append(out.File, s.File...)
		known = known && s.features != nil
		paired = paired || s.Pair != nil
	}
	if paired {
		for _, s := range sets {
			pair, role := s.Pair, s.Role
			if pair == nil {
				pair, role = make([]string, s.Rows()), make([]string, s.Rows())
			}
			out.Pair, out.Role = append(out.Pair, pair...), append(out.Role, role...)
		}
	}
	if known {
		all := measure.Matrix{Rows: out.Rows(), Cols: sets[0].features.Cols}
		for _, s := range sets {
			all.Data = append(all.Data, s.features.Data...)
		}
		out.features = &all
	}
	return out
}

// counts is how many rows each class has.
func (s *Set) counts(classes int) []int {
	n := make([]int, classes)
	for _, c := range s.Class {
		n[c]++
	}
	return n
}

// rowsOf are the rows of a class.
func rowsOf(class []int, c int) []int {
	var rows []int
	for r, own := range class {
		if own == c {
			rows = append(rows, r)
		}
	}
	return rows
}
