package collection

import "fmt"

// TooFewError says that a collection has too few images, or too few that do not belong together, to train and measure
// on.
type TooFewError struct {
	Name string
	// Images and Units are the usable images and their units (see [Dataset.Units]) on either side of the split.
	TrainImages, TrainUnits int
	HeldImages, HeldUnits   int
	// ByFolders says that folders or a column decide the split of all images.
	ByFolders bool
}

func (e *TooFewError) Error() string {
	images, units := e.TrainImages+e.HeldImages, e.TrainUnits+e.HeldUnits
	const least = 2 * leastUnits
	switch {
	case images < least:
		return fmt.Sprintf("collection %s has %s: at least %d images are needed, %d to train on and %d to measure with",
			e.Name, plural(images, "usable image"), least, leastUnits, leastUnits)
	case e.ByFolders:
		return fmt.Sprintf("collection %s has %d images for training and %d held out, as its folders say (%d and %d units: images of one pair, one group or with the same pixels count once): at least %d are needed on each side",
			e.Name, e.TrainImages, e.HeldImages, e.TrainUnits, e.HeldUnits, leastUnits)
	default:
		return fmt.Sprintf("the %d images of collection %s are only %s that can be told apart, as images of one pair, one group or with the same pixels belong together: at least %d are needed, %d to train on and %d to measure with",
			images, e.Name, plural(units, "unit"), least, leastUnits, leastUnits)
	}
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

// Enough returns a [*TooFewError] for the first collection that has too few images to train on or to measure with: it
// needs two units on either side of the split. Anything that trains on a data set should ask this first.
func (d *Dataset) Enough() error {
	for _, c := range d.Collections {
		e := &TooFewError{
			Name: c.Name, TrainImages: len(c.Train), HeldImages: len(c.Validation),
			TrainUnits: c.unitsOf(c.Train), HeldUnits: c.unitsOf(c.Validation), ByFolders: true,
		}
		for row, ok := range c.usable {
			e.ByFolders = e.ByFolders && (!ok || c.sides[row] != sideOpen)
		}
		if e.TrainUnits < leastUnits || e.HeldUnits < leastUnits {
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
