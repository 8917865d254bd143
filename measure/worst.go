package measure

import "fmt"

// WorstGroup is the lowest share of right predictions among groups of rows, and its group: groups of fewer than least
// rows are not looked at. The interval is that of [Proportion] for the group and takes its choice as given: the lowest
// of several noisy shares lies below the lowest of the true ones.
func WorstGroup(right []bool, group, units []int, groups, least int) (worst Estimate, of int, err error) {
	if err := CheckClasses("the worst group", group, len(right), groups); err != nil {
		return Estimate{}, 0, err
	}
	if err := checkUnits("the worst group", units, len(right)); err != nil {
		return Estimate{}, 0, err
	}
	rows := make([][]int, groups)
	for r, g := range group {
		rows[g] = append(rows[g], r)
	}
	for g, own := range rows {
		if len(own) < max(1, least) {
			continue
		}
		share, err := Proportion(Pick(right, own), Pick(units, own))
		if err != nil {
			return Estimate{}, 0, fmt.Errorf("the worst group: %w", err)
		}
		if !worst.Measured() || share.Value < worst.Value {
			worst, of = share, g
		}
	}
	if !worst.Measured() {
		return worst, 0, &InsufficientError{"the worst group", 0, max(1, least), "rows of any group"}
	}
	return worst, of, nil
}
