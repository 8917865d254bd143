package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/trial"
	"github.com/gomlx/compute"
	"github.com/spf13/cobra"
)

// Files of a trial, beside its report.
const (
	trialFile       = "trial.json"
	predictionsFile = "predictions.csv"
)

// trialFlags are those of trial.
type trialFlags struct {
	trial.Spec
	experts              []string
	name, cache, backend string
	failOn               []string
	asJSON               bool
}

func newTrial() *cobra.Command {
	f := trialFlags{}
	cmd := &cobra.Command{
		Use:   "trial RUN [FILE.yaml]",
		Short: "Fit classifiers to real, projected, drawn or weighted images, and say which does better or fairer on real ones",
		Long: `Fit classifiers to real, projected, drawn or weighted images, and say which does better or fairer on real ones.

An expert is NAME=SET[+SET][:WEIGHTS][@METHOD]. A SET is a collection, reconstructed(C), into(C[, FROM]), drawn(C[, SHAPE]),
or a file that lists COLLECTION/PATH. WEIGHTS are even, a number of images, or a .csv file of the columns file and weight.
The first expert is the control. docs/trials.md explains all of them.

RUN/trials/NAME gets report.html, trial.json with every number, predictions.csv with what each expert says of each image, and
fits/ with the same of every fit: the same command goes on where it was stopped. A FILE.yaml holds the flags label, group, context, expert, test, seeds, effect and steps.
--fail-on takes a limit on a field of trial.json, such as 'cells.made.aaf.difference.auc<0'.`,
		Example: "  dataprism trial RUN --label gender --expert real=aaf --expert both='aaf+into(lfw)' --test lfw",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usage("name one run, and at most one file: dataprism trial RUN FILE.yaml")
			}
			spec, name, err := f.spec(args)
			if err != nil {
				return usageError{err}
			}
			limits, err := limitsOf(f.failOn)
			if err != nil {
				return err
			}
			found, err := f.run(cmd, args[0], name, spec)
			if err != nil {
				return err
			}
			return check(limits, found)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Label, "label", "", "label that experts predict; LABEL=VALUE is one value against all others")
	flags.StringArrayVar(&f.experts, "expert", nil, "an expert, NAME=SET[+SET][:WEIGHTS][@METHOD] (repeatable; the first is the control)")
	flags.StringSliceVar(&f.Tests, "test", nil, "collections, or files that list COLLECTION/PATH, whose held-out images are tested on (default: each collection)")
	flags.StringVar(&f.Group, "group", "", "label between whose values gaps are measured")
	flags.StringVar(&f.Context, "context", "", "label that may be a shortcut: tests are also split into common and rare pairs of it and the label")
	flags.IntVar(&f.Seeds, "seeds", trial.DefaultSeeds, "fits to training images drawn again, for the intervals (0: intervals cover the test images alone)")
	flags.Float64Var(&f.Effect, "effect", trial.DefaultEffect, "the smallest difference that matters")
	flags.IntVar(&f.Steps, "steps", trial.DefaultSteps, "steps of the optimiser, for every expert that is fitted by steps")
	seedVar(cmd, &f.Seed)
	flags.StringVar(&f.name, "name", "", "name of the trial (default: that of FILE.yaml, or the label)")
	cacheVar(cmd, &f.cache)
	failOnVar(cmd, &f.failOn, "trial.json")
	flags.BoolVar(&f.asJSON, "json", false, "print trial.json")
	backendVar(cmd, &f.backend)
	return cmd
}

// spec is what flags or a file ask for, and the name of the trial.
func (f trialFlags) spec(args []string) (trial.Spec, string, error) {
	s, name := f.Spec, f.name
	if len(args) == 2 {
		if f.Label != "" || len(f.experts) > 0 || len(f.Tests) > 0 || f.Group != "" || f.Context != "" {
			return s, "", fmt.Errorf("%s says what is tried: leave --label, --expert, --test, --group and --context out", args[1])
		}
		text, err := os.ReadFile(args[1])
		if err != nil {
			return s, "", err
		}
		if s, err = trial.ReadSpec(text); err != nil {
			return s, "", fmt.Errorf("%s: %w", args[1], err)
		}
		if name == "" {
			name = strings.TrimSuffix(filepath.Base(args[1]), filepath.Ext(args[1]))
		}
	}
	for _, text := range f.experts {
		e, err := trial.ParseExpert(text)
		if err != nil {
			return s, "", err
		}
		s.Experts = append(s.Experts, e)
	}
	if name == "" {
		name, _, _ = strings.Cut(s.Label, "=")
	}
	if err := s.Validate(); err != nil {
		return s, "", fmt.Errorf("--%w", err)
	}
	return s, name, checkTrialName(name)
}

// checkTrialName says whether what was made of a trial can lie in a folder of that name.
func checkTrialName(name string) error {
	if name != filepath.Base(name) || strings.ContainsAny(name, `/\`) || name[0] == '.' {
		return fmt.Errorf("--name %q is no name of a folder", name)
	}
	return nil
}

// trialAbout says what the trial called name of the run in dir was made of.
func trialAbout(dir, name string, seed uint64, inputs map[string]string) trial.About {
	return trial.About{Program: programName(), Command: commandLine(), Run: filepath.Base(filepath.Clean(dir)), Name: name, Seed: seed, Inputs: inputs}
}

// onTrial is a run that is open to try something on.
type onTrial struct {
	source   trial.Source
	inputs   map[string]string // see [trial.About]
	seed     uint64            // of the run
	out      string            // folder of what is written
	progress *progress
	engine   compute.Backend
}

// openTrial opens the run in dir, and a folder called name among its trials, in which file can be written.
func openTrial(cmd *cobra.Command, dir, name, file, cache, backend string) (t *onTrial, err error) {
	t = &onTrial{out: filepath.Join(dir, run.TrialsDir, name), progress: newProgress(cmd.ErrOrStderr())}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.engine, err = openBackend(backend); err != nil {
		return t, err
	}
	x := run.Examination{Dir: dir, Cache: cache, Watch: t.progress.watch()}
	if t.source, t.inputs, t.seed, err = x.OpenSource(cmd.Context(), t.engine); err != nil {
		return t, err
	}
	return t, prepare(t.out, file)
}

func (t *onTrial) close() {
	t.progress.close()
	if t.source.Data != nil {
		t.source.Data.Close()
	}
	if t.engine != nil {
		t.engine.Finalize()
	}
}

// run fits, tests and writes.
func (f trialFlags) run(cmd *cobra.Command, dir, name string, spec trial.Spec) (*trial.Result, error) {
	t, err := openTrial(cmd, dir, name, trialFile, f.cache, f.backend)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if spec.Seed == 0 {
		spec.Seed = t.seed
	}
	opened, err := spec.Open(cmd.Context(), t.source, t.progress.counted)
	if err != nil {
		return nil, wrongTrial(err)
	}
	found, err := opened.Run(cmd.Context(), t.out)
	if err != nil {
		return nil, err
	}
	t.progress.close()
	found.About = trialAbout(dir, name, spec.Seed, t.inputs)
	if err := writeTrial(t.out, opened, found); err != nil {
		return nil, err
	}
	if f.asJSON {
		return found, printJSON(cmd.OutOrStdout(), found)
	}
	printTrial(cmd.OutOrStdout(), found)
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n", filepath.Join(t.out, reportFile))
	return found, err
}

// writeTrial writes the files of a trial.
func writeTrial(dir string, opened *trial.Trial, found *trial.Result) error {
	if err := saveJSON(filepath.Join(dir, trialFile), found); err != nil {
		return err
	}
	if err := atomicfile.WriteFrom(filepath.Join(dir, predictionsFile), opened.WriteCSV); err != nil {
		return err
	}
	const shown = 6
	page, err := (report.Trial{Found: found, Shown: opened.Shown(shown)}).Page()
	if err != nil {
		return err
	}
	return page.Write(filepath.Join(dir, reportFile))
}

// printTrial prints what was found.
func printTrial(out io.Writer, r *trial.Result) {
	for _, f := range r.Findings {
		fmt.Fprintf(out, "- %s\n", f.Sentence)
	}
	fmt.Fprintln(out)
	for _, t := range r.Tests {
		for _, e := range r.Experts {
			c := r.Cells[e.Name][t.Name]
			fmt.Fprintf(out, "%-16s %-16s balanced accuracy %.3f [%.3f, %.3f]", t.Name, e.Name, c.BalancedAccuracy.Value, c.BalancedAccuracy.Low, c.BalancedAccuracy.High)
			if c.AUC.Measured() {
				fmt.Fprintf(out, "  area %.3f [%.3f, %.3f]", c.AUC.Value, c.AUC.Low, c.AUC.High)
			}
			fmt.Fprintln(out)
		}
	}
	printLimits(out, r.Limits)
}

// wrongTrial tells what a user asked for wrongly from what failed.
func wrongTrial(err error) error {
	if trial.IsUsage(err) {
		return usageError{err}
	}
	return err
}
