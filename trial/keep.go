package trial

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/weights"
)

// key names everything that a fit depends on.
func (t *Trial) key(i, repeat int) (string, error) {
	e := t.Experts[i]
	if t.digests[i] == nil {
		h := sha256.New()
		fmt.Fprintf(h, "trial fit %d %s %q %q\n", Schema, t.maker.Key, e.Method, e.Options)
		if set := t.sets[i]; set != nil {
			h.Write(set.Pixels)
			fmt.Fprintln(h, set.Class, set.Units, set.Under, set.Pair, set.Role, t.weight[i])
		}
		fmt.Fprintln(h, e.set())
		if e.Method == "probabilities" || e.Method == "onnx" {
			if err := digest(h, e.Sets[0].File); err != nil {
				return "", err
			}
		}
		fmt.Fprintln(h, t.tests.set.File, t.tests.set.Class, t.maker.labels.Values)
		t.digests[i] = h.Sum(nil)
	}
	h := sha256.New()
	h.Write(t.digests[i])
	fmt.Fprintln(h, t.Seed, t.Steps, repeat)
	return hex.EncodeToString(h.Sum(nil)), nil
}

func digest(h io.Writer, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(h, f)
	return err
}

// Tensors of a kept fit.
const (
	logProbsTensor  = "log_probs"
	abstainedTensor = "abstained"
)

// readFit reads what was kept of a fit; a file that is not whole, or not of these rows, is as good as none.
func readFit(path string, rows, classes int) (fit, bool) {
	file, err := weights.Read(path)
	if err != nil {
		return fit{}, false
	}
	values, err := file.Float32s(logProbsTensor, rows, classes)
	if err != nil {
		return fit{}, false
	}
	f := fit{logProbs: measure.Matrix{Rows: rows, Cols: classes, Data: values}}
	if _, known := file.Lookup(abstainedTensor); known {
		marks, err := file.Float32s(abstainedTensor, rows)
		if err != nil {
			return fit{}, false
		}
		f.abstained = make([]bool, rows)
		for r, m := range marks {
			f.abstained[r] = m != 0
		}
	}
	return f, true
}

// write keeps a fit.
func (f fit) write(path string) error {
	var file weights.File
	if err := weights.Put(&file, logProbsTensor, []int{f.logProbs.Rows, f.logProbs.Cols}, f.logProbs.Data); err != nil {
		return err
	}
	if f.abstained != nil {
		marks := make([]float32, len(f.abstained))
		for r, a := range f.abstained {
			if a {
				marks[r] = 1
			}
		}
		if err := weights.Put(&file, abstainedTensor, []int{len(marks)}, marks); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return weights.Write(path, &file)
}
