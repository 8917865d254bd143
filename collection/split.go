package collection

import (
	"cmp"
	"math"
	"slices"
)

// split fills Train and Validation of the collections.
//
// Images that share a pair or a group, in whatever collection, form a cluster
// and stay together. A cluster with images in train/ or val/ folders goes
// where most of them are. The others are put in an order that depends on the
// seed and on names alone, and are held out one after the other as long as
// that brings the collections closer to the share asked for. Large groups can
// make the share inexact; a collection that can have both sides gets both.
func split(collections []*Collection, seed uint64, share float64) {
	clusters := clustersOf(collections, seed)
	wanted := make([]int, len(collections)) // images still to be held out
	for i, c := range collections {
		open := 0
		for row, ok := range c.usable {
			if ok && c.sides[row] == sideOpen {
				open++
			}
		}
		wanted[i] = int(math.Round(share * float64(open)))
		if open >= 2 {
			wanted[i] = min(max(wanted[i], 1), open-1)
		}
	}
	var undecided []*cluster
	for _, k := range clusters {
		switch {
		case k.inTrain == 0 && k.inHeld == 0:
			undecided = append(undecided, k)
		case k.inHeld > k.inTrain:
			k.hold(wanted)
		}
	}
	for _, k := range undecided {
		if k.gain(wanted) > 0 {
			k.hold(wanted)
		}
	}
	fillEmpty(collections, clusters, wanted)
	for _, k := range clusters {
		k.assign(collections)
	}
	for _, c := range collections {
		slices.Sort(c.Train)
		slices.Sort(c.Validation)
	}
}

// member is one row of one collection.
type member struct{ collection, row int }

// cluster is a set of rows that stay on one side of the split.
type cluster struct {
	members         []member
	counts          []count // usable images of each collection, ascending
	open            []count // those of them that no folder assigns
	inTrain, inHeld int     // images in folders that assign them
	identity        string  // the least of its members' names
	rank            uint64
	held            bool
}

type count struct{ collection, n int }

// gain is by how many images holding the cluster out brings the collections
// closer to what is wanted.
func (k *cluster) gain(wanted []int) int {
	gain := 0
	for _, c := range k.open {
		gain += abs(wanted[c.collection]) - abs(wanted[c.collection]-c.n)
	}
	return gain
}

func abs(n int) int { return max(n, -n) }

func (k *cluster) hold(wanted []int) {
	k.held = true
	for _, c := range k.open {
		wanted[c.collection] -= c.n
	}
}

// assign writes a cluster's rows to its side, with a note for each whose
// folder says otherwise.
func (k *cluster) assign(collections []*Collection) {
	for _, m := range k.members {
		c := collections[m.collection]
		if !c.usable[m.row] {
			continue
		}
		file := c.Items[m.row].File
		if k.held {
			c.Validation = append(c.Validation, m.row)
			if c.sides[m.row] == sideTrain {
				c.Notes = append(c.Notes, Skipped{file, "is held out although its folder is for training: most images of its pair or group are held out"})
			}
			continue
		}
		c.Train = append(c.Train, m.row)
		if c.sides[m.row] == sideHeld {
			c.Notes = append(c.Notes, Skipped{file, "is for training although its folder is held out: most images of its pair or group are for training"})
		}
	}
}

// fillEmpty holds a cluster out in each collection that has none, if that
// leaves every collection something to train on. Only groups of more than
// twice the share make that necessary.
func fillEmpty(collections []*Collection, clusters []*cluster, wanted []int) {
	held := make([]int, len(collections))
	left := make([]int, len(collections))
	for _, k := range clusters {
		for _, c := range k.counts {
			if k.held {
				held[c.collection] += c.n
			} else {
				left[c.collection] += c.n
			}
		}
	}
	for i := range collections {
		if held[i] > 0 || wanted[i] <= 0 {
			continue
		}
		var best *cluster
		for _, k := range clusters {
			touches, possible := false, !k.held && k.inTrain == 0
			for _, c := range k.counts {
				touches = touches || c.collection == i
				possible = possible && left[c.collection] > c.n
			}
			if touches && possible && (best == nil || k.gain(wanted) > best.gain(wanted)) {
				best = k
			}
		}
		if best == nil {
			continue
		}
		best.hold(wanted)
		for _, c := range best.counts {
			held[c.collection] += c.n
			left[c.collection] -= c.n
		}
	}
}

// clustersOf finds the clusters, in an order that depends on seed and names.
func clustersOf(collections []*Collection, seed uint64) []*cluster {
	var sets disjointSets
	first := make([]int, len(collections)) // number of each collection's row 0
	for i, c := range collections {
		first[i] = len(sets)
		for range c.Items {
			sets = append(sets, len(sets))
		}
	}
	for _, name := range []string{LabelPair, LabelGroup} {
		seen := map[string]int{}
		for i, c := range collections {
			col := c.column(name)
			if col == nil {
				continue
			}
			for row := range c.Items {
				v, ok := col.at(row)
				if !ok {
					continue
				}
				if other, ok := seen[v]; ok {
					sets.join(other, first[i]+row)
				} else {
					seen[v] = first[i] + row
				}
			}
		}
	}
	byRoot := map[int]*cluster{}
	var clusters []*cluster
	for i, c := range collections {
		for row := range c.Items {
			root := sets.find(first[i] + row)
			k := byRoot[root]
			if k == nil {
				k = &cluster{}
				byRoot[root] = k
				clusters = append(clusters, k)
			}
			k.add(i, row, c)
		}
	}
	for _, k := range clusters {
		k.rank = seededHash(seed, "split", k.identity)
	}
	slices.SortFunc(clusters, func(a, b *cluster) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.identity, b.identity))
	})
	return clusters
}

// add puts row of collection c, the i-th, into the cluster. Rows come in the
// order of collections.
func (k *cluster) add(i, row int, c *Collection) {
	k.members = append(k.members, member{i, row})
	if identity := c.Name + "\x00" + c.Items[row].File; k.identity == "" || identity < k.identity {
		k.identity = identity
	}
	if !c.usable[row] {
		return
	}
	k.counts = increment(k.counts, i)
	switch c.sides[row] {
	case sideTrain:
		k.inTrain++
	case sideHeld:
		k.inHeld++
	default:
		k.open = increment(k.open, i)
	}
}

func increment(counts []count, collection int) []count {
	if n := len(counts); n > 0 && counts[n-1].collection == collection {
		counts[n-1].n++
		return counts
	}
	return append(counts, count{collection, 1})
}

// disjointSets holds for each element another one of its set, or itself for
// the one that stands for the set.
type disjointSets []int

func (s disjointSets) find(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

func (s disjointSets) join(i, j int) { s[s.find(i)] = s.find(j) }
