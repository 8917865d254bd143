package collection

import "fmt"

// TooFewError says that a collection has too few images, or too few that do not belong together, to train and measure
// on.
type TooFewError struct {
	Name string
	// Images and Units are the usable images and their units (see [Dataset.Units]) on either side of the split.
	TrainImages, TrainUnits int
	HeldImages, HeldUnits   int
	// LeastTrain is how many images must be for training.
	LeastTrain int
	// ByFolders says that folders or a column decide the split of all images.
	ByFolders bool
}

// Error says in one sentence what is there and what is needed.
func (e *TooFewError) Error() string {
	images, units := e.TrainImages+e.HeldImages, e.TrainUnits+e.HeldUnits
	const together = "images of one pair, of one group or with the same pixels belong together"
	switch {
	case e.ByFolders:
		return fmt.Sprintf("collection %s has %d images for training and %d held out by its folders or table, which are %d and %d that can be told apart (%s): at least %d are needed to train on and %d to measure with",
			e.Name, e.TrainImages, e.HeldImages, e.TrainUnits, e.HeldUnits, together, e.LeastTrain, leastUnits)
	case units < 2*leastUnits && images > units:
		return fmt.Sprintf("the %d images of collection %s are only %s that can be told apart (%s): at least %d are needed, %d to train on and %d to measure with",
			images, e.Name, plural(units, "unit"), together, 2*leastUnits, leastUnits, leastUnits)
	}
	return fmt.Sprintf("collection %s has %s, %d to train on and %d to measure with: at least %d are needed, %d to train on and %d to measure with",
		e.Name, plural(images, "usable image"), e.TrainImages, e.HeldImages, e.LeastTrain+max(leastUnits, e.HeldImages), e.LeastTrain, leastUnits)
}

func plural(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Enough returns a [*TooFewError] for the first collection that has too few images: each needs two units on either
// side of the split, and leastTrain images to train on. Anything that trains on a data set should ask this first.
func (d *Dataset) Enough(leastTrain int) error {
	for _, c := range d.Collections {
		e := &TooFewError{
			Name: c.Name, TrainImages: len(c.Train), HeldImages: len(c.Validation),
			TrainUnits: c.unitsOf(c.Train), HeldUnits: c.unitsOf(c.Validation),
			LeastTrain: max(leastTrain, leastUnits), ByFolders: len(c.Rows()) > 0,
		}
		for row, ok := range c.usable {
			e.ByFolders = e.ByFolders && (!ok || c.sides[row] != sideOpen)
		}
		if e.TrainUnits < leastUnits || e.HeldUnits < leastUnits || e.TrainImages < e.LeastTrain {
			return e
		}
	}
	return nil
}

// unitsOf counts the units of rows.
func (c *Collection) unitsOf(rows []int) int {
	seen := make(map[int32]bool)
	for _, row := range rows {
		seen[c.units[row]] = true
	}
	return len(seen)
}
