package trial

import (
	"context"
	"fmt"
	"math"

	"github.com/dataprism/dataprism/measure"
)

// readProbabilities is an expert of the user's: a CSV file of the columns file (COLLECTION/PATH) and, for each value of
// the label, its probability. They are taken at their word, up to a factor a row.
func readProbabilities(_ context.Context, j *job) (measure.Matrix, error) {
	t, err := readTable(j.expert.Sets[0].File)
	if err != nil {
		return measure.Matrix{}, err
	}
	out := measure.NewMatrix(j.test.Rows(), j.classes)
	for c, value := range j.labels.Values {
		p, err := t.numbers(value, 0)
		if err != nil {
			return out, err
		}
		for r, file := range j.test.File {
			x, ok := p[file]
			if !ok {
				return out, &FileError{t.file, 0, fmt.Sprintf("there is no row for %s, which is tested", file)}
			}
			out.Row(r)[c] = float32(x)
		}
	}
	for r := range out.Rows {
		var total float64
		row := out.Row(r)
		for _, p := range row {
			total += float64(p)
		}
		if total == 0 {
			return out, &FileError{t.file, 0, fmt.Sprintf("all probabilities of %s are 0", j.test.File[r])}
		}
		for c, p := range row {
			row[c] = float32(math.Log(max(float64(p)/total, 1e-12)))
		}
	}
	return out, nil
}
