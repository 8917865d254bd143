package trial

import (
	"context"
	"fmt"
	"os"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/prism"
	"github.com/gomlx/compute"
)

// Source is what the sets of a trial are made from.
type Source struct {
	Prism *prism.Prism
	Data  *collection.Dataset
	// Options are how the run prepares images.
	Options collection.Options
	// Views reads images of a collection again, framed as each collection frames its own: [collections][rows, pixels].
	// It is nil where all are framed alike.
	Views func(ctx context.Context, c int, rows []int) (views [][]float32, err error)
	// Backend is what experts that are networks compute on.
	Backend compute.Backend
	// Key says which prism and which images these are: fits that were kept are used again under the same key alone.
	Key string
}

// Progress hears how far a trial is: that done of total of what is done.
type Progress func(what string, done, total int)

// maker makes sets and keeps those that it has made.
type maker struct {
	Source
	labels   Labels
	seed     uint64
	units    [][]int // of every row of the data
	next     int     // the first unit that no row has
	made     map[string]*Set
	progress Progress
	notes    []string
}

func newMaker(s Source, l Labels, seed uint64, progress Progress) *maker {
	out := &maker{Source: s, labels: l, seed: seed, units: s.Data.Units(), made: map[string]*Set{}, progress: progress}
	for _, units := range out.units {
		for _, u := range units {
			out.next = max(out.next, u+1)
		}
	}
	return out
}

func (s *maker) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// place is an image of the data.
type place struct{ collection, row int }

// real is the labelled images among places, as they are.
func (s *maker) real(places []place) *Set {
	d := s.Data
	out := &Set{Side: d.Size, Channels: d.Channels}
	for _, p := range places {
		c := d.Collections[p.collection]
		class := s.labels.class(c, p.row)
		if class < 0 {
			continue
		}
		out.Pixels = append(out.Pixels, c.Pixels(p.row)...)
		out.Class = append(out.Class, class)
		out.Group = append(out.Group, number(c, p.row, s.labels.Group, s.labels.Groups))
		out.Context = append(out.Context, number(c, p.row, s.labels.Context, s.labels.Contexts))
		out.Under = append(out.Under, p.collection)
		out.Units = append(out.Units, s.units[p.collection][p.row])
		out.File = append(out.File, c.Name+"/"+c.Items[p.row].File)
	}
	return out
}

// training are the training images of a collection.
func (s *maker) training(c int) []place {
	var places []place
	for _, row := range s.Data.Collections[c].Train {
		places = append(places, place{c, row})
	}
	return places
}

// set makes the images of a part of an expert, once.
func (s *maker) set(ctx context.Context, a Atom) (*Set, error) {
	name := a.String()
	if made := s.made[name]; made != nil {
		return made, nil
	}
	var out *Set
	var err error
	if info, statErr := os.Stat(a.File); a.Kind == Listed && statErr == nil && info.IsDir() {
		out, err = s.folder(ctx, a.File)
	} else if a.Kind == Listed {
		out, err = s.listed(a.File)
	} else {
		c, unknown := s.Prism.Collection(a.Collection)
		if unknown != nil {
			return nil, unknown
		}
		switch a.Kind {
		case Real:
			out = s.real(s.training(c))
		case Reconstructed:
			out, err = s.reconstructed(ctx, c)
		case Into:
			out, err = s.into(ctx, c, a.From)
		case Drawn:
			out, err = s.drawn(ctx, c, a.Shape)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("set %s: %w", name, err)
	}
	if out.Rows() == 0 {
		return nil, fmt.Errorf("set %s: it has no training image with the label %s", name, s.labels.Label)
	}
	s.made[name] = out
	return out, nil
}
