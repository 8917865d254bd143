package collection

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// What makes bins of a label that is a number.
const (
	// mostValues is how many different numbers are left as they are, as categories.
	mostValues = 8
	mostBins   = 4
	// leastOfBin is how many training images each bin has.
	leastOfBin = 20
	// mostNumbers is how many labels are binned. A data set with more has vectors in its table, not attributes.
	mostNumbers = 16
)

// binNumbers replaces numbers in labels by the bin they are in: where all values of a label, in all collections, are
// numbers, and there are more than mostValues, the label's values become up to mostBins bins. They are the same in
// all collections and have about equally many training images in all together; their bounds are the roundest numbers
// near the quantiles. What the table says stays in [Collection.Number]. It returns the labels of numbers that it
// could not put into bins, which are noted.
func binNumbers(collections []*Collection) map[string]bool {
	unbinned := map[string]bool{}
	var columns []*numberColumn
	seen := map[string]bool{LabelPair: true, LabelGroup: true, LabelClass: true}
	for _, c := range collections {
		for _, column := range c.columns.list {
			if seen[column.Name] {
				continue
			}
			seen[column.Name] = true
			if n := numbersOf(collections, column.Name); n != nil && len(n.values) > mostValues && !n.identifies() {
				columns = append(columns, n)
			}
		}
	}
	if len(columns) > mostNumbers {
		var names []string
		for _, n := range columns {
			names = append(names, n.name)
		}
		for _, name := range names {
			unbinned[name] = true
		}
		noteAll(collections, fmt.Sprintf("%d labels hold numbers, such as %s: more than %d are not put into bins to be compared", len(columns), examples(names, 3), mostNumbers), names...)
		return unbinned
	}
	for _, n := range columns {
		bins := n.bins()
		if len(bins) < 2 {
			unbinned[n.name] = true
			noteAll(collections, fmt.Sprintf("the label %q holds %d different numbers for too few images to put them into bins of at least %d", n.name, len(n.values), leastOfBin), n.name)
			continue
		}
		for _, c := range collections {
			c.bin(n.name, bins)
		}
	}
	return unbinned
}

// noteAll adds a note to each of the collections that have one of the labels.
func noteAll(collections []*Collection, reason string, names ...string) {
	for _, c := range collections {
		if slices.ContainsFunc(names, func(name string) bool { return c.column(name) != nil }) {
			c.Notes = append(c.Notes, Skipped{"", reason})
		}
	}
}

// numberColumn is a label whose values are all numbers.
type numberColumn struct {
	name   string
	values []numberValue // ascending
	rows   int           // with a value
	whole  bool          // all are integers
}

// numberValue is a number and how many images have it.
type numberValue struct {
	at         float64
	all, train int
}

// numbersOf gathers a label's values, nil where one of them is no number.
func numbersOf(collections []*Collection, name string) *numberColumn {
	n := &numberColumn{name: name, whole: true}
	index := map[float64]int{}
	for _, c := range collections {
		column := c.column(name)
		if column == nil {
			continue
		}
		numbers := make([]int, len(column.Values)) // place of each value in n.values
		for i, text := range column.Values {
			x, ok := number(text)
			if !ok {
				return nil
			}
			n.whole = n.whole && x == math.Trunc(x) && math.Abs(x) < 1e15
			at, known := index[x]
			if !known {
				at = len(n.values)
				index[x] = at
				n.values = append(n.values, numberValue{at: x})
			}
			numbers[i] = at
		}
		for row, ok := range c.usable {
			if code := column.Codes[row]; ok && code >= 0 {
				n.values[numbers[code]].all++
				n.rows++
			}
		}
		for _, row := range c.Train {
			if code := column.Codes[row]; code >= 0 {
				n.values[numbers[code]].train++
			}
		}
	}
	slices.SortFunc(n.values, func(a, b numberValue) int { return cmp.Compare(a.at, b.at) })
	return n
}

// number reads a finite number.
func number(text string) (float64, bool) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) || strings.ContainsAny(text, "xX_") {
		return 0, false
	}
	return x + 0, true // no negative zero
}

// identifies tells numbers that count or name images or people from quantities.
func (n *numberColumn) identifies() bool {
	name := spelt(n.name)
	for _, word := range []string{"id", "idx", "index", "identity", "number", "nr"} {
		if name == word || strings.HasSuffix(name, word) {
			return true
		}
	}
	return n.whole && len(n.values) == n.rows
}

// bins are the lower bounds of bins, with their names.
type bins []bin

type bin struct {
	from float64
	name string
}

// of is the place of the bin that a number is in.
func (b bins) of(x float64) int {
	i, exact := slices.BinarySearchFunc(b, x, func(b bin, x float64) int { return cmp.Compare(b.from, x) })
	if !exact {
		i--
	}
	return max(i, 0)
}

// bins divides the numbers into as many bins as have enough training images, at most mostBins.
func (n *numberColumn) bins() bins {
	total := 0
	for _, v := range n.values {
		total += v.train
	}
	for count := min(mostBins, total/leastOfBin); count >= 2; count-- {
		for _, reach := range []float64{0.25, 0} {
			if cuts, ok := n.cuts(total, count, reach); ok {
				return n.named(cuts)
			}
		}
	}
	return nil
}

// cuts finds the lower bounds of all bins but the first: of the places between two values at which the share of
// images below is off by at most reach bins, the one that has the roundest number.
func (n *numberColumn) cuts(total, count int, reach float64) ([]float64, bool) {
	size := float64(total) / float64(count)
	cuts := make([]float64, 0, count-1)
	below, last := 0, 0
	places := make([]int, len(n.values)) // training images below each value
	for i, v := range n.values {
		places[i] = below
		below += v.train
	}
	for k := 1; k < count; k++ {
		target := float64(k) * size
		best, bestStep, bestOff := -1, 0.0, 0.0
		var bestCut float64
		for i := 1; i < len(n.values); i++ {
			if places[i]-last < leastOfBin || total-places[i] < leastOfBin*(count-k) {
				continue
			}
			off := math.Abs(float64(places[i]) - target)
			cut, step := roundest(n.values[i-1].at, n.values[i].at)
			if off > reach*size {
				step = -off // none is near: the nearest
			}
			if best < 0 || step > bestStep || step == bestStep && off < bestOff {
				best, bestStep, bestOff, bestCut = i, step, off, cut
			}
		}
		if best < 0 {
			return nil, false
		}
		cuts = append(cuts, bestCut)
		last = places[best]
	}
	return cuts, true
}

// roundest is the number above low and up to high with the fewest digits, a last digit of 5 before others, and the
// step of which it is a multiple.
func roundest(low, high float64) (number, step float64) {
	top := math.Ceil(math.Log10(max(math.Abs(low), math.Abs(high), 1e-300)))
	for p := top; p > top-17; p-- {
		for _, digit := range []float64{1, 0.5} {
			step := digit * math.Pow(10, p)
			n := math.Floor(high/step) * step
			if p < 0 { // multiples of a negative power are not exact
				n = math.Floor(high/step) / math.Round(1/step)
			}
			if n > low && n <= high {
				return n + 0, step
			}
		}
	}
	return high, 0
}

// named gives bins their names: 20-34 for integers, "below 0.5", "0.5 to 0.75", "0.75 and above" for others.
func (n *numberColumn) named(cuts []float64) bins {
	text := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	out := make(bins, len(cuts)+1)
	out[0].from = math.Inf(-1)
	for i, c := range cuts {
		out[i+1].from = c
	}
	for i := range out {
		low, high := out[i].from, math.Inf(1)
		if i+1 < len(out) {
			high = out[i+1].from
		}
		switch {
		case n.whole:
			first := n.values[0].at
			if i > 0 {
				first = math.Ceil(low)
			}
			last := n.values[len(n.values)-1].at
			if i+1 < len(out) {
				last = math.Ceil(high) - 1
			}
			dash := "-"
			if n.values[0].at < 0 {
				dash = " to "
			}
			out[i].name = text(first) + dash + text(last)
			if first == last {
				out[i].name = text(first)
			}
		case i == 0:
			out[i].name = "below " + text(high)
		case i+1 == len(out):
			out[i].name = text(low) + " and above"
		default:
			out[i].name = text(low) + " to " + text(high)
		}
	}
	return out
}

// bin replaces a label's values by the names of their bins, and keeps what they were.
func (c *Collection) bin(name string, b bins) {
	numbers := c.column(name)
	if numbers == nil {
		return
	}
	binOf := make([]int32, len(numbers.Values))
	for i, text := range numbers.Values {
		x, _ := number(text)
		binOf[i] = int32(b.of(x))
	}
	binned := &column{Name: name, Codes: slices.Clone(numbers.Codes)}
	for _, each := range b {
		binned.Values = append(binned.Values, each.name)
	}
	for row, code := range binned.Codes {
		if code >= 0 {
			binned.Codes[row] = binOf[code]
		}
	}
	list := slices.Clone(c.columns.list)
	list[slices.Index(list, numbers)] = binned
	c.columns = newColumnSet(list)
	if c.numbers == nil {
		c.numbers = map[string]*column{}
	}
	c.numbers[name] = numbers
}

// Number returns the number that a row has for a label, and whether it has one. [Collection.Label] gives the number's
// bin where a label holds more than a few different numbers.
func (c *Collection) Number(row int, name string) (float64, bool) {
	column := c.numbers[name]
	if column == nil {
		column = c.column(name)
	}
	if column == nil {
		return 0, false
	}
	text, ok := column.at(row)
	if !ok {
		return 0, false
	}
	return number(text)
}
