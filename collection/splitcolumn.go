package collection

import "slices"

// labelSplit is the column of a table that says which images are held out.
const labelSplit = "split"

// splitByColumn takes the sides of images from the column "split" of their tables, where folders say nothing of any of
// them, every value is a word for one of the sides, and both sides are there. The column is no label then.
func (c *Collection) splitByColumn() {
	said := c.column(labelSplit)
	if said == nil || slices.ContainsFunc(c.sides, func(s side) bool { return s != sideOpen }) {
		return
	}
	sides := make([]side, len(c.sides))
	found := map[side]bool{}
	for row := range sides {
		value, ok := said.at(row)
		if !ok {
			continue
		}
		if sides[row] = partOf(value).side(); sides[row] == sideOpen {
			return
		}
		found[sides[row]] = true
	}
	if !found[sideTrain] || !found[sideHeld] {
		return
	}
	c.sides = sides
	c.columns = newColumnSet(slices.DeleteFunc(slices.Clone(c.columns.list), func(other *column) bool { return other == said }))
}
