package trial

import (
	"fmt"
	"strings"
)

// sentences say every difference to the control whose interval excludes 0 and whose false discovery rate is at most 5%,
// then what cannot be told of the accuracy.
func (r *Result) sentences() []Finding {
	var out, open []Finding
	for _, t := range r.Tests {
		for _, e := range r.Experts {
			c := r.Cells[e.Name][t.Name]
			if c.Difference == nil {
				continue
			}
			for _, m := range AllMetrics() {
				d, own, control := *m.Of(&c.Difference.Metrics), *m.Of(&c.Metrics), r.Cells[r.Control][t.Name].Metrics
				if !d.Measured() || m.Name == "log_loss" || m.Name == "calibration" { // which the table has
					continue
				}
				f := Finding{Expert: e.Name, Test: t.Name, Metric: m.Name, Estimate: d}
				switch v := c.Difference.Verdicts[m.Name]; {
				case (v == Higher || v == Lower) && c.Difference.Q[m.Name] <= 0.05:
					word := "better"
					if (v == Higher) != (m.Better > 0) {
						word = "worse"
					}
					f.Sentence = fmt.Sprintf("On %s, %s is %s than %s: its %s is %s against %s.", t.Name, e.Name, word, r.Control, m.Title, m.text(own.Value), m.text(m.Of(&control).Value))
					if dilution, ok := c.Difference.Diluted[m.Name]; ok {
						f.Sentence += fmt.Sprintf(" As bad a classifier by mere chance would have %s.", m.text(dilution.Gap.Value))
					}
					out = append(out, f)
				case v == CannotTell && m.Name == "balanced_accuracy":
					f.Sentence = fmt.Sprintf("On %s, whether %s is better or worse than %s by %s cannot be told: the difference in %s lies between %s and %s.",
						t.Name, e.Name, r.Control, m.size(r.Effect), m.Title, m.signed(d.Low), m.signed(d.High))
					open = append(open, f)
				case v == Alike && m.Name == "balanced_accuracy":
					f.Sentence = fmt.Sprintf("On %s, %s and %s are alike to %s in %s.", t.Name, e.Name, r.Control, m.size(r.Effect), m.Title)
					open = append(open, f)
				}
			}
		}
	}
	return append(out, open...)
}

// text is a value of the metric.
func (m Metric) text(x float64) string {
	if m.Share {
		return fmt.Sprintf("%.1f%%", 100*x)
	}
	return fmt.Sprintf("%.3g", x)
}

// signed is a difference of the metric.
func (m Metric) signed(x float64) string {
	if m.Share {
		return fmt.Sprintf("%+.1f points", 100*x)
	}
	return fmt.Sprintf("%+.3g", x)
}

// size is the size of a difference of the metric.
func (m Metric) size(x float64) string { return strings.TrimPrefix(m.signed(x), "+") }

// limits are the sentences that hold for every other.
func (r *Result) limits() []string {
	out := []string{
		"Experts are fitted, and decide, as if every value of the label were as frequent. Gaps between groups depend on that.",
		"One prism made all that is made here; another one, trained by another seed, might do better or worse.",
	}
	if r.Repeats == 0 {
		out = append(out, "Intervals cover the test images alone: no expert was fitted again (seeds is 0).")
	} else {
		out = append(out, fmt.Sprintf("Intervals cover the test images, the training images and the seed of a fit, by %d fits to units drawn again.", r.Repeats))
	}
	if r.Repeats > 0 && r.Repeats < DefaultSeeds {
		out = append(out, fmt.Sprintf("Intervals are wide: %d fits to units drawn again say little about how much fits differ. At least %d (--seeds) narrow them.", r.Repeats, DefaultSeeds))
	}
	if r.Group != "" {
		out = append(out, "A gap is of the two groups that lie farthest apart, so that chance alone makes it larger than 0; a gap of 0 is no aim where groups differ in how often the label is true.",
			fmt.Sprintf("Groups with fewer than %d test images have no part in gaps.", leastOfGroup))
	}
	return out
}
