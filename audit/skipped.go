package audit

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// Skipped is a part of an evaluation that was not measured, or something left out of it, and why.
type Skipped struct {
	What string `json:"what"` // the field's path in evaluation.json, as in "leakage" or "attributes.glasses.oil.samples"
	Why  string `json:"why"`
}

// Reason is why some parts were not measured: the first of them, and how many there are.
type Reason struct {
	Skipped
	Count int
}

// String is one line for all of the parts.
func (r Reason) String() string {
	if r.Count == 1 {
		return r.What + ": " + r.Why
	}
	return fmt.Sprintf("%s, and %d more like it: %s", r.What, r.Count-1, r.Why)
}

var (
	valueOrNumber = regexp.MustCompile(`\S+=\S+|[0-9.]+`)
	betweenNames  = regexp.MustCompile(`\.|->`)
)

// Reasons puts together what was not measured for the same reason but for names and numbers, in the order of the first
// of each: where many cells are small, hundreds of parts share a few reasons.
func Reasons(all []Skipped) []Reason {
	var out []Reason
	at := map[string]int{}
	for _, s := range all {
		key := s.reason()
		i, known := at[key]
		if !known {
			i, at[key] = len(out), len(out)
			out = append(out, Reason{Skipped: s})
		}
		out[i].Count++
	}
	return out
}

// reason is the kind of part and why it was not measured, without the names that are in the part's path and without
// values and numbers.
func (s Skipped) reason() string {
	const leastName = 3 // letters; a shorter one, such as the value "no", may be a word of the sentence
	why := valueOrNumber.ReplaceAllString(s.Why, "…")
	names := betweenNames.Split(s.What, -1)
	for _, name := range names[1:] {
		if len(name) >= leastName {
			why = regexp.MustCompile(`\b`+regexp.QuoteMeta(name)+`\b`).ReplaceAllString(why, "…")
		}
	}
	return names[0] + ": " + why
}

// skip records why what could not be measured; nil is no reason, and nothing is recorded. It returns the error of a context
// that has ended, which is no reason of the data's: everything stops then.
func (e *Evaluation) skip(ctx context.Context, what string, why error) error {
	if why == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	e.Skipped = append(e.Skipped, Skipped{what, why.Error()})
	return nil
}

// plain says what an error of a measurement means for the data set: classes by their names. images says which images
// the classes are of.
func plain(err error, names []string, images string) error {
	var few *probe.FewUnitsError
	if errors.As(err, &few) && few.Class < len(names) {
		return fmt.Errorf("%s has %s of %s, two are needed: one to learn from, one to test on (images that share a pair or a group count as one)",
			names[few.Class], images, listing.Count(few.Units, "independent unit"))
	}
	var unknown *measure.UnknownErrorsError
	if errors.As(err, &unknown) && unknown.Value < len(names) {
		return fmt.Errorf("no held-out image is labelled %s, so that the judge's errors on it are not known", names[unknown.Value])
	}
	var misfit *measure.MisfitError
	if errors.As(err, &misfit) && misfit.Value < len(names) {
		return fmt.Errorf("the judge sees %s in %s of these images, but whatever they show it should see it in about %s: it errs on them otherwise than on held-out images, so that no share is claimed",
			names[misfit.Value], percent(misfit.Seen), percent(misfit.Expected))
	}
	return err
}
