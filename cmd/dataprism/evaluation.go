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
		fmt.Fprintf(w, "%s\t%.3f\t%.3f to %.3f\t%d\n", name, m.Value, m.Low, m.High, m.N)
	}
	line("reconstruction.l1", e.Reconstruction.L1)
	line("reconstruction.sharpness", e.Reconstruction.Sharpness)
	line("nll.nats", e.NLL.Nats)
	line("nll.bits_per_dim", e.NLL.BitsPerDim)
	fmt.Fprintf(w, "inversion.max_abs\t%.2g\t\t\n", e.Inversion.MaxAbs)
	fmt.Fprintf(w, "inversion.p999\t%.2g\t\t\n", e.Inversion.P999)
	fmt.Fprintf(w, "leakage.chance\t%.3f\t\t\n", e.Leakage.Chance)
	line("leakage.linear.z", e.Leakage.Linear.Z)
	line("leakage.linear.v", e.Leakage.Linear.V)
	line("leakage.mlp.z", e.Leakage.MLP.Z)
	line("leakage.mlp.v", e.Leakage.MLP.V)
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
	return printAttributes(out, e)
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
			for _, value := range slices.Sorted(maps.Keys(shares.Samples)) {
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
