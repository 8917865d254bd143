package train

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/listing"
)

// leastKept is how many training images of a kept value every collection needs.
const leastKept = leastImages

// LabelError says why labels cannot be trained with.
type LabelError struct{ Labels, Reason string }

func (e *LabelError) Error() string { return fmt.Sprintf("label %s: %s", e.Labels, e.Reason) }

// mixture is how collections mix the values of what is kept.
type mixture struct {
	values []string    // that every collection has enough training images of, sorted
	target []float64   // share of each value: the mean of the collections' own shares, which sum to 1
	of     [][][]int   // [collection][value]: the positions of such images among the training images
	left   map[int]int // by collection: training images of no such value
}

// mixtureOf counts the values of the kept labels; several labels are taken together.
func mixtureOf(d *collection.Dataset, labels []string) (mixture, error) {
	named := strings.Join(labels, ", ")
	of := make([]map[string][]int, len(d.Collections))
	for c, col := range d.Collections {
		of[c] = map[string][]int{}
		for i, row := range col.Train {
			if value := keptValue(col, row, labels); value != "" {
				of[c][value] = append(of[c][value], i)
			}
		}
		if len(of[c]) == 0 {
			return mixture{}, &LabelError{named, fmt.Sprintf("no training image of %s has it: name labels that every collection has", col.Name)}
		}
	}
	m := mixture{left: map[int]int{}}
	counts := map[string][]string{}
	for _, own := range of {
		for value := range own {
			least := math.MaxInt
			counts[value] = nil
			for c, col := range d.Collections {
				least = min(least, len(of[c][value]))
				counts[value] = append(counts[value], fmt.Sprintf("%d of %s", len(of[c][value]), col.Name))
			}
			if least >= leastKept && !slices.Contains(m.values, value) {
				m.values = append(m.values, value)
			}
		}
	}
	if len(m.values) < 2 {
		var all []string
		for _, value := range slices.Sorted(maps.Keys(counts)) {
			all = append(all, fmt.Sprintf("%s (%s)", value, strings.Join(counts[value], ", ")))
		}
		return m, &LabelError{named, fmt.Sprintf("at least two of its values need %d training images in every collection; there are %s",
			leastKept, listing.Some(all, 8))}
	}
	slices.Sort(m.values)
	m.target = make([]float64, len(m.values))
	for c, col := range d.Collections {
		total := 0
		m.of = append(m.of, make([][]int, len(m.values)))
		for v, value := range m.values {
			m.of[c][v] = of[c][value]
			total += len(of[c][value])
		}
		for v := range m.values {
			m.target[v] += float64(len(m.of[c][v])) / float64(total) / float64(len(d.Collections))
		}
		m.left[c] = len(col.Train) - total
	}
	return m, nil
}

// keptValue are the values of all labels of a row, or nothing where it lacks one.
func keptValue(col *collection.Collection, row int, labels []string) string {
	var values []string
	for _, label := range labels {
		value, ok := col.Label(row, label)
		if !ok {
			return ""
		}
		values = append(values, value)
	}
	return strings.Join(values, " & ")
}

// rows lists the positions of each collection's training images, all of those of the values and those of values that are
// rarer than in the target several times, so that their shares are the target's. What is fitted to collections of the same
// shares has no reason to turn the value that is rarer in one into the other: this is weighting by the importance
// π(y)/p(y|c) (Shimodaira 2000), by whole images.
func (m mixture) rows() [][]int {
	rows := make([][]int, len(m.of))
	for c, of := range m.of {
		all := 0.0 // the fewest that hold every image once
		for v, own := range of {
			all = max(all, float64(len(own))/m.target[v])
		}
		for v, own := range of {
			for i := range int(math.Round(all * m.target[v])) {
				rows[c] = append(rows[c], own[i%len(own)])
			}
		}
	}
	return rows
}

// groups are the latents of each collection's training images of each value.
func (m mixture) groups(all []posteriors, dim int) [][]flow.Group {
	groups := make([][]flow.Group, len(m.of))
	for c, of := range m.of {
		for _, own := range of {
			mean := make([]float64, dim)
			for _, i := range own {
				for j, x := range all[c].mean[i*dim : (i+1)*dim] {
					mean[j] += float64(x) / float64(len(own))
				}
			}
			groups[c] = append(groups[c], flow.Group{N: float64(len(own)), Mean: mean})
		}
	}
	return groups
}

// align turns the transports of collections so that what tells the values apart in one does so in the others.
func (m mixture) align(ctx context.Context, f *flow.Flow, all []posteriors) error {
	err := f.AlignGroups(ctx, m.groups(all, f.Config().Dim), m.target)
	if ctx.Err() != nil {
		return ErrStopped
	}
	return err
}

// fitted lists, as positions among the latents of each collection, what the flow is fitted to: all of them, or with labels
// to keep as many of each value as makes collections alike in them. kept is their mixture; nil where none are kept.
func (t *trainer) fitted() (rows [][]int, kept *mixture, err error) {
	if len(t.Config.Latents.Keep) == 0 {
		return t.positions(), nil, nil
	}
	m, err := mixtureOf(t.Dataset, t.Config.Latents.Keep)
	if err != nil {
		return nil, nil, err
	}
	var shares []string
	for v, value := range m.values {
		shares = append(shares, fmt.Sprintf("%s %.0f%%", value, 100*m.target[v]))
	}
	t.note("%s is kept: the flow sees every collection as %s", strings.Join(t.Config.Latents.Keep, ", "), strings.Join(shares, ", "))
	for c, col := range t.Dataset.Collections {
		if m.left[c] > 0 {
			t.note("%d of %d training images of %s take no part in the flow: they have none of these values", m.left[c], len(col.Train), col.Name)
		}
	}
	return m.rows(), &m, nil
}
