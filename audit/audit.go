// Package audit puts the measurements of package measure and the classifiers of package probe together for a trained
// prism and its collections.
//
// [See] encodes the images that were held out of training, [Evaluate] measures them: the content of
// RUN/evaluation.json. [Examine] asks all that an auditor asks, and puts the answers into sentences: the content of
// RUN/audit/audit.json.
package audit

import (
	"context"
	"maps"
	"slices"

	"github.com/dataprism/dataprism/measure"
)

// Schema is the version of the layout of audit.json that this package writes. It grows when a field changes its
// meaning or goes; a new field does not change it. audit.schema.json describes it.
const Schema = 1

// Audit is everything that was found out about a run: the content of RUN/audit/audit.json. docs/audit.md says what
// each field means. What could not be measured is nil or absent, and Skipped says why.
type Audit struct {
	Schema int `json:"schema"`
	// About says what was audited and by what.
	About About `json:"about"`
	// Findings are what a reader should know first, the largest first of each kind. None is made of a difference
	// whose interval holds none.
	Findings []Finding `json:"findings"`
	// Limits are the sentences that hold for every other: what these numbers cannot say.
	Limits []string `json:"limits"`

	Evaluation

	// Differences is of every two collections.
	Differences []Difference `json:"differences,omitempty"`
	// Features names the feature space of Generation.
	Features string `json:"features,omitempty"`
	// Generation is keyed by collection.
	Generation map[string]Generation `json:"generation,omitempty"`
	// Bias is keyed by attribute, or two of them as "gender & glasses", then by collection.
	Bias map[string]map[string]Bias `json:"bias,omitempty"`
	// Posterior is how well the collection of an image is found by Bayes' rule.
	Posterior *Posterior `json:"posterior,omitempty"`
	// Typicality is keyed by collection.
	Typicality map[string]TypicalitySummary `json:"typicality,omitempty"`
}

// About says what was audited.
type About struct {
	Program     string            `json:"program"` // name and version
	Command     string            `json:"command"`
	Run         string            `json:"run"`
	Seed        uint64            `json:"seed"`
	Collections []CollectionCount `json:"collections"`
	SplitBy     []string          `json:"split_by,omitempty"` // labels that say which images are in which collection
	Inputs      map[string]string `json:"inputs"`             // SHA-256 of what was read, by file
}

// CollectionCount is how many images of a collection there are, and what their labels say.
type CollectionCount struct {
	Name       string `json:"name"`
	Found      int    `json:"found"`    // files
	Unusable   int    `json:"unusable"` // of them, that could not be read or are not images
	LeftOut    int    `json:"left_out"` // of them, beyond the most images that the run takes
	Train      int    `json:"train"`
	Validation int    `json:"validation"`
	Seen       int    `json:"seen"`  // held-out images that were looked at
	Units      int    `json:"units"` // of these that are independent: of images of one pair or group, one counts
	// Labels counts the images looked at by label and value, "" for those without one. Labels of many values, such as
	// names, are left out.
	Labels map[string]map[string]int `json:"labels"`
}

// Finding is one sentence with the number that it rests on.
type Finding struct {
	Kind        string   `json:"kind"`
	Collections []string `json:"collections"`
	Attribute   string   `json:"attribute,omitempty"` // "beard=yes"
	Sentence    string   `json:"sentence"`
	Value       float64  `json:"value"`
	Low         float64  `json:"low"`
	High        float64  `json:"high"`
	N           int      `json:"n"`
}

// finding is one about an estimate.
func finding(kind, sentence string, e measure.Estimate, attribute string, collections ...string) Finding {
	return Finding{kind, collections, attribute, sentence, e.Value, e.Low, e.High, e.N}
}

// Examine measures a trained prism on held-out images and says what was found. e is what [Evaluate] has measured by
// the same settings, or nil where that is still to be done. A part that cannot be measured is left out, and Skipped
// says why; the only error is that of a context that has ended.
func Examine(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) (*Audit, error) {
	if e == nil {
		var err error
		if e, err = Evaluate(ctx, h, s); err != nil {
			return nil, err
		}
	}
	a := &Audit{Schema: Schema, Evaluation: *e, About: h.about(s)}
	var err error
	if h.under, err = h.logProbsStepwise(ctx, s, "computing likelihoods", h.all()); err != nil {
		h.under = nil // what needs them will say why it has none
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	for _, part := range []struct {
		what    string
		measure func(context.Context, *HeldOut, Settings, *Audit) error
	}{
		{"differences", measureDifferences},
		{"generation", measureGeneration},
		{"bias", measureBias},
		{"posterior", measurePosterior},
		{"typicality", measureTypicality},
	} {
		s.begin("measuring "+part.what, 0)
		if err := a.skip(ctx, part.what, part.measure(ctx, h, s, a)); err != nil {
			return nil, err
		}
	}
	a.Limits = limits(a)
	a.Findings = findings(a)
	return a, ctx.Err()
}

// mostCounted is how many values a label has at most whose images are counted.
const mostCounted = 4 * maxValues

// about says what is audited; the caller adds what only it knows.
func (h *HeldOut) about(s Settings) About {
	about := About{Seed: s.Seed}
	for c, col := range h.dataset.Collections {
		rows := h.of(c)
		count := CollectionCount{
			Name: col.Name, Found: col.Found, Unusable: len(col.Skipped), LeftOut: col.LeftOut, Train: len(col.Train), Validation: len(col.Validation),
			Seen: len(rows), Units: len(measure.RowsOfUnits(measure.Pick(h.Units, rows), len(rows))), Labels: map[string]map[string]int{},
		}
		for _, name := range labelNames(h.dataset) {
			values := map[string]int{}
			for _, value := range measure.Pick(h.Labels(name), rows) {
				values[value]++
			}
			if len(values) <= mostCounted && values[""] < len(rows) {
				count.Labels[name] = values
			}
		}
		about.Collections = append(about.Collections, count)
		for _, w := range col.Where {
			if !slices.Contains(about.SplitBy, w.Label) {
				about.SplitBy = append(about.SplitBy, w.Label)
			}
		}
	}
	return about
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
