package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/trial"
	"github.com/spf13/cobra"
)

// loopFile is the file of a loop's numbers.
const loopFile = "loop.json"

// loopFlags are those of loop.
type loopFlags struct {
	trial.Loop
	set, mix, name, cache, backend string
	failOn                         []string
	asJSON                         bool
}

func newLoop() *cobra.Command {
	var f loopFlags
	cmd := &cobra.Command{
		Use:   "loop RUN",
		Short: "Train a classifier and a generator on what the generator drew, generation after generation, and follow the bias",
		Long: `Train a classifier and a generator on what the generator drew, generation after generation, and follow the bias.

Each generation draws labelled images from what the one before knows, in place of its images (--mix replace) or beside them
(--mix accumulate), and fits a classifier that is tested on real held-out images, beside a control that is fitted to real
images alone by as many steps. The same command goes on where it was stopped. RUN/trials/NAME gets report.html and
loop.json: the share of each value of --group among what is drawn, gaps between them, and the slopes of both, with
intervals. docs/trials.md says what is fitted again and what not.`,
		Example: "  dataprism loop RUN --set lfw --label expression --group gender --mix replace --temperature 0.8",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one run: dataprism loop RUN")
			}
			if err := f.check(); err != nil {
				return err
			}
			limits, err := limitsOf(f.failOn)
			if err != nil {
				return err
			}
			found, err := f.run(cmd, args[0])
			if err != nil {
				return err
			}
			return check(limits, found)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.set, "set", "", "collections whose training images the loop begins with, such as lfw or lfw+aaf")
	flags.StringVar(&f.Label, "label", "", "label that classifiers predict; LABEL=VALUE is one value against all others")
	flags.StringVar(&f.Group, "group", "", "label whose shares and gaps are followed")
	flags.IntVar(&f.Generations, "generations", 5, "generations of images that are drawn")
	flags.IntVar(&f.Images, "images", 2000, "real images to begin with, chosen at random (0: all)")
	flags.StringVar(&f.mix, "mix", "accumulate", "whether what is drawn is added to the images before, or takes their place: accumulate or replace")
	flags.StringVar(&f.Labels, "labels", trial.LabelledBy()[0], "who labels what is drawn: "+strings.Join(trial.LabelledBy(), ", ")+" (the last two: the classifier before)")
	flags.Float64Var(&f.Temperature, "temperature", 1, "how far from their mean what is drawn lies: 1 is as far as images")
	flags.StringVar(&f.Method, "method", trial.Methods()[0], "the classifiers' method: "+strings.Join(trial.Methods()[:3], ", "))
	flags.IntVar(&f.Seeds, "seeds", 3, "how often the whole is repeated")
	flags.Float64Var(&f.Effect, "effect", trial.DefaultEffect, "the smallest change over all generations that matters")
	flags.IntVar(&f.Steps, "steps", trial.DefaultSteps, "steps of the optimiser, for classifiers that are fitted by steps")
	seedVar(cmd, &f.Seed)
	flags.StringVar(&f.name, "name", "", "name of the folder in RUN/trials (default: loop)")
	cacheVar(cmd, &f.cache)
	failOnVar(cmd, &f.failOn, "loop.json")
	flags.BoolVar(&f.asJSON, "json", false, "print loop.json")
	backendVar(cmd, &f.backend)
	return cmd
}

// check says what of the flags cannot be meant, and takes the others into the loop.
func (f *loopFlags) check() error {
	if f.mix != "accumulate" && f.mix != "replace" {
		return usage("--mix is %q, but must be accumulate or replace", f.mix)
	}
	f.Replace = f.mix == "replace"
	if f.set == "" {
		return usage("--set: name the images that the first generation has, such as --set lfw")
	}
	e, err := trial.ParseExpert("set=" + f.set)
	if err != nil {
		return usage("--set: %w", err)
	}
	f.Sets = e.Sets
	if f.name == "" {
		f.name = "loop"
	}
	if err := checkTrialName(f.name); err != nil {
		return usageError{err}
	}
	if err := f.Validate(); err != nil {
		return usage("--%w", err)
	}
	return nil
}

// run goes through the generations, writes and prints.
func (f *loopFlags) run(cmd *cobra.Command, dir string) (*trial.LoopResult, error) {
	t, err := openTrial(cmd, dir, f.name, loopFile, f.cache, f.backend)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if f.Seed == 0 {
		f.Seed = t.seed
	}
	found, err := f.Run(cmd.Context(), t.source, t.out, t.progress.counted)
	if err != nil {
		return nil, wrongTrial(err)
	}
	t.progress.close()
	found.About = trialAbout(dir, f.name, f.Seed, t.inputs)
	if err := saveJSON(filepath.Join(t.out, loopFile), found); err != nil {
		return nil, err
	}
	page := filepath.Join(t.out, reportFile)
	if err := report.LoopPage(found).Write(page); err != nil {
		return nil, err
	}
	if f.asJSON {
		return found, printJSON(cmd.OutOrStdout(), found)
	}
	for _, f := range found.Findings {
		fmt.Fprintf(cmd.OutOrStdout(), "- %s\n", f.Sentence)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n", page)
	return found, err
}
