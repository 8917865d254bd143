package audit

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// ContextList is a context that a person gives by naming the images that have it.
type ContextList struct {
	Name string
	// Files are images, each as COLLECTION/PATH or FOLDER/PATH. Of the side, the run's collections or the new folder,
	// of which at least one image is named, the images that are not named do not have the context. On the other side
	// it is not known which do.
	Files []string
}

// lists compares the contexts that were given by name. Where they are known on one side only, a judge learns them
// there, its errors are found by cross-validation, and it tells which images of the other side have them.
func (d *drift) lists(ctx context.Context, own, fresh measure.Matrix) error {
	for _, l := range d.settings.Lists {
		if err := d.skip(ctx, "contexts."+l.Name, d.list(ctx, l, own, fresh)); err != nil {
			return err
		}
	}
	return nil
}

func (d *drift) list(ctx context.Context, l ContextList, own, fresh measure.Matrix) error {
	before, after := d.listed(l)
	names := []string{"not " + l.Name, l.Name}
	features := []measure.Matrix{own, fresh}
	labels := [][]int{before, after}
	var sides [2]told
	columns := make([]measure.Matrix, 2)
	for s := range sides {
		other := 1 - s
		var err error
		switch {
		case labels[s] != nil:
			sides[s], err = d.known(labels[s], side(s), 2)
			columns[s] = evidence(labels[s], 2)
		case labels[other] == nil:
			return fmt.Errorf("none of the images that it names is in %s or in the run's collections: a line is as %s has it, or a path to the image", d.in.Name, d.in.File(0))
		}
		if err != nil {
			return err
		}
	}
	for s := range sides {
		if labels[s] != nil {
			continue
		}
		var err error
		if sides[s], columns[s], columns[1-s], err = d.carried(ctx, features[1-s], labels[1-s], features[s], side(s)); err != nil {
			return err
		}
	}
	d.add(names, FromList, sides[benchmarkSide], sides[newSide])
	last := &d.contexts[len(d.contexts)-1]
	if last.Name != l.Name { // it became rarer
		*last = last.reversed(l.Name)
	}
	d.columns = append(d.columns, stacked(columns[benchmarkSide], columns[newSide]))
	return nil
}

// listed is 1 for the images that a list names and 0 for the others, of either side; nil for a side of which it names
// none.
func (d *drift) listed(l ContextList) (before, after []int) {
	named := make(map[string]bool, len(l.Files))
	for _, f := range l.Files {
		named[f] = true
	}
	before, after = make([]int, len(d.rows)), make([]int, len(d.in.Row))
	for i, row := range d.rows {
		if named[d.File(row)] {
			before[i] = 1
		}
	}
	for i := range after {
		if named[d.in.File(i)] {
			after[i] = 1
		}
	}
	if !d.names(named, d.dataset.Collections) {
		before = nil
	}
	if !d.names(named, []*collection.Collection{d.in.folder}) {
		after = nil
	}
	return before, after
}

// names says whether one of the named files is of one of the collections, be it looked at or not.
func (d *drift) names(named map[string]bool, collections []*collection.Collection) bool {
	for _, c := range collections {
		for _, item := range c.Items {
			if named[c.Name+"/"+item.File] {
				return true
			}
		}
	}
	return false
}

// carried learns a context where it is known and judges the images of the other side. It returns what it told, and
// the evidence for the context on either side: that of the known side from judges that did not see the image.
func (d *drift) carried(ctx context.Context, known measure.Matrix, label []int, unknown measure.Matrix, to side) (out told, there, here measure.Matrix, err error) {
	units := d.unitsOf(1 - to)
	judge, err := probe.TrainJudge(ctx, probe.Sample{X: known, Class: label, Classes: 2, Units: units}, d.settings.Seed)
	if err != nil {
		return out, there, here, err
	}
	predicted, err := probe.CrossPredict(ctx, probe.Sample{X: known, Class: label, Units: units, Classes: 2}, probe.Linear{}, d.settings.crossValidation())
	if err != nil {
		return out, there, here, err
	}
	seen := measure.ArgMax(predicted.LogProbs)
	errors, err := measure.CountConfusion(label, seen, units, 2)
	if err != nil {
		return out, there, here, err
	}
	out, err = d.judged(judge.Judge(unknown), to, errors)
	return out, evidence(out.label, 2), evidence(seen, 2), err
}
