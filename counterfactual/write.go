package counterfactual

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/collection/degrade"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// Result is what was made and how much of it shows what it should, by judges that were not fitted to the image.
type Result struct {
	Label  string       `json:"label"`
	Apart  string       `json:"keep_apart"`
	Tried  int          `json:"tried"`
	Pairs  int          `json:"pairs"` // kept: of four images each
	Cells  []CellResult `json:"cells"`
	Others []Unchanged  `json:"others"` // further labels
}

// CellResult is what was found about the images of one cell: shares of those that were tried.
type CellResult struct {
	Collection string           `json:"collection"`
	Tried      int              `json:"tried"`
	Kept       measure.Estimate `json:"kept"`
	// Self is how many reconstructions judges find to show both labels as they are: what judges miss without any
	// change.
	Self           measure.Estimate `json:"self"`
	Factual        measure.Estimate `json:"factual"`        // the other label changed and the label not
	Counterfactual measure.Estimate `json:"counterfactual"` // the label changed and the other not
}

// Unchanged is how many images judges find to show the same value of a further label as the reconstruction does.
type Unchanged struct {
	Label          string           `json:"label"`
	Factual        measure.Estimate `json:"factual"`
	Counterfactual measure.Estimate `json:"counterfactual"`
}

// Write makes the pairs of a plan with a prism of its collections, and writes those that judges find to show what
// they should into the folder dir, which exists and is empty: PNG files of four roles (see [Roles]) and a
// metadata.csv with the columns file_name, pair, role, group, source, and the labels that each image is to show. The
// images of a pair have one value of pair; pairs whose originals belong together have one of group.
func Write(ctx context.Context, dir string, p *Plan, model *prism.Prism, s Settings) (*Result, error) {
	w := begin(p, model, s)
	if err := w.see(ctx); err != nil {
		return nil, err
	}
	if err := w.learn(ctx); err != nil {
		return nil, err
	}
	out := newTable(w)
	verdicts := &verdicts{work: w}
	err := w.each(ctx, "making pairs", func(from, to int) error {
		made, err := w.made(from, to)
		if err != nil {
			return err
		}
		for i, keep := range verdicts.pass(made, from) {
			if !keep {
				continue
			}
			if err := out.pair(dir, from+i, made, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	result, err := verdicts.result()
	if err != nil {
		return nil, err
	}
	if result.Pairs == 0 {
		return nil, fmt.Errorf("judges find no pair to show what it should: the prism does not carry %s apart from %s", p.Label, p.Apart)
	}
	return result, out.write(filepath.Join(dir, "metadata.csv"))
}

// made are the images that were made of some rows, by role from [Self] on, and their features.
type made struct {
	images   [3]measure.Images
	features [3]measure.Matrix
}

// made makes the images of the rows from from to to-1.
func (w *work) made(from, to int) (*made, error) {
	m := &made{}
	z := w.z.Slice(from, to).Data
	v, _, err := w.prism.Codes(z, w.collection[from:to])
	if err != nil {
		return nil, err
	}
	for k, labels := range [][]int{nil, w.factual[from:to], w.opposite[from:to]} {
		latents := z
		if labels != nil {
			if latents, err = w.prism.Latents(v, labels); err != nil {
				return nil, err
			}
		}
		if m.images[k], m.features[k], err = w.decode(latents); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// table is the metadata.csv of pairs under way.
type table struct {
	*work
	names []string // labels, but for the two of the plan
	text  bytes.Buffer
	csv   *csv.Writer
	next  int // number of the next pair
}

func newTable(w *work) *table {
	t := &table{work: w}
	for _, each := range w.plan.cells {
		for _, name := range w.plan.data.Collections[each.collection].LabelNames() {
			known := slices.Contains(t.names, name)
			if !known && collection.IsContent(name) && name != w.plan.Label && name != w.plan.Apart && !slices.Contains(ownColumns(), name) {
				t.names = append(t.names, name)
			}
		}
	}
	t.csv = csv.NewWriter(&t.text)
	t.csv.Write(slices.Concat(ownColumns(), []string{w.plan.Label, w.plan.Apart}, t.names))
	return t
}

// ownColumns are those that pairs have beside labels.
func ownColumns() []string {
	return []string{"file_name", collection.LabelPair, "role", collection.LabelGroup}
}

// pair writes the four images of row r, which is number i of those that were made together.
func (t *table) pair(dir string, r int, m *made, i int) error {
	col := t.plan.data.Collections[t.collection[r]]
	row := t.row[r]
	pair := col.Name + "/" + col.Items[row].File
	group, ok := col.Label(row, collection.LabelGroup)
	if !ok {
		group, _ = col.Label(row, collection.LabelPair)
	}
	for k, role := range Roles() {
		pixels := col.Pixels(row)
		if k > 0 {
			pixels = bytesOf(m.images[k-1].Image(i))
		}
		name := fmt.Sprintf("%07d-%s.png", t.next, role)
		if err := writeImage(filepath.Join(dir, name), pixels, t.plan.data); err != nil {
			return err
		}
		value, aside := t.plan.Values[t.truth[0][r]], t.plan.Aside[t.truth[1][r]]
		switch role {
		case Factual:
			aside = t.plan.Aside[t.newAside[r]]
		case Counterfactual:
			value = t.plan.Values[t.newOne[r]]
		}
		record := []string{name, pair, role, group, value, aside}
		for _, label := range t.names {
			value, _ := col.Label(row, label)
			record = append(record, value)
		}
		t.csv.Write(record)
	}
	t.next++
	return nil
}

func (t *table) write(path string) error {
	t.csv.Flush()
	if err := t.csv.Error(); err != nil {
		return err
	}
	return os.WriteFile(path, t.text.Bytes(), 0o666) // the folder becomes visible as a whole
}

func writeImage(path string, pixels []byte, d *collection.Dataset) error {
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&file, degrade.Picture(pixels, d.Size, d.Channels)); err != nil {
		return err
	}
	return os.WriteFile(path, file.Bytes(), 0o666)
}

// bytesOf are values in [-1, 1] as 8 bits.
func bytesOf(values []float32) []byte {
	out := make([]byte, len(values))
	for i, v := range values {
		out[i] = byte(min(255, max(0, (v+1)*127.5+0.5)))
	}
	return out
}
