package weigh

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/stream"
)

// WriteCSV writes the columns file and weight, and those of the rule, a line a row. A file is COLLECTION/FILE.
func (r *Result) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	line := []string{"file", "weight"}
	for _, c := range r.Column {
		line = append(line, c.Name)
	}
	out.Write(line)
	text := func(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
	for i, weight := range r.Weight {
		line = append(line[:0], r.rows.File(i), text(weight))
		for _, c := range r.Column {
			line = append(line, text(c.Values[i]))
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}

// Keeps says whether the rule keeps rows or leaves them, rather than to weigh them.
func (r *Result) Keeps() bool { return r.Density != nil || r.Pool != nil }

// Paths is a list of paths for trainers that know no weights, in the folder dir: of the rows that are kept or, of a
// rule that weighs, of as many rows as there are, drawn in proportion to their weights, in which a path may stand
// several times. only is the number of the one collection to list, or -1.
func (r *Result) Paths(dir string, only int) (collection.PathList, error) {
	times := make([]int, len(r.Weight))
	for i, w := range r.Weight {
		times[i] = int(w)
	}
	if !r.Keeps() {
		times = resampled(r.Weight, stream.New(r.rows.Settings.Seed, stream.WeighResample).Float64())
	}
	var all []collection.Listed
	for i, n := range times {
		c := r.rows.Collection[i]
		if only >= 0 && c != only {
			continue
		}
		col := r.rows.Data.Collections[c]
		if len(all) == 0 || all[len(all)-1].Name != col.Name {
			all = append(all, collection.Listed{Name: col.Name, Path: col.Path})
		}
		for range n {
			last := &all[len(all)-1]
			last.Files = append(last.Files, col.Items[r.rows.Row[i]].File)
		}
	}
	return collection.ListPaths(all, dir)
}
