package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// Skipped is a part of an evaluation that was not measured, or something left out of it, and why.
type Skipped struct {
	What string `json:"what"` // the field's path in evaluation.json, as in "leakage" or "attributes.glasses.oil.samples"
	Why  string `json:"why"`
}

// skip records that what could not be measured. It returns the error of a context that has ended, which is no reason
// of the data's: everything stops then.
func (e *Evaluation) skip(ctx context.Context, what string, why error) error {
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
			names[few.Class], images, counted(few.Units, "independent unit"))
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

// counted is such as "1 image" and "3 images".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
