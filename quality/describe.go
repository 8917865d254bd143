package quality

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
)

// blankContrast is the contrast below which an image shows nothing.
const blankContrast = 2

// Blank says whether the image is of one tone.
func (m *Measurements) Blank() bool { return m.Contrast < blankContrast && m.Grey() }

// describe sums one collection up.
func (s *survey) describe(i int, c *collection.Collection, failed error) Collection {
	out := Collection{
		Name: c.Name, Path: c.Path, Found: c.Found, LeftOut: c.LeftOut, Usable: len(c.Rows()),
		Skipped: named(c.Name, c.Skipped), Notes: named(c.Name, c.Notes),
		Labels: map[string]map[string]int{}, Unlabelled: map[string]int{},
		Train: len(c.Train), Validation: len(c.Validation),
	}
	out.NoteCount, out.NotesListed = c.CountNotes()
	if failed != nil {
		out.Error = failed.Error()
	}
	rows := c.Rows()
	for _, name := range c.LabelNames() {
		if !collection.IsContent(name) {
			continue
		}
		counts := map[string]int{}
		for _, row := range rows {
			if v, ok := c.Label(row, name); ok {
				counts[v]++
			} else {
				out.Unlabelled[name]++
			}
		}
		out.Labels[name] = counts
	}
	out.Groups, out.Pairs = s.ties(i, s.group), s.ties(i, s.pair)
	out.Quality = s.quality(i)
	out.Odd, out.OddCount = s.odd(i)
	return out
}

// named puts the name of the collection before files.
func named(name string, files []collection.Skipped) []collection.Skipped {
	out := make([]collection.Skipped, len(files))
	for i, f := range files {
		out[i] = collection.Skipped{File: path.Join(name, f.File), Reason: f.Reason}
	}
	return out
}

// ties counts the values of a label that ties images together; nil where the collection has none.
func (s *survey) ties(i int, values []string) *Ties {
	counts, elsewhere := map[string]int{}, map[string]bool{}
	for at, v := range values {
		switch {
		case v == "":
		case s.image(at).Collection == i:
			counts[v]++
		default:
			elsewhere[v] = true
		}
	}
	if len(counts) == 0 {
		return nil
	}
	t := &Ties{Values: len(counts)}
	for v, n := range counts {
		t.Images += n
		t.Largest = max(t.Largest, n)
		if elsewhere[v] {
			t.Shared++
		}
	}
	return t
}

// of lists the images of a collection that are usable.
func (s *survey) of(i int) []*Image {
	var out []*Image
	for at := range s.rows {
		if m := s.image(at); m.Collection == i {
			out = append(out, m)
		}
	}
	return out
}

func (s *survey) quality(i int) Quality {
	q := Quality{Formats: map[string]int{}, Sizes: []Size{}, Attributes: map[string]Summary{}}
	sizes := map[[2]int]int{}
	images := s.of(i)
	for _, m := range images {
		q.Formats[m.Format]++
		sizes[[2]int{m.Width, m.Height}]++
		q.Grey += one(m.Grey())
		q.Bordered += one(m.Border != Border{})
		q.Blank += one(m.Blank())
		q.Small += one(min(m.Width, m.Height) < SeenSide)
	}
	for size, n := range sizes {
		q.Sizes = append(q.Sizes, Size{size[0], size[1], n})
	}
	slices.SortFunc(q.Sizes, func(a, b Size) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(b.Width*b.Height, a.Width*a.Height), cmp.Compare(b.Width, a.Width))
	})
	q.Sizes = q.Sizes[:min(10, len(q.Sizes))]
	for _, a := range Attributes() {
		from, to := s.rangeOf(a)
		if summary, ok := summarise(a, images, from, to); ok {
			q.Attributes[a.Name] = summary
		}
	}
	return q
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rangeOf is where the bulk of an attribute lies over all collections: the steps that are counted in.
func (s *survey) rangeOf(a Attribute) (from, to float64) {
	values := make([]float64, 0, len(s.rows))
	for at := range s.rows {
		if v := a.Of(&s.image(at).Measurements); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return 0, 0
	}
	slices.Sort(values)
	return measure.SortedQuantile(values, 0.005), measure.SortedQuantile(values, 0.995)
}

// steps is the number of equal steps that attributes are counted in.
const steps = 40

func summarise(a Attribute, images []*Image, from, to float64) (Summary, bool) {
	var values []float64
	sum := 0.0
	for _, m := range images {
		if v := a.Of(&m.Measurements); !math.IsNaN(v) {
			values = append(values, v)
			sum += v
		}
	}
	if len(values) == 0 {
		return Summary{}, false
	}
	slices.Sort(values)
	out := Summary{
		N: len(values), Mean: sum / float64(len(values)),
		P5: measure.SortedQuantile(values, 0.05), Median: measure.SortedQuantile(values, 0.5), P95: measure.SortedQuantile(values, 0.95),
		From: from, To: to, Counts: make([]int, steps),
	}
	for _, v := range values {
		step := 0
		if to > from {
			step = int((v - from) / (to - from) * steps)
		}
		out.Counts[min(max(step, 0), steps-1)]++
	}
	return out, true
}

// maxOdd is how many odd images of a collection are listed.
const maxOdd = 50

// oddDistance is how many robust standard deviations from the median an odd image is.
const oddDistance = 6

// odd lists the images that stand out most among those of their collection: by the attribute in which an image is
// farthest from the median, in units of 1.4826 times the median distance from it, which is the standard deviation of
// normal values, and never less than what is worth noticing in the attribute.
func (s *survey) odd(i int) (out []Odd, count int) {
	images := s.of(i)
	out = []Odd{}
	attributes := Attributes()
	far := make([]Odd, len(images))
	for _, a := range attributes {
		values := make([]float64, len(images))
		var known []float64
		for k, m := range images {
			values[k] = a.scaled(&m.Measurements)
			if !math.IsNaN(values[k]) {
				known = append(known, values[k])
			}
		}
		if len(known) < 20 {
			continue
		}
		centre := median(known)
		for k, v := range known {
			known[k] = math.Abs(v - centre)
		}
		spread := max(1.4826*median(known), a.notable)
		for k, v := range values {
			if d := math.Abs(v-centre) / spread; d > far[k].Distance {
				far[k] = Odd{File: s.name(images[k]), Attribute: a.Name, Value: a.Of(&images[k].Measurements), Distance: d}
			}
		}
	}
	for k, o := range far {
		if o.Distance >= oddDistance {
			images[k].Odd = o.Distance
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b Odd) int { return cmp.Compare(b.Distance, a.Distance) })
	count = len(out)
	out = out[:min(maxOdd, len(out))]
	for k := range out {
		o := &out[k]
		a := attributes[slices.IndexFunc(attributes, func(a Attribute) bool { return a.Name == o.Attribute })]
		if summary, ok := summarise(a, images, 0, 0); ok {
			o.Sentence = fmt.Sprintf("%s %s, where nine in ten images have %s to %s", spoken(a.Name), number(o.Value), number(summary.P5), number(summary.P95))
		}
	}
	return out, count
}
