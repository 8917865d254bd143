package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

// Files of a comparison with a new folder, beside reportFile.
const (
	driftFile    = "drift.json"
	unnamedFile  = "unnamed.txt"
	unnamedSheet = "unnamed.png"
	proposedFile = "proposed.csv"
)

// driftFlags are the flags of drift.
type driftFlags struct {
	out, cache, backend string
	against, label      string
	contexts, without   []string
	failOn              []string
	propose             int
	seed                uint64
	asJSON              bool
	tables              tableFlags
}

func newDrift() *cobra.Command {
	var f driftFlags
	cmd := &cobra.Command{
		Use:   "drift RUN new=PATH",
		Short: "Say whether a new folder still looks like the collections of a run, and in what not",
		Long: `Say whether a new folder still looks like the collections of a run, and in what not.

Told are: whether there is any shift, how many images fit no collection, which named contexts changed and by how much, how
much of the shift they account for, and the images that they account for least, for a person to name. Contexts are the
labels of the run's collections (judged where the folder has none), properties of images such as sharpness, which of the
collections images fit, and lists of images that are given with --context: the name that a person gave.

RUN/drift/NAME gets report.html, drift.json, unnamed.png and unnamed.txt (the images to name) and, with --propose, proposed.csv
(the images to label next). --fail-on takes a limit on a field of drift.json, such as 'outside>0.05' or 'unexplained>0.6'.`,
		Example: "  dataprism drift RUN new=incoming/ --context night=night.txt --propose 100",
		RunE:    func(cmd *cobra.Command, args []string) error { return drift(cmd, args, f) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "out", "o", "", "folder of what is written (default: RUN/drift/NAME)")
	flags.StringVar(&f.against, "against", "", "collections to compare with, as NAME,NAME (default: all)")
	flags.StringArrayVar(&f.contexts, "context", nil, "a context as NAME=FILE, a list of the images that have it (repeatable)")
	flags.StringSliceVar(&f.without, "without", nil, "labels of the run's collections that are not taken as contexts")
	flags.StringVar(&f.label, "label", "", "also say what the change may cost a classifier of this label")
	flags.IntVar(&f.propose, "propose", 0, "propose this many images to label next")
	cacheVar(cmd, &f.cache)
	seedVar(cmd, &f.seed)
	failOnVar(cmd, &f.failOn, "drift.json")
	flags.BoolVar(&f.asJSON, "json", false, "print drift.json")
	f.tables.register(cmd)
	backendVar(cmd, &f.backend)
	return cmd
}

func drift(cmd *cobra.Command, args []string, f driftFlags) error {
	if len(args) != 2 {
		return usage("name a run and a new folder: dataprism drift RUN new=PATH")
	}
	folder, err := collection.ParseSpec(args[1])
	if err != nil {
		return usageError{err}
	}
	specs := []collection.Spec{folder}
	if err := f.tables.apply(specs); err != nil {
		return err
	}
	if err := folder.Present(); err != nil {
		return err
	}
	if f.propose < 0 {
		return usage("--propose is %d, but must not be negative", f.propose)
	}
	limits, err := limitsOf(f.failOn)
	if err != nil {
		return err
	}
	if f.out == "" {
		f.out = filepath.Join(args[0], run.DriftDir, folder.Name)
	}
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	engine, err := openBackend(f.backend)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	x := run.Examination{Dir: args[0], Cache: f.cache, Watch: progress.watch(), Settings: audit.Settings{Seed: f.seed}}
	opened, err := x.Open(cmd.Context(), engine)
	if err != nil {
		return err
	}
	defer opened.Close()
	s, err := f.settings(opened, specs[0])
	if err != nil {
		return err
	}
	if err := prepare(f.out, driftFile); err != nil {
		return err
	}
	found, in, err := x.Drift(cmd.Context(), opened, specs[0], s)
	if err != nil {
		return err
	}
	found.About.Program, found.About.Command = programName(), commandLine()
	progress.close()
	if err := writeDrift(f.out, opened, found, in); err != nil {
		return err
	}
	if err := printDrift(cmd.OutOrStdout(), found, f); err != nil {
		return err
	}
	return check(limits, found)
}

// settings are what the flags ask for.
func (f driftFlags) settings(o *run.Opened, folder collection.Spec) (audit.DriftSettings, error) {
	s := audit.DriftSettings{Propose: f.propose, Hidden: f.without, Label: f.label}
	if f.against != "" {
		for name := range strings.SplitSeq(f.against, ",") {
			c, err := o.Prism.Collection(name)
			if err != nil {
				return s, usageError{err}
			}
			s.Against = append(s.Against, c)
		}
	}
	known, err := o.Config.Specs()
	if err != nil {
		return s, err
	}
	for _, given := range f.contexts {
		name, path, ok := strings.Cut(given, "=")
		if !ok || name == "" || path == "" {
			return s, usage("--context %s: it is given as NAME=FILE, a list of the images that have it", given)
		}
		list, err := run.ReadContext(name, path, append([]collection.Spec{folder}, known...))
		if err != nil {
			return s, err
		}
		s.Lists = append(s.Lists, list)
	}
	return s, nil
}

// writeDrift writes the files of a comparison.
func writeDrift(dir string, o *run.Opened, found *audit.Drift, in *audit.Incoming) error {
	if err := saveJSON(filepath.Join(dir, driftFile), found); err != nil {
		return err
	}
	view := report.Drift{Found: found, Prism: o.Prism, Incoming: in}
	if len(found.Unnamed) > 0 {
		sheet, err := view.Sheet()
		if err != nil {
			return err
		}
		picture, err := sheet.Draw()
		if err != nil {
			return err
		}
		if err := report.WritePNG(filepath.Join(dir, unnamedSheet), picture); err != nil {
			return err
		}
		if err := atomicfile.Write(filepath.Join(dir, unnamedFile), []byte(strings.Join(found.Unnamed, "\n")+"\n")); err != nil {
			return err
		}
	}
	if len(found.Proposed) > 0 {
		if err := writeProposed(filepath.Join(dir, proposedFile), found.Proposed); err != nil {
			return err
		}
	}
	page, err := view.Page()
	if err != nil {
		return err
	}
	return page.Write(filepath.Join(dir, reportFile))
}

func writeProposed(path string, list []audit.Proposal) error {
	rows := [][]string{{"rank", "file", "why", "context"}}
	for i, p := range list {
		rows = append(rows, []string{strconv.Itoa(i + 1), p.File, p.Why, p.Context})
	}
	return saveCSV(path, rows)
}

// printDrift prints what was found, or all of it as JSON.
func printDrift(out io.Writer, found *audit.Drift, f driftFlags) error {
	if f.asJSON {
		return printJSON(out, found)
	}
	printSentences(out, found.Findings, found.Limits)
	_, err := fmt.Fprintf(out, "\n%s\n", filepath.Join(f.out, reportFile))
	return err
}
