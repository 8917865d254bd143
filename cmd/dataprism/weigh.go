package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/weigh"
	"github.com/spf13/cobra"
)

// Files of weights.
const (
	weighFile   = "weigh.json"
	weightsFile = "weights.csv"
	pathsFile   = "paths.txt"
)

// weighFlags are the flags of weigh.
type weighFlags struct {
	label, setting, density, contributor string
	pool                                 string
	score, keep, cue                     string
	shallow, asJSON                      bool
	neighbour                            int
	of                                   []string
	seed                                 uint64
	out, cache, backend                  string

	amount weigh.Amount
}

func newWeigh() *cobra.Command {
	var f weighFlags
	cmd := &cobra.Command{
		Use:   "weigh RUN",
		Short: "Weigh training images, or choose some, against what an audit has found",
		Long: `Weigh training images, or choose some, against what an audit has found. One of the rules is given:

  --label Y --context S       weights that make the label Y independent of the label S (or of the collection)
    --pool C --keep N         and instead of weights, images of C for the cells of Y and S that lack most
  --density C --keep N        the images of other collections that are most like those of C, within each value of --label
  --label Y --shallow         weights against images whose label a simple cue tells, and how far each cue tells it
  --label Y --contributor G   weights that give every contributor, named by the label G, the same shares of the label Y

RUN/weigh gets weights.csv with the columns file and weight, where a file is COLLECTION/PATH; paths.txt, and one for each
collection that has any, with the paths of what is kept or, of a rule that weighs, of as many images drawn in proportion to their
weights; and weigh.json with what was found. All of it rests on training images.`,
		Example: "  dataprism weigh RUN --label smile --context gender\n  dataprism weigh RUN --density lfw --keep 25% --label gender",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one run: dataprism weigh RUN")
			}
			if err := f.check(); err != nil {
				return err
			}
			if f.out == "" {
				f.out = filepath.Join(args[0], "weigh")
			}
			return f.run(cmd, args[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.label, "label", "", "label that a classifier is to learn; LABEL=VALUE is one value against all others")
	flags.StringVar(&f.setting, "context", "", "label that it is to be independent of, or collection")
	flags.StringVar(&f.pool, "pool", "", "collection of spare images, of which --context takes those that --keep says")
	flags.StringVar(&f.density, "density", "", "collection that images of the others are to be like")
	flags.StringVar(&f.keep, "keep", "", "how many to keep of them, as 500, 0.25 or 25%")
	flags.StringVar(&f.score, "rule", weigh.Nearest, "what ranks them: nearest, likelihood or odds")
	flags.IntVar(&f.neighbour, "neighbour", weigh.DefaultNeighbour, "which nearest image of the collection --rule nearest looks at")
	flags.BoolVar(&f.shallow, "shallow", false, "weigh against images whose label a simple cue tells")
	flags.StringVar(&f.cue, "cue", weigh.CoarseCue, "that cue: colour, quality, 4x4, frame, posterior, 16x16 or features")
	flags.StringVar(&f.contributor, "contributor", "", "label that names who an image is from, such as group")
	flags.StringSliceVar(&f.of, "of", nil, "collections to weigh (default: all, with --density or --pool all others)")
	flags.StringVarP(&f.out, "out", "o", "", "folder of what is written (default: RUN/weigh)")
	cacheVar(cmd, &f.cache)
	seedVar(cmd, &f.seed)
	flags.BoolVar(&f.asJSON, "json", false, "print weigh.json")
	backendVar(cmd, &f.backend)
	return cmd
}

// check says what of the flags cannot be meant.
func (f *weighFlags) check() error {
	rules := 0
	for _, given := range []bool{f.setting != "", f.density != "", f.shallow, f.contributor != ""} {
		if given {
			rules++
		}
	}
	switch {
	case rules != 1:
		return usage("give one of --context, --density, --shallow and --contributor")
	case f.label == "" && f.density == "":
		return usage("name the label that is to be learnt with --label")
	case f.label == f.setting && f.label != "":
		return usage("--label and --context are both %s: a label cannot be made independent of itself", f.label)
	case f.pool != "" && f.setting == "":
		return usage("--pool goes with --context")
	case (f.density == "" && f.pool == "") != (f.keep == ""):
		return usage("--keep is given with --density or --pool, and these with it")
	case !slices.Contains([]string{weigh.Nearest, weigh.Likelihood, weigh.Odds}, f.score):
		return usage("--rule is %s, but must be nearest, likelihood or odds", f.score)
	case f.neighbour < 1:
		return usage("--neighbour is %d, but must be at least 1", f.neighbour)
	}
	if f.keep == "" {
		return nil
	}
	var err error
	if f.amount, err = weigh.ParseAmount(f.keep); err != nil {
		return usage("--keep: %w", err)
	}
	return nil
}

// run weighs the training images of the run in dir.
func (f *weighFlags) run(cmd *cobra.Command, dir string) error {
	if err := prepare(f.out, weightsFile); err != nil {
		return err
	}
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	model, err := openModel(f.backend, dir)
	if err != nil {
		return err
	}
	defer model.Close()
	d, err := model.data(cmd.Context(), f.cache, progress, "what is weighed may not be what it was trained on")
	if err != nil {
		return err
	}
	defer d.Close()
	other := -1 // the collection of --density or --pool
	if name := f.density + f.pool; name != "" {
		if other, err = model.prism.Collection(name); err != nil {
			return usageError{err}
		}
	}
	if f.density != "" {
		if err := model.prism.Complete(); err != nil {
			return err
		}
	}
	collections, err := f.weighed(model, other)
	if err != nil {
		return err
	}
	settings := weigh.Settings{Seed: f.seed, Progress: progress.counted}
	if settings.Seed == 0 {
		settings.Seed = model.config.Seed
	}
	result, err := f.apply(cmd.Context(), weigh.TrainingRows(d, model.prism, collections, settings), other)
	if err != nil {
		return err
	}
	progress.close()
	written, err := f.write(progress, result, collections, model.prism.Collections)
	if err != nil {
		return err
	}
	if f.asJSON {
		return printJSON(cmd.OutOrStdout(), result)
	}
	if err := result.WriteText(cmd.OutOrStdout()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n", strings.Join(written, "\n"))
	return err
}

// weighed are the collections whose images are weighed.
func (f *weighFlags) weighed(m *opened, other int) ([]int, error) {
	var collections []int
	for _, name := range f.of {
		c, err := m.prism.Collection(name)
		if err != nil {
			return nil, usageError{err}
		}
		if c == other {
			return nil, usage("--of names %s, which --density or --pool does, too", name)
		}
		collections = append(collections, c)
	}
	if len(collections) == 0 {
		for _, c := range m.prism.All() {
			if c != other {
				collections = append(collections, c)
			}
		}
	}
	if f.pool != "" {
		collections = append(collections, other)
	}
	slices.Sort(collections)
	return collections, nil
}

// apply applies the rule that was given.
func (f *weighFlags) apply(ctx context.Context, rows *weigh.Rows, other int) (*weigh.Result, error) {
	switch {
	case f.pool != "":
		return rows.Pool(f.label, f.setting, other, f.amount)
	case f.setting != "":
		return rows.Context(ctx, f.label, f.setting)
	case f.density != "":
		return rows.Density(ctx, other, f.label, f.score, f.neighbour, f.amount)
	case f.shallow:
		return rows.Shallow(ctx, f.label, f.cue)
	}
	return rows.Contributors(ctx, f.label, f.contributor)
}

// write writes the files of a result and returns their paths. all are the run's collections.
func (f *weighFlags) write(p *progress, r *weigh.Result, collections []int, all []string) (written []string, err error) {
	add := func(name string, write func(io.Writer) error) error {
		path := filepath.Join(f.out, name)
		written = append(written, path)
		return atomicfile.WriteFrom(path, write)
	}
	if err := add(weightsFile, r.WriteCSV); err != nil {
		return nil, err
	}
	lists, err := f.writeLists(p, r, collections, all)
	if err != nil {
		return nil, err
	}
	written = append(written, lists...)
	return written, add(weighFile, func(w io.Writer) error { return printJSON(w, r) })
}

// writeLists writes the list of all paths and, of several collections, that of each which has any. Lists of the others are of an
// earlier result, and go.
func (f *weighFlags) writeLists(p *progress, r *weigh.Result, collections []int, all []string) (written []string, err error) {
	whole, err := r.Paths(f.out, -1)
	if err != nil {
		p.note("no list of paths is written: %v", err)
	}
	if n := len(whole.Unwritable); n > 0 {
		p.note("%d images have names that a list of paths cannot hold, the first %q", n, whole.Unwritable[0])
	}
	write := func(name string, list collection.PathList) error {
		path := filepath.Join(f.out, name)
		if list.Files == 0 {
			os.Remove(path)
			return nil
		}
		written = append(written, path)
		return atomicfile.Write(path, []byte(list.Text))
	}
	if err := write(pathsFile, whole); err != nil {
		return nil, err
	}
	for c, name := range all {
		var list collection.PathList
		if len(collections) > 1 && slices.Contains(collections, c) && whole.Files > 0 {
			if list, err = r.Paths(f.out, c); err != nil {
				return nil, err
			}
			if list.Files == 0 && slices.Contains(r.Collections, name) {
				p.note("no image of %s is among the listed, and it gets no list of its own", name)
			}
		}
		if err := write("paths."+name+".txt", list); err != nil {
			return nil, err
		}
	}
	return written, nil
}
