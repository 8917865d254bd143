package audit

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// TypicalitySummary is what the ranking of a collection's held-out images by [Typicality] says of it.
type TypicalitySummary struct {
	Against []string `json:"against"` // the collections compared with
	N       int      `json:"n"`
	Median  float64  `json:"median"` // of the log-odds, nats
	// Most and Least are the files at either end, the farthest first; see [Typicality.AtEitherEnd].
	Most  []string `json:"most"`
	Least []string `json:"least"`
	// Enriched compares the labels of the first images with those of all others.
	Enriched []Enrichment `json:"enriched"`
	// Explained is the share of the variance of the log-odds that tone and sharpness alone predict: what is typical
	// may be the camera, the print or the compression.
	Explained *measure.Estimate `json:"explained"`
}

// Enrichment is how much more common a label's value is among the most typical images.
type Enrichment struct {
	Attribute  string           `json:"attribute"`
	Value      string           `json:"value"`
	Top        measure.Estimate `json:"top"`        // share among the first
	All        measure.Estimate `json:"all"`        // share among all held-out images of the collection
	Difference measure.Estimate `json:"difference"` // share among the first less that among the others
	Q          float64          `json:"q"`          // false-discovery rate among the labels of the collection
}

const (
	maxTop   = 200 // images at the top of a ranking whose labels are compared, of at most a fifth of all
	mostSeen = 24  // files named at either end, see [Typicality.AtEitherEnd]
)

func measureTypicality(ctx context.Context, h *HeldOut, s Settings, a *Audit) error {
	a.Typicality = map[string]TypicalitySummary{}
	for c := range h.dataset.Collections {
		ranking, err := h.Typicality(c, nil)
		if err == nil {
			a.Typicality[h.name(c)], err = h.summary(ctx, s, ranking)
		}
		if err := a.skip(ctx, "typicality."+h.name(c), err); err != nil {
			return err
		}
	}
	return nil
}

func (h *HeldOut) summary(ctx context.Context, s Settings, ranking Typicality) (TypicalitySummary, error) {
	n := len(ranking.Rows)
	out := TypicalitySummary{N: n, Most: []string{}, Least: []string{}, Enriched: []Enrichment{}}
	for _, k := range ranking.Against {
		out.Against = append(out.Against, h.name(k))
	}
	var err error
	if out.Median, err = measure.Quantile(ranking.Odds, 0.5); err != nil {
		return out, err
	}
	first, last := ranking.ends(mostSeen)
	for i := range first {
		out.Most = append(out.Most, h.File(first[i]))
		out.Least = append(out.Least, h.File(last[i]))
	}
	if out.Enriched, err = h.Enriched(ranking, min(maxTop, n/5)); err != nil {
		return out, err
	}
	images := h.imagesOf(n, h.Images.Matrix().Select(ranking.Rows).Data)
	explained, err := measure.Explained(ranking.Odds, appearances(images), measure.Pick(h.Units, ranking.Rows), stream.New(s.Seed, stream.AuditExplained, ranking.Collection))
	if err == nil {
		out.Explained = &explained
	}
	return out, ctx.Err()
}

// Enriched compares the labels of the first top images of a ranking with those of the others. Values that fewer than
// five of its images have, and labels of many values, are left out.
func (h *HeldOut) Enriched(ranking Typicality, top int) ([]Enrichment, error) {
	const leastOf = 5
	out := []Enrichment{}
	var p []float64
	units := measure.Pick(h.Units, ranking.Rows)
	for _, name := range labelNames(h.dataset) {
		labels := measure.Pick(h.Labels(name), ranking.Rows)
		values := map[string]int{}
		var known []int
		for i, value := range labels {
			if value != "" {
				values[value]++
				known = append(known, i)
			}
		}
		if len(values) < 2 || len(values) > mostCounted {
			continue
		}
		var first, rest []int
		for _, i := range known {
			if i < top {
				first = append(first, i)
			} else {
				rest = append(rest, i)
			}
		}
		for _, value := range sortedKeys(values) {
			if values[value] < leastOf || len(first) < leastOf || len(rest) < leastOf {
				continue
			}
			e := Enrichment{Attribute: name, Value: value}
			var others measure.Estimate
			for _, part := range []struct {
				share *measure.Estimate
				rows  []int
			}{{&e.Top, first}, {&others, rest}, {&e.All, known}} {
				hits := make([]bool, len(part.rows))
				for i, r := range part.rows {
					hits[i] = labels[r] == value
				}
				var err error
				if *part.share, err = measure.Proportion(hits, measure.Pick(units, part.rows)); err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
			}
			e.Difference = measure.Contrast(e.Top, others)
			out, p = append(out, e), append(p, e.Difference.P(0))
		}
	}
	for i, q := range measure.FalseDiscoveryRates(p) {
		out[i].Q = q
	}
	slices.SortStableFunc(out, func(x, y Enrichment) int {
		return cmp.Compare(math.Abs(y.Difference.Value), math.Abs(x.Difference.Value))
	})
	return out, nil
}

// appearances describe images by what is not their content: mean, contrast, the energy of edges on a logarithmic
// scale, how much of it lies at multiples of eight pixels, and the tone of the border.
func appearances(images measure.Images) measure.Matrix {
	out := measure.NewMatrix(images.N, 5)
	for i := range images.N {
		describeTone(out.Row(i), images.Image(i), images.H, images.W, images.C)
	}
	return out
}

func describeTone(to, image []float32, h, w, c int) {
	var sum, square, edges, grid, gridN, border, borderN float64
	for y := range h {
		for x := range w {
			var v, left float64
			for k := range c {
				v += float64(image[(y*w+x)*c+k]) / float64(c)
				if x > 0 {
					left += float64(image[(y*w+x-1)*c+k]) / float64(c)
				}
			}
			sum, square = sum+v, square+v*v
			if x > 0 {
				d := (v - left) * (v - left)
				edges += d
				if x%8 == 0 {
					grid, gridN = grid+d, gridN+1
				}
			}
			if x == 0 || y == 0 || x == w-1 || y == h-1 {
				border, borderN = border+v, borderN+1
			}
		}
	}
	n := float64(h * w)
	mean := sum / n
	energy := edges / (float64(h) * float64(w-1))
	const floor = 1e-6
	to[0] = float32(mean)
	to[1] = float32(math.Sqrt(max(0, square/n-mean*mean)))
	to[2] = float32(math.Log(energy + floor))
	to[3] = float32(math.Log((grid/max(1, gridN) + floor) / (energy + floor)))
	to[4] = float32(border / borderN)
}
