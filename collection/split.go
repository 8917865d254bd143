package collection

import (
	"cmp"
	"math"
	"slices"
)

// leastUnits is how many units each side of the split needs of every collection: with one, nothing can be told apart
// from what is peculiar to it.
const leastUnits = 2

// split fills Train and Validation of the collections.
//
// The images of a unit (see [Dataset.Units]) stay together. A unit with images in train/ or val/ folders goes where
// most of them are, and is held out if they are as many, so that a copy in train/ does not take an image out of val/.
// The others are put in an order that depends on the seed and on names alone, and are held out one after the other as
// long as that brings the collections closer to the share asked for. Large units can make the share inexact; a
// collection that can have leastUnits on both sides gets them.
func split(collections []*Collection, seed uint64, share float64) {
	s := &splitting{collections: collections, units: unitsOf(collections, seed)}
	s.start(share)
	var undecided []*unit
	for _, u := range s.units {
		train, held := s.folders(u)
		switch {
		case train == 0 && held == 0:
			undecided = append(undecided, u)
		case held >= train:
			s.hold(u)
		}
	}
	for _, u := range undecided {
		if s.gain(u) > 0 && s.leaves(u) {
			s.hold(u)
		}
	}
	s.fill(undecided)
	for _, u := range s.units {
		s.assign(u)
	}
	for _, c := range collections {
		slices.Sort(c.Train)
		slices.Sort(c.Validation)
	}
}

// member is one row of one collection.
type member struct{ collection, row int32 }

// unit is the rows that stay on one side of the split.
type unit struct {
	members []member // in the order of collections and rows
	rank    uint64
	held    bool
}

// unitsOf lists the units in an order that depends on seed and names.
func unitsOf(collections []*Collection, seed uint64) []*unit {
	n, rows := assignUnits(collections), 0
	counts := make([]int, n)
	for _, c := range collections {
		for _, u := range c.units {
			counts[u]++
			rows++
		}
	}
	all := make([]member, rows)
	each := make([]unit, n)
	units := make([]*unit, n)
	for i := range each {
		units[i] = &each[i]
		units[i].members, all = all[:0:counts[i]], all[counts[i]:]
	}
	for i, c := range collections {
		for row, u := range c.units {
			units[u].members = append(units[u].members, member{int32(i), int32(row)})
		}
	}
	for _, u := range units {
		u.rank = seededHash(seed, "split", u.identity(collections))
	}
	slices.SortFunc(units, func(a, b *unit) int {
		if c := cmp.Compare(a.rank, b.rank); c != 0 {
			return c
		}
		return cmp.Compare(a.identity(collections), b.identity(collections))
	})
	return units
}

// identity is the least of the names of a unit's rows.
func (u *unit) identity(collections []*Collection) string {
	least := ""
	for _, m := range u.members {
		c := collections[m.collection]
		if name := c.Name + "\x00" + c.Items[m.row].File; least == "" || name < least {
			least = name
		}
	}
	return least
}

// splitting is a split under way. Its slices have one element a collection.
type splitting struct {
	collections []*Collection
	units       []*unit
	open        []int // images that no folder assigns
	wanted      []int // those of them still to be held out
	held, left  []int // units with images, held out and not
}

func (s *splitting) start(share float64) {
	n := len(s.collections)
	s.open, s.wanted, s.held, s.left = make([]int, n), make([]int, n), make([]int, n), make([]int, n)
	for i, c := range s.collections {
		for row, ok := range c.usable {
			if ok && c.sides[row] == sideOpen {
				s.open[i]++
			}
		}
		s.wanted[i] = int(math.Round(share * float64(s.open[i])))
		if least := min(leastUnits, s.open[i]/2); least > 0 {
			s.wanted[i] = min(max(s.wanted[i], least), s.open[i]-least)
		}
	}
	for _, u := range s.units {
		s.each(u, func(c, images, open int) { s.left[c]++ })
	}
}

// each calls f for the collections that a unit has usable images of, with their number and that of those which no
// folder assigns.
func (s *splitting) each(u *unit, f func(c, images, open int)) {
	for at := 0; at < len(u.members); {
		c, images, open := u.members[at].collection, 0, 0
		for ; at < len(u.members) && u.members[at].collection == c; at++ {
			if row := u.members[at].row; s.collections[c].usable[row] {
				images++
				if s.collections[c].sides[row] == sideOpen {
					open++
				}
			}
		}
		if images > 0 {
			f(int(c), images, open)
		}
	}
}

// folders counts the images of a unit in folders that assign them.
func (s *splitting) folders(u *unit) (train, held int) {
	for _, m := range u.members {
		if c := s.collections[m.collection]; c.usable[m.row] {
			switch c.sides[m.row] {
			case sideTrain:
				train++
			case sideHeld:
				held++
			}
		}
	}
	return train, held
}

// gain is by how many images holding the unit out brings the collections closer to what is wanted.
func (s *splitting) gain(u *unit) int {
	gain := 0
	s.each(u, func(c, _, open int) { gain += abs(s.wanted[c]) - abs(s.wanted[c]-open) })
	return gain
}

func abs(n int) int { return max(n, -n) }

// leaves tells whether every collection of the unit can do without it: it keeps enough to train on, or at least one
// unit as long as it has none held out.
func (s *splitting) leaves(u *unit) bool {
	possible := true
	s.each(u, func(c, _, _ int) {
		possible = possible && (s.left[c] > leastUnits || s.left[c] > 1 && s.held[c] == 0)
	})
	return possible
}

func (s *splitting) hold(u *unit) {
	u.held = true
	s.each(u, func(c, _, open int) {
		s.wanted[c] -= open
		s.held[c]++
		s.left[c]--
	})
}

// fill holds units out in each collection that has too few, if that leaves every collection something to train on.
// Only large units make that necessary.
func (s *splitting) fill(undecided []*unit) {
	for i := range s.collections {
		for s.open[i] >= 2 && s.held[i] < leastUnits {
			var best *unit
			bestGain := 0
			for _, u := range undecided {
				touches := false
				s.each(u, func(c, _, _ int) { touches = touches || c == i })
				if u.held || !touches || !s.leaves(u) {
					continue
				}
				if gain := s.gain(u); best == nil || gain > bestGain {
					best, bestGain = u, gain
				}
			}
			if best == nil {
				break
			}
			s.hold(best)
		}
	}
}

// assign writes a unit's rows to its side, with a note for each whose folder says otherwise.
func (s *splitting) assign(u *unit) {
	for _, m := range u.members {
		c, row := s.collections[m.collection], int(m.row)
		if !c.usable[row] {
			continue
		}
		file := c.Items[row].File
		if u.held {
			c.Validation = append(c.Validation, row)
			if c.sides[row] == sideTrain {
				c.Notes = append(c.Notes, Skipped{file, "is held out although its folder is for training: most images of its unit (pair, group or copies) are held out"})
			}
			continue
		}
		c.Train = append(c.Train, row)
		if c.sides[row] == sideHeld {
			c.Notes = append(c.Notes, Skipped{file, "is for training although its folder is held out: most images of its unit (pair, group or copies) are for training"})
		}
	}
}
