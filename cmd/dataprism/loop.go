package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/trial"
	"github.com/spf13/cobra"
)

// loopFile is the file of a loop's numbers.
const loopFile = "loop.json"

func newLoop() *cobra.Command {
	l := trial.Loop{}
	var set, mix, name, cache, backend string
	var failOn []string
	var asJSON bool
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
			if mix != "accumulate" && mix != "replace" {
				return usage("--mix is %q, but must be accumulate or replace", mix)
			}
			l.Replace = mix == "replace"
			if set == "" {
				return usage("--set: name the images that the first generation has, such as --set lfw")
			}
			e, err := trial.ParseExpert("set=" + set)
			if err != nil {
				return usage("--set: %w", err)
			}
			l.Sets = e.Sets
			if name == "" {
				name = "loop"
			}
			if name != filepath.Base(name) || strings.ContainsAny(name, `/\`) || name[0] == '.' {
				return usage("--name %q is no name of a folder", name)
			}
			if err := l.Validate(); err != nil {
				return usage("--%w", err)
			}
			limits, err := limitsOf(failOn)
			if err != nil {
				return err
			}
			out := filepath.Join(args[0], run.TrialsDir, name)
			progress := newProgress(cmd.ErrOrStderr())
			defer progress.close()
			engine, err := openBackend(backend)
			if err != nil {
				return err
			}
			defer engine.Finalize()
			source, inputs, seed, err := (run.Examination{Dir: args[0], Cache: cache, Watch: progress.watch()}).OpenSource(cmd.Context(), engine)
			if err != nil {
				return err
			}
			defer source.Data.Close()
			if l.Seed == 0 {
				l.Seed = seed
			}
			if err := os.MkdirAll(out, 0o777); err != nil {
				return err
			}
			if err := atomicfile.Check(filepath.Join(out, loopFile)); err != nil {
				return err
			}
			found, err := l.Run(cmd.Context(), source, out, progress.counted)
			if err != nil {
				return wrongTrial(err)
			}
			progress.close()
			found.About = trial.About{Program: "dataprism " + thisBuild().Version, Command: "dataprism " + strings.Join(os.Args[1:], " "),
				Run: filepath.Base(filepath.Clean(args[0])), Name: name, Seed: l.Seed, Inputs: inputs}
			text, err := json.MarshalIndent(found, "", "  ")
			if err != nil {
				return err
			}
			if err := atomicfile.Write(filepath.Join(out, loopFile), append(text, '\n')); err != nil {
				return err
			}
			if err := report.LoopPage(found).Write(filepath.Join(out, reportFile)); err != nil {
				return err
			}
			if asJSON {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text); err != nil {
					return err
				}
			} else {
				for _, f := range found.Findings {
					fmt.Fprintf(cmd.OutOrStdout(), "- %s\n", f.Sentence)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n", filepath.Join(out, reportFile))
			}
			return check(limits, found)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&set, "set", "", "collections whose training images the loop begins with, such as lfw or lfw+aaf")
	flags.StringVar(&l.Label, "label", "", "label that classifiers predict; LABEL=VALUE is one value against all others")
	flags.StringVar(&l.Group, "group", "", "label whose shares and gaps are followed")
	flags.IntVar(&l.Generations, "generations", 5, "generations of images that are drawn")
	flags.IntVar(&l.Images, "images", 2000, "real images to begin with, chosen at random (0: all)")
	flags.StringVar(&mix, "mix", "accumulate", "whether what is drawn is added to the images before, or takes their place: accumulate or replace")
	flags.StringVar(&l.Labels, "labels", trial.LabelledBy()[0], "who labels what is drawn: "+strings.Join(trial.LabelledBy(), ", ")+" (the last two: the classifier before)")
	flags.Float64Var(&l.Temperature, "temperature", 1, "how far from their mean what is drawn lies: 1 is as far as images")
	flags.StringVar(&l.Method, "method", trial.Methods()[0], "the classifiers' method: "+strings.Join(trial.Methods()[:3], ", "))
	flags.IntVar(&l.Seeds, "seeds", 3, "how often the whole is repeated")
	flags.Float64Var(&l.Effect, "effect", trial.DefaultEffect, "the smallest change over all generations that matters")
	flags.IntVar(&l.Steps, "steps", trial.DefaultSteps, "steps of the optimiser, for classifiers that are fitted by steps")
	flags.Uint64Var(&l.Seed, "seed", 0, "seed of everything random (0: that of the run)")
	flags.StringVar(&name, "name", "", "name of the folder in RUN/trials (default: loop)")
	flags.StringVar(&cache, "cache", "", "folder for prepared images (default: the user's cache folder)")
	flags.StringArrayVar(&failOn, "fail-on", nil, "exit with 3 where loop.json crosses this limit (repeatable)")
	flags.BoolVar(&asJSON, "json", false, "print loop.json")
	backendVar(cmd, &backend)
	return cmd
}
