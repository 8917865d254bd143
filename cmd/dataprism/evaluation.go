package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/measure"
)

// printEvaluation prints the numbers of a run as tables, or as JSON.
func printEvaluation(out io.Writer, e *audit.Evaluation, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(e)
	}
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

// printSkipped prints what was not measured, and why.
func printSkipped(out io.Writer, e *audit.Evaluation) error {
	if len(e.Skipped) == 0 {
		return nil
	}
	text := "\nnot measured\n"
	for _, s := range e.Skipped {
		text += fmt.Sprintf("%s: %s\n", s.What, s.Why)
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
