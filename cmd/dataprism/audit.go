package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

// Files of an audit.
const (
	auditFile  = "audit.json"
	imagesFile = "images.csv"
	tableFile  = "images.parquet"
	reportFile = "report.html"
)

func newAudit() *cobra.Command {
	var out, cache, backend string
	var asJSON, table bool
	var samples, pairs int
	var seed uint64
	var networks networkFlags
	var failOn []string
	cmd := &cobra.Command{
		Use:   "audit RUN",
		Short: "Say what the collections of a run do to what is made of them, in sentences with intervals, and write a report",
		Long: `Say what the collections of a run do to what is made of them, in sentences with intervals, and write a report.

RUN/audit gets report.html, which opens without a network and can be mailed, audit.json with every number, and images.csv
with a row for each held-out image. --fail-on takes a limit on a field of audit.json, such as 'leakage.mlp.v>0.7', and may
be given several times. Where one is crossed the exit code is 3.`,
		Example: "  dataprism audit RUN --fail-on 'leakage.mlp.v>0.7'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one run: dataprism audit RUN")
			}
			if samples < 100 || samples > 20000 {
				return usage("--samples is %d, but must be from 100 to 20000", samples)
			}
			if pairs < 0 || pairs > 100 {
				return usage("--pairs is %d, but must be from 0 to 100", pairs)
			}
			limits, err := limitsOf(failOn)
			if err != nil {
				return err
			}
			if out == "" {
				out = filepath.Join(args[0], run.AuditDir)
			}
			progress := newProgress(cmd.ErrOrStderr())
			defer progress.close()
			x := run.Examination{Dir: args[0], Cache: cache, Watch: progress.watch(), Settings: audit.Settings{Seed: seed, Samples: samples, Pairs: pairs}}
			engine, err := openBackend(backend)
			if err != nil {
				return err
			}
			defer engine.Finalize()
			if err := networks.apply(engine, &x); err != nil {
				return err
			}
			opened, err := x.Open(cmd.Context(), engine)
			if err != nil {
				return err
			}
			defer opened.Close()
			found, err := examine(cmd.Context(), x, opened, out, table, nil)
			if err != nil {
				return err
			}
			progress.close()
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), found)
			} else {
				printSentences(cmd.OutOrStdout(), found.Findings, found.Limits)
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n", filepath.Join(out, reportFile))
			}
			if err != nil {
				return err
			}
			return check(limits, found)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&out, "out", "o", "", "folder of what is written (default: RUN/audit)")
	cacheVar(cmd, &cache)
	flags.IntVar(&samples, "samples", 1000, "codes drawn under each collection")
	flags.IntVar(&pairs, "pairs", 3, "pairs of attributes that are judged together, at most")
	networks.register(cmd)
	seedVar(cmd, &seed)
	failOnVar(cmd, &failOn, "audit.json")
	flags.BoolVar(&table, "parquet", false, "write images.parquet beside images.csv")
	flags.BoolVar(&asJSON, "json", false, "print audit.json")
	backendVar(cmd, &backend)
	return cmd
}

// examine audits an opened run and writes what was found into the folder out, with table as Parquet, too. e is the
// evaluation by the same settings, or nil.
func examine(ctx context.Context, x run.Examination, opened *run.Opened, out string, table bool, e *audit.Evaluation) (*audit.Audit, error) {
	if err := prepare(out, auditFile); err != nil {
		return nil, err
	}
	found, err := x.Audit(ctx, opened, e)
	if err != nil {
		return nil, err
	}
	found.About.Program, found.About.Command = programName(), commandLine()
	return found, writeAudit(out, found, opened, table)
}

// writeAudit writes the files of an audit.
func writeAudit(dir string, a *audit.Audit, o *run.Opened, table bool) error {
	if err := saveJSON(filepath.Join(dir, auditFile), a); err != nil {
		return err
	}
	if err := atomicfile.WriteFrom(filepath.Join(dir, imagesFile), o.HeldOut.WriteCSV); err != nil {
		return err
	}
	if table {
		if err := atomicfile.WriteFrom(filepath.Join(dir, tableFile), o.HeldOut.WriteParquet); err != nil {
			return err
		}
	}
	page, err := (report.Audit{Found: a, Prism: o.Prism, HeldOut: o.HeldOut}).Page()
	if err != nil {
		return err
	}
	return page.Write(filepath.Join(dir, reportFile))
}

// mostOfAKind is how many findings of one kind are printed. Where collections differ much there are dozens, which are for
// the report.
const mostOfAKind = 6

// printSentences prints what was found, the first of each kind, and what limits it.
func printSentences(out io.Writer, findings []audit.Finding, limits []string) {
	if len(findings) == 0 {
		fmt.Fprintln(out, "Nothing was found whose interval excludes chance.")
	}
	printed, left := map[string]int{}, 0
	for _, f := range findings {
		if printed[f.Kind]++; printed[f.Kind] > mostOfAKind {
			left++
			continue
		}
		fmt.Fprintf(out, "- %s\n", f.Sentence)
	}
	if left > 0 {
		fmt.Fprintf(out, "- and %d more like these, which the report has\n", left)
	}
	printLimits(out, limits)
}

// printLimits prints what limits findings.
func printLimits(out io.Writer, limits []string) {
	if len(limits) > 0 {
		fmt.Fprintln(out, "\nlimits")
		for _, l := range limits {
			fmt.Fprintf(out, "- %s\n", l)
		}
	}
}
