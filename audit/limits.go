package audit

import "fmt"

// limits are the sentences that hold for every other, of this run.
func limits(a *Audit) []string {
	list := []string{
		"The intervals cover the choice of held-out images. They do not cover another training: a second seed gives another model, whose numbers lie near these, not within them.",
		"Projection is what the model would show, not what would have been: which content two collections share is not identified by their images alone unless pairs are known.",
	}
	if a.Leakage != nil {
		if name, worst, found := a.Leakage.worst(); found {
			list = append(list, fmt.Sprintf("The code leaks: a %s probe names the collection of %s of codes where chance is %s. A part of what projection keeps or changes may be this.",
				name, percent(worst.Value), percent(a.Leakage.Chance)))
		}
	}
	if len(a.Attributes) > 0 {
		list = append(list, "Attributes of samples and projections are judged by a classifier that learned from the run's own labels. Its errors on labelled held-out images are taken out of every share but those said to be as judged; errors that differ on made images are not known.")
	}
	list = append(list, unlikeLimits(a)...)
	if len(a.Generation) > 0 {
		list = append(list, fmt.Sprintf("Distances of made images are taken in the features of %s. They compare collections of this run; only Inception's features make numbers that compare with the literature.", a.Features))
	}
	for _, c := range sortedKeys(a.Generation) {
		g := a.Generation[c]
		if g.Samples != nil && g.Samples.Real < 500 {
			list = append(list, fmt.Sprintf("%s has %d held-out images: its numbers of generation are coarse.", c, g.Samples.Real))
		}
	}
	for _, c := range a.About.Collections {
		if c.Seen < c.Validation {
			list = append(list, fmt.Sprintf("Of the %d held-out images of %s, %d chosen at random were looked at.", c.Validation, c.Name, c.Seen))
		}
	}
	if n := len(a.Skipped); n > 0 {
		list = append(list, fmt.Sprintf("%d parts could not be measured; the list at the end says why.", n))
	}
	return list
}
