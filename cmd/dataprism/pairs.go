package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dataprism/dataprism/counterfactual"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

// pairsFlags are the flags of project that make pairs in the place of projections of given images.
type pairsFlags struct {
	dir, label, apart, cache string
	most                     int
	seed                     uint64
	asJSON                   bool
}

func (f *pairsFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "pairs", "", "new folder for pairs of training images that differ in one label, as a collection")
	flags.StringVar(&f.label, "label", "", "label that the counterfactual image of a pair changes")
	flags.StringVar(&f.apart, "keep-apart", "", "label that may be a shortcut to it, which the factual image changes")
	flags.IntVar(&f.most, "most", 0, "make pairs of at most this many images of each cell (0: all)")
	cacheVar(cmd, &f.cache)
	flags.Uint64Var(&f.seed, "seed", 0, "seed of which images are taken and what judges learn from (0: that of the run)")
	flags.BoolVar(&f.asJSON, "json", false, "print what was made as JSON")
}

// only says which flag was given that means something with --pairs alone.
func (f *pairsFlags) only(given func(string) bool) error {
	for _, name := range []string{"label", "keep-apart", "most", "cache", "seed", "json"} {
		if given(name) {
			return usage("--%s goes with --pairs", name)
		}
	}
	return nil
}

// check says what of the flags cannot be meant.
func (f *pairsFlags) check(args []string, given func(string) bool) error {
	for _, name := range []string{"from", "to", "strength", "detail", "size", "out", "single", "animate", "frames", "anyway"} {
		if given(name) {
			return usage("--%s does not go with --pairs", name)
		}
	}
	switch {
	case len(args) != 1:
		return usage("name one run and no images: dataprism project RUN --pairs DIR --label LABEL --keep-apart LABEL")
	case f.label == "" || f.apart == "":
		return usage("--pairs needs --label and --keep-apart")
	case f.label == f.apart:
		return usage("--label and --keep-apart are both %s", f.label)
	case f.most < 0:
		return usage("--most is %d, but must not be negative", f.most)
	}
	return nil
}

// run makes the pairs.
func (f *pairsFlags) run(cmd *cobra.Command, backend, dir string) error {
	if err := run.CheckNewFolder(f.dir); err != nil {
		return err
	}
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	model, err := openComplete(backend, dir)
	if err != nil {
		return err
	}
	defer model.Close()
	d, err := model.data(cmd.Context(), f.cache, progress, "pairs may not be of what it was trained on")
	if err != nil {
		return err
	}
	defer d.Close()
	plan, err := counterfactual.NewPlan(d, f.label, f.apart)
	if err != nil {
		return err
	}
	settings := counterfactual.Settings{Seed: f.seed, Most: f.most, Progress: progress.counted}
	if settings.Seed == 0 {
		settings.Seed = model.config.Seed
	}
	var result *counterfactual.Result
	err = run.NewFolder(f.dir, func(temporary string) (err error) {
		result, err = counterfactual.Write(cmd.Context(), temporary, plan, model.prism, settings)
		return err
	})
	if err != nil {
		return err
	}
	progress.close()
	if f.asJSON {
		return printJSON(cmd.OutOrStdout(), result)
	}
	return f.print(cmd.OutOrStdout(), result)
}

// print prints what was made.
func (f *pairsFlags) print(out io.Writer, r *counterfactual.Result) error {
	share := func(e measure.Estimate) string {
		return fmt.Sprintf("%.0f%% (%.0f to %.0f)", 100*e.Value, 100*e.Low, 100*e.High)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "judges find to show what it should\timages\tas it is\t%s changed\t%s changed\tkept\n", r.Apart, r.Label)
	for _, c := range r.Cells {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", c.Collection, c.Tried, share(c.Self), share(c.Factual), share(c.Counterfactual), share(c.Kept))
	}
	for i, o := range r.Others {
		if i == 0 {
			fmt.Fprintf(w, "\nand the same as before of\t\t\t%s changed\t%s changed\t\n", r.Apart, r.Label)
		}
		fmt.Fprintf(w, "%s\t\t\t%s\t%s\t\n", o.Label, share(o.Factual), share(o.Counterfactual))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s: %d pairs of %d images\n", f.dir, r.Pairs, len(counterfactual.Roles()))
	return err
}
