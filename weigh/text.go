package weigh

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/dataprism/dataprism/measure"
)

// WriteText says what was found for a person at a terminal: the effective number of rows first.
func (r *Result) WriteText(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	names := strings.Join(r.Collections, ", ")
	switch {
	case r.Density != nil:
		fmt.Fprintf(out, "%d of %d training images of %s are kept: those most like %s by %s\n", r.Density.Kept, r.N, names, r.Density.Like, r.Density.Score)
	case r.Pool != nil:
		fmt.Fprintf(out, "%d training images of %s are added to those of the others\n", r.Pool.Chosen, r.Pool.Name)
	default:
		fmt.Fprintf(out, "%d training images of %s are weighed\n", r.N, names)
	}
	fmt.Fprintf(out, "effective number of images %.0f, of units %.0f (all images are %d units)\n", r.Effective.Rows, r.Effective.Units, r.Units)
	if r.Without > 0 {
		fmt.Fprintf(out, "%d more lack a label and are left out\n", r.Without)
	}
	switch {
	case r.Context != nil:
		r.Context.write(out, r.Label)
	case r.Pool != nil:
		r.Pool.write(out, r.Label)
	case r.Density != nil:
		r.Density.write(out)
	case r.Shallow != nil:
		r.Shallow.write(out, r.Label)
	case r.Contributors != nil:
		r.Contributors.write(out, r.Label)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(out, "\nwarning: %s", warning)
	}
	if len(r.Warnings) > 0 {
		fmt.Fprintln(out)
	}
	return out.Flush()
}

func (c *Context) write(w io.Writer, label string) {
	fmt.Fprintf(w, "\n%s\t%s\timages\tPMI\tweight\t\n", label, c.Name)
	for _, cell := range c.Cells {
		pmi, note := "-", ""
		if cell.PMI != nil {
			pmi = fmt.Sprintf("%+.2f", *cell.PMI)
		}
		if cell.Rare {
			note = "rare"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%.2f\t%s\n", cell.Label, cell.Context, cell.N, pmi, cell.Weight, note)
	}
	fmt.Fprintf(w, "\nwhat %s alone tells of %s\tAUC\taccuracy\tshare solved\tinformation\n", c.Name, label)
	c.Before.write(w, c.Name)
	c.Permuted.write(w, "labels dealt anew")
}

func (p *Pool) write(w io.Writer, label string) {
	fmt.Fprintf(w, "\n%s\t%s\timages\tin the pool\tchosen\tstill lacking\n", label, p.Context)
	for _, c := range p.Cells {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\n", c.Label, c.Context, c.N, c.Available, c.Chosen, c.Lacking)
	}
}

// write is a line of a table of cues.
func (c Cue) write(w io.Writer, name string) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", name, shown(c.AUC), shown(c.Accuracy), shown(c.Solved), shown(c.Information))
}

// shown is an estimate in a table.
func shown(e measure.Estimate) string {
	if !e.Measured() {
		return "-"
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", e.Value, e.Low, e.High)
}

// mostLines is how many lines of a table are shown.
const mostLines = 12

// writeMore says how many lines of a table are not shown.
func writeMore(w io.Writer, n int) { fmt.Fprintf(w, "and %d more in weigh.json\n", n) }

func (d *Density) write(w io.Writer) {
	fmt.Fprintf(w, "\nshare of\tkept\tothers\tdifference\t\n")
	for i, c := range d.Composition {
		if i == mostLines {
			writeMore(w, len(d.Composition)-i)
			return
		}
		fmt.Fprintf(w, "%s=%s\t%.0f%%\t%.0f%%\t%+.0f (%+.0f to %+.0f) points\t\n", c.Label, c.Value, 100*c.Kept.Value, 100*c.Others.Value,
			100*c.Difference.Value, 100*c.Difference.Low, 100*c.Difference.High)
	}
}

func (s *Shallow) write(w io.Writer, label string) {
	fmt.Fprintf(w, "\nwhat each cue tells of %s\tAUC\taccuracy\tshare solved\tinformation\n", label)
	for _, c := range s.Ladder {
		c.write(w, c.Name)
	}
	s.Permuted.write(w, s.Permuted.Name+", labels dealt anew")
	fmt.Fprintf(w, "\nweights are 1 - p for the probability p that %s gives the label; of %d images it is above 0.9\n", s.Cue, s.Easy)
}

func (c *Contributors) write(w io.Writer, label string) {
	fmt.Fprintf(w, "\n%d contributors, %d of %d images and more\n", c.Count, len(c.Large), fewRows)
	if len(c.Large) == 0 {
		return
	}
	fmt.Fprintf(w, "their shares of %s differ from all others' by %.2f on average, by %.2f if images were dealt to them at random (p = %.3f)\n\n",
		label, c.Variation, c.Dealt, c.P)
	fmt.Fprintf(w, "%s\timages\tvariation\tp\tq\teffective\tlacks\n", c.Name)
	for i, each := range c.Large {
		if i == mostLines {
			writeMore(w, len(c.Large)-i)
			return
		}
		fmt.Fprintf(w, "%s\t%d\t%.2f\t%.3f\t%.3f\t%.0f\t%s\n", each.Name, each.N, each.Variation, each.P, each.Q, each.Effective, strings.Join(each.Lacks, ", "))
	}
}
