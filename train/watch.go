package train

import (
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/internal/stream"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// watch follows the loss of a phase on training images that the phase is not fitted to.
type watch struct {
	store *model.Store
	every int                     // steps from one look to the next
	loss  func() (float64, error) // with the weights in place
}

// best is the state of a phase in which a watched loss was lowest; it is part of a checkpoint. Its weights lie in the store,
// below [bestScope].
type best struct {
	Step  int     `json:"step"` // 0 before the first look
	Loss  float64 `json:"loss"`
	Ended bool    `json:"ended,omitempty"` // whether the phase ends early, since the loss has risen for long
}

const (
	bestScope  = "best"
	lookCost   = 40    // images are trained on for each that is looked at, which takes less than 1% of the time
	leastApart = 10    // steps between two looks
	patience   = 3     // looks at the least, and half as many steps as led to the best state, until a phase ends early
	margin     = 0.005 // the share by which a loss must be higher than the lowest to count as worse
)

// worse says whether a loss is clearly higher than the lowest.
func (b *best) worse(loss float64) bool { return loss > b.Loss*(1+margin) }

// look takes the loss with the averaged weights, keeps them where it is the lowest so far, and ends the phase where it has
// been lowest long ago.
func (w *watch) look(b *best, step int) (float64, error) {
	if err := nn.SwapAverages(w.store); err != nil {
		return 0, err
	}
	loss, err := w.loss()
	if err := errors.Join(err, nn.SwapAverages(w.store)); err != nil {
		return 0, err
	}
	if b.Step == 0 || loss < b.Loss {
		b.Step, b.Loss = step, loss
		return loss, nn.CopyScope(w.store, nn.EMAScope, bestScope)
	}
	b.Ended = b.worse(loss) && step-b.Step >= max(patience*w.every, b.Step/2)
	return loss, nil
}

// useBest puts the best weights in place where those that are there are worse.
func (t *trainer) useBest(p phase, at *checkpoint) error {
	b := at.clock.best
	if b.Step == 0 {
		return nil
	}
	loss, err := p.watch.loss()
	if err != nil || !b.worse(loss) {
		return err
	}
	t.note("the %s ends as it was after step %d of %d: from there on it learnt its training images by heart, and lost on those set apart", p.name, b.Step, at.clock.step)
	at.enough = b.Step * p.schedule.Batch
	return nn.CopyScope(t.store, bestScope, "")
}

// repeats says whether a phase may see images so often that it learns them by heart, as one by time may.
func (t *trainer) repeats(s Schedule) bool {
	const harmless = 4 // passes
	fewest := math.MaxInt
	for _, rows := range t.trainRows() {
		fewest = min(fewest, len(rows))
	}
	return s.EMA > 0 && (t.Time > 0 || s.Steps*s.Batch > harmless*fewest*len(t.Dataset.Collections))
}

// apart parts the training rows of each collection into those that are fitted and a twentieth that is watched, 2 to 128
// of whole units. Where a collection has none to spare, all are fitted, and watched is nil.
func (t *trainer) apart() (fitted, watched [][]int) {
	const share, fewest, most = 20, 2, 128
	d := t.Dataset
	left := make([]int, len(d.Collections)) // to be watched yet
	size := map[int][]int{}                 // of each unit, in images of each collection for training
	units := d.Units()
	for c, col := range d.Collections {
		if len(col.Train) >= 2*leastImages {
			left[c] = max(fewest, min(most, len(col.Train)/share))
		}
		for _, row := range col.Train {
			u := units[c][row]
			if size[u] == nil {
				size[u] = make([]int, len(left))
			}
			size[u][c]++
		}
	}
	order := slices.Sorted(maps.Keys(size))
	rng := stream.New(t.seed, stream.TrainWatched)
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	spared := map[int]bool{}
	for _, u := range order {
		then := slices.Clone(left)
		for c, n := range size[u] {
			then[c] -= n
		}
		if slices.Min(then) >= 0 {
			left, spared[u] = then, true
		}
	}
	fitted, watched = make([][]int, len(left)), make([][]int, len(left))
	for c, col := range d.Collections {
		for _, row := range col.Train {
			side := fitted
			if spared[units[c][row]] {
				side = watched
			}
			side[c] = append(side[c], row)
		}
	}
	for c := range left {
		if len(watched[c]) == 0 {
			return t.trainRows(), nil
		}
	}
	return fitted, watched
}

// watchReconstruction watches the reconstruction of posterior means, of as many images of each collection.
func (t *trainer) watchReconstruction(rows [][]int) (*watch, error) {
	a, losses := t.prism.Autoencoder, t.Config.Losses
	loss, err := t.compile(nil, func(in []*Node) []*Node {
		mean, _ := a.Encode(in[0])
		return []*Node{losses.Reconstruction(in[0], a.Decode(mean))}
	})
	if err != nil {
		return nil, err
	}
	largest := 0
	for _, r := range rows {
		largest = max(largest, len(r))
	}
	all, trained := largest*len(rows), t.Config.Autoencoder.Batch
	batches := (all + trained - 1) / trained
	size := min(all, trained)
	return &watch{
		store: t.store,
		every: max(leastApart, lookCost*batches*size/trained),
		loss: func() (float64, error) {
			sum := 0.0
			for b := range batches {
				collections, images := make([]int, size), make([]int, size)
				for i := range size {
					at := b*size + i
					c := at % len(rows)
					collections[i], images[i] = c, rows[c][at/len(rows)%len(rows[c])]
				}
				l, _, err := loss(0, 0, t.imageTensor(t.Dataset.ImagesOf(collections, images)))
				if err != nil {
					return 0, err
				}
				sum += l / float64(batches)
			}
			return sum, nil
		},
	}, nil
}
