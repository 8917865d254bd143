package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/prism"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

var phaseNames = []string{AutoencoderPhase, DecoderPhase, FlowPhase}

// Task says what is trained, and how: with the images, all that the result depends on.
type Task struct {
	Model    prism.Config `yaml:"model"`
	Training Config       `yaml:"training"`
	Seed     uint64       `yaml:"seed"`
}

// Validate says what contradicts itself or cannot be trained.
func (t Task) Validate() error {
	if t.Training.Latents.Pairs != "" && !t.Model.Flow.Transport {
		return errors.New("train: latents.pairs is for flows that begin with a transport")
	}
	return errors.Join(t.Model.Validate(), t.Training.Validate(), t.checkNet2Net(), t.checkPretrained())
}

// leastImages is how many images of a collection can be trained on: parts of them must have covariances of their own.
const leastImages = 12

// Enough refuses collections that are too few images to fit the flow to, or lack what the task needs of their labels, by
// a [LabelError]. It is what [Train] asks first.
func (t Task) Enough(d *collection.Dataset) error {
	least := 2
	if t.Model.Flow.Transport {
		least = leastImages
	}
	if err := d.Enough(least); err != nil {
		return err
	}
	if l := t.Training.Latents; len(l.Keep) > 0 {
		if _, err := mixtureOf(d, l.Keep); err != nil {
			return err
		}
	}
	if l := t.Training.Latents; l.Pairs != "" {
		if _, err := knownPairs(d, l.Pairs); err != nil {
			return err
		}
	}
	return nil
}

// Options say where and how a training runs; they change nothing in its result.
type Options struct {
	Dir             string        // where checkpoints/ and metrics.jsonl go: the run folder
	Resume          bool          // go on from the newest checkpoint, if there is one
	CheckpointEvery time.Duration // 0 is a minute
	// Progress, if set, hears of every step.
	Progress func(Event)
	// Note, if set, hears what a user may want to know of what was found on the way.
	Note func(text string)
	// Preview, if set, is called now and then while a phase trains, and at its end, to draw what the model can do.
	Preview      func(p *prism.Prism, phase string, step int) error
	PreviewEvery time.Duration // 0 is two minutes
}

// trainer is one training under way.
type trainer struct {
	Config
	Options
	Seed    uint64 // of what steps draw
	seed    uint64 // of the run
	Model   prism.Config
	Dataset *collection.Dataset

	backend compute.Backend
	store   *model.Store
	prism   *prism.Prism
	fixed   string // what of the task a checkpoint is for
	log     *metricsLog
}

// Train fits the task's model to the data set and returns the trained prism. When ctx ends it writes a checkpoint and
// returns [ErrStopped].
func Train(ctx context.Context, backend compute.Backend, d *collection.Dataset, task Task, o Options) (*prism.Prism, error) {
	if err := errors.Join(task.Enough(d), task.Validate()); err != nil {
		return nil, err
	}
	t := &trainer{Config: task.Training, Options: o, Seed: task.Seed, seed: task.Seed, Model: task.Model, Dataset: d, backend: backend, store: model.NewStore()}
	if t.CheckpointEvery == 0 {
		t.CheckpointEvery = time.Minute
	}
	if t.PreviewEvery == 0 {
		t.PreviewEvery = 2 * t.CheckpointEvery
	}
	if s := task.Training.Seed; s != 0 {
		t.Seed = s
	}
	var err error
	if t.fixed, err = task.fixed(); err != nil {
		return nil, err
	}
	at, found, err := t.position()
	if err == nil && !found && task.Model.Pretrained != nil {
		err = t.loadPretrained(at)
	}
	if err != nil {
		return nil, err
	}
	if t.prism, err = prism.New(backend, t.store, task.Model, task.Seed); err != nil {
		return nil, err
	}
	if t.log, err = openMetrics(o.Dir, at); err != nil {
		return nil, err
	}
	defer t.log.Close()
	for i := at.phase; i < len(phaseNames); i++ {
		if err := t.phase(ctx, i, &at); err != nil {
			return nil, err
		}
	}
	t.noteHaste(at)
	return t.prism, nil
}

// noteHaste says where the time was too short for the autoencoder, which had at most fewSteps or saw less than every image once.
func (t *trainer) noteHaste(at checkpoint) {
	const fewSteps = 100
	if t.Time == 0 || t.Model.Pretrained != nil || at.learnt == 0 || at.enough > 0 {
		return
	}
	images := 0
	for _, rows := range t.trainRows() {
		images += len(rows)
	}
	least := max(fewSteps, (images+t.Config.Autoencoder.Batch-1)/t.Config.Autoencoder.Batch)
	if at.learnt >= least {
		return
	}
	needed := time.Duration(math.Ceil(t.Time.Minutes()*float64(least)/float64(at.learnt))) * time.Minute
	t.note("the time was too short: the autoencoder had %d steps, but needs %d at the very least, and pictures will be smeared; train for %s or longer (--time), or at a smaller --size",
		at.learnt, least, strings.TrimSuffix(needed.String(), "0s"))
}

// position is where training starts: at the newest checkpoint, or where there is none at the beginning.
func (t *trainer) position() (at checkpoint, found bool, err error) {
	start := checkpoint{data: t.Dataset.Key(), task: t.fixed}
	if !t.Resume {
		return start, false, nil
	}
	at, found, err = load(t.Dir, t.store)
	if err != nil || !found {
		return start, false, err
	}
	if at.data != start.data {
		return at, true, fmt.Errorf("%s cannot be resumed: the images or their labels have changed since it was started", t.Dir)
	}
	if at.task != start.task {
		return at, true, &ChangedError{t.Dir, changes(at.task, start.task)}
	}
	return at, true, nil
}

func (t *trainer) note(format string, args ...any) {
	if t.Note != nil {
		t.Note(fmt.Sprintf(format, args...))
	}
}

// ownFlow is the flow of a model of our own.
func (t *trainer) ownFlow() *flow.Flow { return t.prism.Flow.(*flow.Flow) }

// trainRows are the training rows of each collection.
func (t *trainer) trainRows() [][]int {
	rows := make([][]int, len(t.Dataset.Collections))
	for c, col := range t.Dataset.Collections {
		rows[c] = col.Train
	}
	return rows
}

// positions number the training rows of each collection from 0, as their latents lie.
func (t *trainer) positions() [][]int {
	positions := t.trainRows()
	for c, rows := range positions {
		positions[c] = upTo(len(rows))
	}
	return positions
}

// upTo are the numbers from 0 to below n.
func upTo(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// stepFunc runs one compiled step, numbered from 0, at a learning rate, and returns its loss and the named terms.
type stepFunc func(number int, rate float64, data ...*tensors.Tensor) (float64, map[string]float64, error)

// compile makes a step of a graph that reads the data, the rate and the step's number (from 1), and returns the
// loss followed by the named terms.
func (t *trainer) compile(names []string, fn func(in []*Node) []*Node) (stepFunc, error) {
	exec, err := model.NewExec(t.backend, t.store, func(_ *model.Scope, in []*Node) []*Node { return fn(in) })
	if err != nil {
		return nil, err
	}
	return func(number int, rate float64, data ...*tensors.Tensor) (loss float64, terms map[string]float64, err error) {
		args := make([]any, 0, len(data)+2)
		for _, d := range data {
			args = append(args, d)
		}
		args = append(args, float32(rate), float32(number+1))
		var out []*tensors.Tensor
		if caught := nn.Catch(func() { out, err = exec.Exec(args...) }); caught != nil {
			err = caught
		}
		if err != nil {
			return 0, nil, err
		}
		values := make([]float64, len(out))
		for i, o := range out {
			values[i] = float64(tensors.ToScalar[float32](o))
			o.MustFinalizeAll()
		}
		for _, d := range data {
			d.MustFinalizeAll()
		}
		terms = make(map[string]float64, len(names))
		for i, name := range names {
			terms[name] = values[i+1]
		}
		return values[0], terms, nil
	}, nil
}

func (t *trainer) imageTensor(images []float32) *tensors.Tensor {
	d := t.Dataset
	return tensors.FromFlatDataAndDimensions(images, len(images)/(d.Size*d.Size*d.Channels), d.Size, d.Size, d.Channels)
}

func (t *trainer) rowTensor(rows []float32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(rows, len(rows)/t.prism.Dim(), t.prism.Dim())
}
