package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/pretrained"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weights"
	"gonum.org/v1/gonum/stat"
)

// DefaultPretrainedConfig is the training of a model behind a stage one that others have trained, whose weights are in
// these files: the flow's alone. The autoencoder's phase encodes the training images once.
func DefaultPretrainedConfig(files []string) Config {
	c := DefaultConfig()
	c.Autoencoder, c.Decoder = Schedule{Beta2: c.Autoencoder.Beta2}, Schedule{Beta2: c.Decoder.Beta2}
	c.Losses, c.Adversary, c.Flip, c.Jitter = autoencoder.Losses{}, Adversary{}, false, 0
	c.Pretrained = files
	return c
}

// checkPretrained says whether model and training both have a stage one that others have trained, or neither.
func (t Task) checkPretrained() error {
	m := t.Model.Pretrained
	switch {
	case (m == nil) != (len(t.Training.Pretrained) == 0):
		return errors.New("train: the model and its training must both name a pretrained autoencoder, or neither")
	case m != nil && t.Training.Autoencoder.Steps+t.Training.Decoder.Steps > 0:
		return errors.New("train: a pretrained autoencoder is not trained: set autoencoder.steps and decoder.steps to 0")
	}
	return nil
}

// loadPretrained reads the weights of stage one from their files, and writes the first checkpoint, from where on the
// run does not need the files.
func (t *trainer) loadPretrained(at checkpoint) error {
	file, err := pretrained.Read(t.Config.Pretrained...)
	if err != nil {
		return err
	}
	want := *t.Model.Pretrained
	want.Size, want.Channels, want.Latent, want.Thumbnail = 0, 0, 0, false
	if !reflect.DeepEqual(file.Networks(), want) {
		return fmt.Errorf("train: %q holds another autoencoder than the one that is configured", t.Config.Pretrained)
	}
	if err := file.Set(t.store.RootScope().At(prism.AutoencoderScope)); err != nil {
		return err
	}
	return at.save(t.Dir, t.store)
}

// latentsDir is where the whole latents of the training images are while a run trains, below the folder of checkpoints.
const latentsDir = "latents"

// DropLatents removes what only the training of the run in dir needs of its images.
func DropLatents(dir string) error {
	return os.RemoveAll(filepath.Join(dir, CheckpointDir, latentsDir))
}

// latentFile is a few training images of one collection and the file of their whole latents.
type latentFile struct {
	path       string
	collection int
	from       int   // the position of the first among the collection's training rows
	rows       []int // of the images
}

// latentFiles are all of them, in the order of collections and rows.
func (t *trainer) latentFiles() []latentFile {
	each := 8 * t.Model.Pretrained.Batch()
	var files []latentFile
	for c, rows := range t.trainRows() {
		from := 0
		for part := range slices.Chunk(rows, each) {
			path := filepath.Join(t.Dir, CheckpointDir, latentsDir, fmt.Sprintf("%06d.safetensors", len(files)))
			files = append(files, latentFile{path, c, from, part})
			from += len(part)
		}
	}
	return files
}

const wholeTensor = "latents"

// whole are the whole latents of a file, which is made where it is missing or damaged.
func (t *trainer) whole(ctx context.Context, f latentFile) ([]float32, error) {
	if file, err := weights.Read(f.path); err == nil && file.Verified() {
		if tensor, err := file.Tensor(wholeTensor); err == nil && len(tensor.Shape) == 2 && tensor.Shape[0] == len(f.rows) {
			return tensor.Float32s()
		}
	}
	var all []float32
	for part := range slices.Chunk(f.rows, t.Model.Pretrained.Batch()) {
		if ctx.Err() != nil {
			return nil, ErrStopped
		}
		y, err := t.prism.EncodeWhole(t.Dataset.ImagesOf(prism.Repeat(f.collection, len(part)), part))
		if err != nil {
			return nil, err
		}
		all = append(all, y...)
	}
	var file weights.File
	if err := weights.Put(&file, wholeTensor, []int{len(f.rows), len(all) / len(f.rows)}, all); err != nil {
		return nil, err
	}
	return all, weights.Write(f.path, &file)
}

// pretrainedPhase encodes the training images, those of one file a step. Its loss is the L1 of the first of them, decoded
// again.
func (t *trainer) pretrainedPhase(ctx context.Context, c *clock) (phase, error) {
	files := t.latentFiles()
	if err := os.MkdirAll(filepath.Dir(files[0].path), 0o755); err != nil {
		return phase{}, err
	}
	for c.step < len(files) { // what is there need not be done again
		if _, err := os.Stat(files[c.step].path); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return phase{}, err
		}
		c.step++
	}
	return phase{
		name: AutoencoderPhase, blind: true, end: t.fitCoordinates,
		schedule: Schedule{Steps: len(files), Batch: len(files[0].rows), Rate: 1},
		step: func(number int, _ float64) (float64, map[string]float64, error) {
			f := files[number]
			y, err := t.whole(ctx, f)
			if err != nil {
				return 0, nil, err
			}
			l1, err := t.wholeError(t.Dataset.ImagesOf([]int{f.collection}, f.rows[:1]), y[:len(y)/len(f.rows)])
			return l1, nil, err
		},
	}, nil
}

// wholeError is the mean L1 between images and what the networks make of their whole latents.
func (t *trainer) wholeError(images, whole []float32) (float64, error) {
	decoded, err := t.prism.DecodeWhole(whole)
	if err != nil {
		return 0, err
	}
	return t.meanError(images, decoded)
}

func (t *trainer) meanError(images, decoded []float32) (float64, error) {
	each, err := t.prism.Differences(images, decoded)
	return stat.Mean(each, nil), err
}

// fitCoordinates makes the leading principal components of the whole latents those of the prism: those that hold for
// images which they were not found from, and of them what is in use.
func (t *trainer) fitCoordinates(ctx context.Context) error {
	const found, checked = 6000, 2000 // images
	rows, apart := setApart(t.positions())
	most := t.sampled(forLinear, rows, found)
	few := t.sampled(forLinearCheck, apart, checked)
	whole, err := t.gather(ctx, most, few)
	if err != nil {
		return err
	}
	if t.Model.Pretrained.Thumbnail {
		if err := t.prism.Autoencoder.(*pretrained.Autoencoder).SetWeight(t.Model.Pretrained.Weigh(whole.values)); err != nil {
			return err
		}
	}
	width := whole.width
	c, err := autoencoder.PrincipalComponents(t.backend, whole.batches(ctx, most), width, t.Model.Pretrained.Latent, stream.New(t.Seed, stream.TrainRange))
	if err == nil && ctx.Err() == nil {
		var variances []float64
		if variances, err = c.Variances(t.backend, whole.batches(ctx, few)); err == nil {
			k := holding(c.Variance, variances)
			c = c.First(k)
			c.Residual = whole.spread(few, c.Mean)
			for _, v := range variances[:k] {
				c.Residual = max(0, c.Residual-v)
			}
		}
	}
	if ctx.Err() != nil {
		return ErrStopped
	} else if err != nil {
		return err
	}
	t.note("%d components of the %d values of whole latents hold for other images", len(c.Variance), width)
	if err := t.coordinates().SetComponents(c); err != nil {
		return err
	}
	if t.prism, err = prism.New(t.backend, t.store, t.Model, t.Seed); err != nil {
		return err
	}
	if err := t.fitBasis(ctx); err != nil {
		return err
	}
	return t.noteLoss()
}

// noteLoss says what of held-out images the networks keep, and what the latents in use do.
func (t *trainer) noteLoss() error {
	const images = 16 // of a collection
	var collections, rows []int
	for c, col := range t.Dataset.Collections {
		for _, row := range col.Validation[:min(images, len(col.Validation))] {
			collections, rows = append(collections, c), append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	shown := t.Dataset.ImagesOf(collections, rows)
	y, err := t.prism.EncodeWhole(shown)
	if err != nil {
		return err
	}
	whole, err := t.wholeError(shown, y)
	if err != nil {
		return err
	}
	z, _, err := t.prism.Compress(y)
	if err != nil {
		return err
	}
	decoded, err := t.prism.Decode(z)
	if err != nil {
		return err
	}
	used, err := t.meanError(shown, decoded)
	t.note("L1 of %d held-out images, reconstructed: %.3f by %s alone, %.3f from %d latents", len(rows), whole, t.Model.Pretrained.Name(), used, t.prism.Dim())
	return err
}

// encodePretrained encodes the training images of every collection by their whole latents.
func (t *trainer) encodePretrained(ctx context.Context) ([]posteriors, error) {
	all := make([]posteriors, len(t.Dataset.Collections))
	for _, f := range t.latentFiles() {
		if ctx.Err() != nil {
			return nil, ErrStopped
		}
		y, err := t.whole(ctx, f)
		if err != nil {
			return nil, err
		}
		mean, logVar, err := t.prism.Compress(y)
		if err != nil {
			return nil, err
		}
		p := &all[f.collection]
		p.mean, p.std = append(p.mean, mean...), append(p.std, deviations(logVar)...)
	}
	return all, nil
}

// sampled draws as many of each collection's positions, n in all or all that the largest has.
func (t *trainer) sampled(use purpose, positions [][]int, n int) []pick {
	largest := 0
	for _, p := range positions {
		largest = max(largest, len(p))
	}
	return newOrder(t.Seed, use, positions).batch(0, min(n, largest*len(positions)))
}

// wholeRows are the whole latents of some training images.
type wholeRows struct {
	width  int
	row    map[pick]int
	values []float32 // [len(row), width]
}

// gather reads those of the picks.
func (t *trainer) gather(ctx context.Context, picks ...[]pick) (*wholeRows, error) {
	w := &wholeRows{row: map[pick]int{}}
	for _, p := range slices.Concat(picks...) {
		w.row[p] = 0
	}
	next := 0
	for _, f := range t.latentFiles() {
		if ctx.Err() != nil {
			return nil, ErrStopped
		}
		var y []float32
		for i := range f.rows {
			p := pick{f.collection, f.from + i}
			if _, wanted := w.row[p]; !wanted {
				continue
			}
			if y == nil {
				var err error
				if y, err = t.whole(ctx, f); err != nil {
					return nil, err
				}
				w.width = len(y) / len(f.rows)
				if w.values == nil {
					w.values = make([]float32, 0, len(w.row)*w.width)
				}
			}
			w.row[p] = next
			next++
			w.values = append(w.values, y[i*w.width:(i+1)*w.width]...)
		}
	}
	return w, nil
}

// batches yields the rows of the picks, a few hundred at a time, until ctx ends.
func (w *wholeRows) batches(ctx context.Context, picks []pick) iter.Seq[[]float32] {
	const batch = 500
	return func(yield func([]float32) bool) {
		for some := range slices.Chunk(picks, batch) {
			var values []float32
			for _, p := range some {
				values = append(values, w.at(p)...)
			}
			if ctx.Err() != nil || !yield(values) {
				return
			}
		}
	}
}

func (w *wholeRows) at(p pick) []float32 {
	i := w.row[p]
	return w.values[i*w.width : (i+1)*w.width]
}

// spread is the mean squared distance of the picks from a vector.
func (w *wholeRows) spread(picks []pick, from []float32) float64 {
	sum := 0.0
	for _, p := range picks {
		for j, v := range w.at(p) {
			d := float64(v) - float64(from[j])
			sum += d * d
		}
	}
	return sum / float64(len(picks))
}
