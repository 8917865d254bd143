package train

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/ml/model"
)

const (
	checkpointDir = "checkpoints"
	keptNewest    = 2
)

// checkpoint is where a run stands, beside its weights.
type checkpoint struct {
	phase int // index of the phase under way
	clock clock
	used  time.Duration // what the phases before took
	data  string        // the dataset's key
	model string        // digest of the configuration
}

func (c checkpoint) name() string {
	return fmt.Sprintf("%d-%s-%08d.safetensors", c.phase, phaseNames[c.phase], c.clock.step)
}

// save writes the store and where the run stands; afterwards the newest two remain.
func (c checkpoint) save(dir string, store *model.Store) error {
	folder := filepath.Join(dir, checkpointDir)
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
		"config":   c.model,
	}}
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
	for _, old := range names[:max(0, len(names)-keptNewest)] {
		if err := os.Remove(filepath.Join(folder, old)); err != nil {
			return err
		}
	}
	return nil
}

// checkpoints lists the checkpoints of a run, the newest last.
func checkpoints(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, checkpointDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".safetensors" {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, cmp.Compare)
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
		path := filepath.Join(dir, checkpointDir, name)
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
	c.data, c.model = metadata["data"], metadata["config"]
	return c, nil
}
