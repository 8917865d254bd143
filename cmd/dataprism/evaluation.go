package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/measure"
	"github.com/spf13/cobra"
)

// evaluationFlags say how the numbers of a run are printed.
type evaluationFlags struct{ asJSON, verbose bool }

func (f *evaluationFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the evaluation as JSON")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "print every number of the evaluation")
}

// print prints the numbers of a run, which the file at path holds: those that matter first, all of them, or as JSON.
func (f evaluationFlags) print(out io.Writer, e *audit.Evaluation, path string) error {
	switch {
	case f.asJSON:
		return printJSON(out, e)
	case f.verbose:
		return printTables(out, e)
	}
	return printSummary(out, e, path)
}

// printSummary prints ten lines at most: of numbers that there are many of, the least.
func printSummary(out io.Writer, e *audit.Evaluation, path string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "on held-out images\tvalue\t95%% interval\t\n")
	line := func(name string, m measure.Estimate, note string) {
		if m.Measured() {
			fmt.Fprintf(w, "%s\t%.3f\t%.3f to %.3f\t%s\n", name, m.Value, m.Low, m.High, note)
		}
	}
	if r := e.Reconstruction; r != nil {
		line("reconstruction.l1", r.L1, "")
		line("reconstruction.sharpness", r.Sharpness, "1 is as sharp as the images")
	}
	if e.NLL != nil {
		line("nll.bits_per_dim", e.NLL.BitsPerDim, "")
	}
	if l := e.Leakage; l != nil {
		line("leakage.mlp.v", l.MLP.V, fmt.Sprintf("%.3f is chance: nothing of the collection is left in the code", l.Chance))
	}
	retrieval, transfer := map[string]measure.Estimate{}, map[string]measure.Estimate{}
	for direction, r := range e.Retrieval {
		retrieval[direction] = r.Projected.At5
	}
	for attribute, directions := range e.Transfer {
		for direction, m := range directions {
			transfer[attribute+" "+direction] = m
		}
	}
	if name, m := least(retrieval); name != "" {
		line("retrieval at 5", m, fmt.Sprintf("%s, the least of %d", name, len(retrieval)))
	}
	if name, m := least(transfer); name != "" {
		line("transfer", m, fmt.Sprintf("%s, the least of %d", name, len(transfer)))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	rest := "all numbers"
	if n := len(e.Skipped); n > 0 {
		rest += fmt.Sprintf(", and why %d could not be measured", n)
	}
	_, err := fmt.Fprintf(out, "%s: %s, or --verbose\n", rest, path)
	return err
}

// least is the estimate of the least value, with its name.
func least(all map[string]measure.Estimate) (name string, m measure.Estimate) {
	for _, each := range slices.Sorted(maps.Keys(all)) {
		if e := all[each]; e.Measured() && (name == "" || e.Value < m.Value) {
			name, m = each, e
		}
	}
	return name, m
}

// printTables prints all numbers of a run.
func printTables(out io.Writer, e *audit.Evaluation) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "on held-out images\tvalue\t95%% interval\tn\n")
	line := func(name string, m measure.Estimate) {
		if !m.Measured() {
			return
		}
		fmt.Fprintf(w, "%s\t%.3f\t%.3f to %.3f\t%d\n", name, m.Value, m.Low, m.High, m.N)
	}
	if r := e.Reconstruction; r != nil {
		line("reconstruction.l1", r.L1)
		line("reconstruction.sharpness", r.Sharpness)
	}
	if e.NLL != nil {
		line("nll.nats", e.NLL.Nats)
		line("nll.bits_per_dim", e.NLL.BitsPerDim)
	}
	if e.Inversion != nil {
		fmt.Fprintf(w, "inversion.max_abs\t%.2g\t\t\n", e.Inversion.MaxAbs)
		fmt.Fprintf(w, "inversion.p999\t%.2g\t\t\n", e.Inversion.P999)
	}
	if l := e.Leakage; l != nil {
		fmt.Fprintf(w, "leakage.chance\t%.3f\t\t\n", l.Chance)
		line("leakage.linear.z", l.Linear.Z)
		line("leakage.linear.v", l.Linear.V)
		line("leakage.mlp.z", l.MLP.Z)
		line("leakage.mlp.v", l.MLP.V)
		for _, label := range slices.Sorted(maps.Keys(l.Given)) {
			for _, value := range slices.Sorted(maps.Keys(l.Given[label])) {
				line("leakage of "+label+"="+value, l.Given[label][value])
			}
		}
	}
	for _, direction := range slices.Sorted(maps.Keys(e.Retrieval)) {
		r := e.Retrieval[direction]
		line("retrieval "+direction+" at 5", r.Projected.At5)
		line("  without projection", r.Reconstructed.At5)
		line("  at random", r.Random.At5)
	}
	for _, attribute := range slices.Sorted(maps.Keys(e.Transfer)) {
		for _, direction := range slices.Sorted(maps.Keys(e.Transfer[attribute])) {
			line("transfer "+attribute+" "+direction, e.Transfer[attribute][direction])
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := printAttributes(out, e); err != nil {
		return err
	}
	return printSkipped(out, e)
}

// printSkipped prints what was not measured, a line a reason.
func printSkipped(out io.Writer, e *audit.Evaluation) error {
	if len(e.Skipped) == 0 {
		return nil
	}
	text := "\nnot measured\n"
	for _, reason := range audit.Reasons(e.Skipped) {
		text += reason.String() + "\n"
	}
	_, err := io.WriteString(out, text)
	return err
}

// printAttributes prints the share of each label value in the data, in samples and in projections.
func printAttributes(out io.Writer, e *audit.Evaluation) error {
	if len(e.Attributes) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\nshare of\tin\tdata\tsamples\tprojections into it\n")
	for _, attribute := range slices.Sorted(maps.Keys(e.Attributes)) {
		for _, collection := range slices.Sorted(maps.Keys(e.Attributes[attribute])) {
			shares := e.Attributes[attribute][collection]
			values := maps.Clone(shares.Data)
			if values == nil {
				values = map[string]measure.Estimate{}
			}
			maps.Copy(values, shares.Samples)
			for _, value := range slices.Sorted(maps.Keys(values)) {
				fmt.Fprintf(w, "%s=%s\t%s\t%s\t%s\t%s\n", attribute, value, collection,
					percent(shares.Data, value), percent(shares.Samples, value), percent(shares.Projected, value))
			}
		}
	}
	return w.Flush()
}

// percent formats a share with half its interval's width.
func percent(shares map[string]measure.Estimate, value string) string {
	s, known := shares[value]
	if !known {
		return "-"
	}
	return fmt.Sprintf("%.0f%% (%.0f to %.0f)", 100*s.Value, 100*s.Low, 100*s.High)
}
