package train

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/ml/model"
)

const (
	// CheckpointDir is the folder, in that of a run, of the newest states of training.
	CheckpointDir = "checkpoints"
	keptNewest    = 2
)

// checkpoint is where a run stands, beside its weights.
type checkpoint struct {
	phase int // index of the phase under way
	clock clock
	used  time.Duration // what the phases before took
	// enough is how many images, counted as often as they were seen, the autoencoder had learnt from when more of them no
	// longer helped; 0 where that was not seen.
	enough int
	learnt int    // steps of the autoencoder, once it has ended; 0 where that is not known
	data   string // the dataset's key
	task   string // what of the task it is for; see [Task.fixed]
}

func (c checkpoint) name() string {
	return fmt.Sprintf("%d-%s-%08d.safetensors", c.phase, phaseNames[c.phase], c.clock.step)
}

// save writes the store and where the run stands. It remains, and the one before it. Those that come after it are of a
// training that went on from before it, or are damaged.
func (c checkpoint) save(dir string, store *model.Store) error {
	folder := filepath.Join(dir, CheckpointDir)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file := weights.File{Metadata: map[string]string{
		"phase":    phaseNames[c.phase],
		"step":     strconv.Itoa(c.clock.step),
		"prepared": c.clock.prepared.String(),
		"elapsed":  c.clock.elapsed.String(),
		"used":     c.used.String(),
		"data":     c.data,
		"task":     c.task,
		"enough":   strconv.Itoa(c.enough),
		"learnt":   strconv.Itoa(c.learnt),
	}}
	if c.clock.best != nil {
		text, err := json.Marshal(c.clock.best)
		if err != nil {
			return err
		}
		file.Metadata["best"] = string(text)
	}
	if err := nn.Save(store, &file); err != nil {
		return err
	}
	if err := weights.Write(filepath.Join(folder, c.name()), &file); err != nil {
		return err
	}
	names, err := checkpoints(dir)
	if err != nil {
		return err
	}
	last := slices.Index(names, c.name())
	for i, old := range names {
		if last-keptNewest < i && i <= last {
			continue
		}
		if err := os.Remove(filepath.Join(folder, old)); err != nil {
			return err
		}
	}
	return nil
}

// checkpoints lists the checkpoints of a run in the order of their phases and steps. Other files are left alone.
func checkpoints(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, CheckpointDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var found []checkpoint
	for _, e := range entries {
		for phase, name := range phaseNames {
			c := checkpoint{phase: phase}
			step, _ := strings.CutPrefix(strings.TrimSuffix(e.Name(), ".safetensors"), fmt.Sprintf("%d-%s-", phase, name))
			if c.clock.step, err = strconv.Atoi(step); err == nil && c.name() == e.Name() {
				found = append(found, c)
			}
		}
	}
	slices.SortFunc(found, func(a, b checkpoint) int {
		return cmp.Or(cmp.Compare(a.phase, b.phase), cmp.Compare(a.clock.step, b.clock.step))
	})
	var names []string
	for _, c := range found {
		names = append(names, c.name())
	}
	return names, nil
}

// load reads the newest checkpoint that is whole into store. It returns false where there is none.
func load(dir string, store *model.Store) (checkpoint, bool, error) {
	var c checkpoint
	names, err := checkpoints(dir)
	if err != nil {
		return c, false, err
	}
	var broken error
	for _, name := range slices.Backward(names) {
		path := filepath.Join(dir, CheckpointDir, name)
		file, err := weights.Read(path)
		if err != nil {
			broken = errors.Join(broken, err) // a damaged one: the one before it is whole
			continue
		}
		if c, err = parse(file.Metadata); err != nil {
			return c, false, fmt.Errorf("%s: %w", path, err)
		}
		if err := nn.Load(store, file); err != nil {
			return c, false, fmt.Errorf("%s: %w", path, err)
		}
		return c, true, nil
	}
	return c, false, broken
}

func parse(metadata map[string]string) (checkpoint, error) {
	var c checkpoint
	var err error
	if c.phase = slices.Index(phaseNames, metadata["phase"]); c.phase < 0 {
		return c, fmt.Errorf("the checkpoint names an unknown phase %q", metadata["phase"])
	}
	if c.clock.step, err = strconv.Atoi(metadata["step"]); err != nil {
		return c, fmt.Errorf("the checkpoint's step: %w", err)
	}
	for name, d := range map[string]*time.Duration{"prepared": &c.clock.prepared, "elapsed": &c.clock.elapsed, "used": &c.used} {
		if *d, err = time.ParseDuration(metadata[name]); err != nil {
			return c, fmt.Errorf("the checkpoint's time %q: %w", name, err)
		}
	}
	if text, ok := metadata["best"]; ok {
		if err := json.Unmarshal([]byte(text), &c.clock.best); err != nil {
			return c, fmt.Errorf("the best state before the checkpoint: %w", err)
		}
	}
	for name, n := range map[string]*int{"enough": &c.enough, "learnt": &c.learnt} { // which are younger than the others
		if text, ok := metadata[name]; ok {
			if *n, err = strconv.Atoi(text); err != nil {
				return c, fmt.Errorf("the checkpoint's %s, %q: %w", name, text, err)
			}
		}
	}
	c.data, c.task = metadata["data"], metadata["task"]
	return c, nil
}
