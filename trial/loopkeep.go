package trial

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/weights"
)

// kept runs the loop once, or reads what was kept of it.
func (l *looped) kept(ctx context.Context, dir string, seed int) ([]generation, error) {
	if dir == "" {
		return l.generations(ctx, seed)
	}
	h := sha256.New()
	settings := l.Loop
	settings.Seeds, settings.Effect = 0, 0 // which a seed does not depend on
	fmt.Fprintf(h, "loop %d %s %+v %d %d\n", Schema, l.trial.maker.Key, settings, judgeRounds, seed)
	h.Write(l.start.Pixels)
	fmt.Fprintln(h, l.start.Class, l.start.Group, l.start.Units, l.trial.tests.set.File)
	path := filepath.Join(dir, FitsDir, fmt.Sprintf("loop.%d.%.16s.safetensors", seed, hex.EncodeToString(h.Sum(nil))))
	if known, ok := l.read(path); ok {
		return known, nil
	}
	done, err := l.generations(ctx, seed)
	if err != nil {
		return nil, err
	}
	return done, write(path, done)
}

// The tensors of a generation, by its number.
func loopTensor(g int) string    { return fmt.Sprintf("loop/%d", g) }
func controlTensor(g int) string { return fmt.Sprintf("control/%d", g) }
func sharesTensor(g int) string  { return fmt.Sprintf("shares/%d", g) }
func imagesTensor(g int) string  { return fmt.Sprintf("images/%d", g) }

// read reads the generations of a seed; a file that is not whole, or not of these rows, is as good as none.
func (l *looped) read(path string) ([]generation, bool) {
	file, err := weights.Read(path)
	if err != nil {
		return nil, false
	}
	labels := l.trial.maker.labels
	rows, classes := l.trial.tests.set.Rows(), len(labels.Values)
	var out []generation
	for g := range l.Generations + 1 {
		said, err := file.Float32s(loopTensor(g), rows, classes)
		if err != nil {
			return nil, false
		}
		control, err := file.Float32s(controlTensor(g), rows, classes)
		if err != nil {
			return nil, false
		}
		images, err := file.Float32s(imagesTensor(g), 1)
		if err != nil {
			return nil, false
		}
		of := func(values []float32) outcome {
			return l.trial.maker.outcomeOf(l.trial.tests, l.trial.tests.names[0], fit{logProbs: measure.Matrix{Rows: rows, Cols: classes, Data: values}})
		}
		own := generation{images: int(images[0]), loop: of(said), control: of(control)}
		if g > 0 {
			tensor, err := file.Tensor(sharesTensor(g))
			if err != nil {
				return nil, false
			}
			if own.shares, err = weights.Values[float64](tensor); err != nil || len(own.shares) != len(labels.Groups) {
				return nil, false
			}
		}
		out = append(out, own)
	}
	return out, true
}

// write keeps the generations of a seed.
func write(path string, seed []generation) error {
	var file weights.File
	for g, own := range seed {
		for name, m := range map[string]measure.Matrix{loopTensor(g): own.loop.logProbs, controlTensor(g): own.control.logProbs} {
			if err := weights.Put(&file, name, []int{m.Rows, m.Cols}, m.Data); err != nil {
				return err
			}
		}
		if err := weights.Put(&file, imagesTensor(g), []int{1}, []float32{float32(own.images)}); err != nil {
			return err
		}
		if g == 0 {
			continue
		}
		if err := weights.Put(&file, sharesTensor(g), []int{len(own.shares)}, own.shares); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return weights.Write(path, &file)
}
