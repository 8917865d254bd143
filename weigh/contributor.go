package weigh

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// ContributorWeights are p(y)/q_k(y) for the label y of each row of contributor k: p is the share of a value among
// all rows, q_k its share among the contributor's, (n_ky + 1/2)/(n_k + K/2) of K values (the importance weights of
// FedIR: Hsu, Qi and Brown, "Federated visual classification with real-world data distribution", ECCV 2020; the
// halves and the cap are ours). They are scaled to the mean 1, none above [MostWeight]; cut rows were.
func ContributorWeights(y, contributor Label) (weight []float64, cut int) {
	values := len(y.Values)
	of, own := countsBy(y, contributor)
	share := make([]float64, values)
	for _, c := range y.Class {
		share[c] += 1 / float64(len(y.Class))
	}
	weight = make([]float64, len(y.Class))
	for i, c := range y.Class {
		k := contributor.Class[i]
		q := (float64(of[k*values+c]) + 0.5) / (float64(own[k]) + float64(values)/2)
		weight[i] = share[c] / q
	}
	return weight, capped(weight, MostWeight)
}

// countsBy counts values of y by contributor, [contributors, values], and rows by contributor.
func countsBy(y, contributor Label) (of, own []int) {
	of, own = make([]int, len(contributor.Values)*len(y.Values)), make([]int, len(contributor.Values))
	for i, c := range y.Class {
		of[contributor.Class[i]*len(y.Values)+c]++
		own[contributor.Class[i]]++
	}
	return of, own
}

// Contributors is what was found about those who gave the rows.
type Contributors struct {
	Name  string `json:"name"`  // of the label that names them
	Count int    `json:"count"` // of them
	// Variation is the mean total variation between a contributor's labels and all others', over contributors of 20
	// rows and more, weighed by rows. Dealt is its mean if rows were dealt to contributors at random, and P the share
	// of deals that reach it: those who share a unit are dealt together.
	Variation float64 `json:"variation"`
	Dealt     float64 `json:"dealt"`
	P         float64 `json:"p"`
	// Large are the contributors of 20 rows and more, the one that differs most first, 50 at most.
	Large []Contributor `json:"large"`
	// Lacking is how many of the large ones have no row of some value, which no weight restores.
	Lacking int `json:"lacking"`
}

// Contributor is one of those who gave the rows.
type Contributor struct {
	Name      string   `json:"name"`
	N         int      `json:"n"`
	Variation float64  `json:"variation"` // total variation between its labels and all others'
	P         float64  `json:"p"`         // share of random deals in which a contributor of its size differs as much
	Q         float64  `json:"q"`         // false-discovery rate over the large ones
	Lacks     []string `json:"lacks,omitempty"`
	Effective float64  `json:"effective"` // effective number of its rows
}

const (
	deals             = 999 // random deals of labels to contributors
	mostLargeReported = 50
)

// Contributors weighs rows so that every contributor has the labels in the shares of all.
func (r *Rows) Contributors(ctx context.Context, label, name string) (*Result, error) {
	y, rare, err := r.target(label)
	if err != nil {
		return nil, err
	}
	by, err := r.Label(name, mostContributors)
	if err != nil {
		return nil, err
	}
	rows := labelled(len(r.Row), y, by)
	if len(rows) == 0 {
		return nil, &LabelError{label, fmt.Sprintf("is on no training image that has the label %q too", name)}
	}
	part := r.at(rows)
	y, by = y.at(rows), by.at(rows)
	out := r.result("contributor", label, part, label, name)
	out.rare(rare)
	out.Weight, out.Cut = ContributorWeights(y, by)
	out.Contributors, err = contributorsOf(ctx, y, by, out.Weight, stream.New(r.Settings.Seed, stream.WeighDeals), r.Settings)
	if err != nil {
		return nil, err
	}
	if c := out.Contributors; c.Lacking > 0 {
		out.warn("%d of the %d contributors of %d images and more have none of some value of %s: no weight restores what is not there", c.Lacking, len(c.Large), fewRows, label)
	}
	return out.finish(), nil
}

// contributorsOf compares contributors with random deals of the same sizes.
func contributorsOf(ctx context.Context, y, by Label, weight []float64, rng *rand.Rand, s Settings) (*Contributors, error) {
	found := &Contributors{Name: by.Name, Count: len(distinct(by.Class)), P: 1, Large: []Contributor{}}
	of, own := countsBy(y, by)
	weights := make([][]float64, len(own))
	for i, k := range by.Class {
		weights[k] = append(weights[k], weight[i])
	}
	var large []int
	for k, n := range own {
		if n >= fewRows && n < len(y.Class) {
			large = append(large, k)
		}
	}
	if len(large) == 0 {
		return found, nil
	}
	actual := variations(of, own, large, len(y.Values))
	found.Variation = meanBySize(actual, own, large)
	reached, reachedEach := 0, make([]int, len(large))
	dealt := y
	dealt.Class = slices.Clone(y.Class)
	for deal := range deals {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.progress("dealing labels to contributors at random", deal, deals)
		rng.Shuffle(len(dealt.Class), func(i, j int) { dealt.Class[i], dealt.Class[j] = dealt.Class[j], dealt.Class[i] })
		counts, _ := countsBy(dealt, by)
		each := variations(counts, own, large, len(y.Values))
		mean := meanBySize(each, own, large)
		found.Dealt += mean / deals
		if mean >= found.Variation {
			reached++
		}
		for i := range each {
			if each[i] >= actual[i]-1e-12 {
				reachedEach[i]++
			}
		}
	}
	found.P = float64(reached+1) / (deals + 1)
	p := make([]float64, len(large))
	for i, k := range large {
		p[i] = float64(reachedEach[i]+1) / (deals + 1)
		c := Contributor{Name: by.Values[k], N: own[k], Variation: actual[i], P: p[i], Effective: measure.Effective(weights[k])}
		for v, value := range y.Values {
			if of[k*len(y.Values)+v] == 0 {
				c.Lacks = append(c.Lacks, value)
			}
		}
		if len(c.Lacks) > 0 {
			found.Lacking++
		}
		found.Large = append(found.Large, c)
	}
	for i, q := range measure.FalseDiscoveryRates(p) {
		found.Large[i].Q = q
	}
	slices.SortStableFunc(found.Large, func(a, b Contributor) int {
		return cmp.Or(cmp.Compare(a.P, b.P), cmp.Compare(b.Variation, a.Variation))
	})
	found.Large = found.Large[:min(len(found.Large), mostLargeReported)]
	return found, nil
}

// variations are the total variations between the shares of values of each of some contributors and of all others.
func variations(of, own, large []int, values int) []float64 {
	total, all := make([]int, values), 0
	for k, n := range own {
		all += n
		for v := range values {
			total[v] += of[k*values+v]
		}
	}
	out := make([]float64, len(large))
	for i, k := range large {
		for v := range values {
			here := of[k*values+v]
			out[i] += math.Abs(float64(here)/float64(own[k])-float64(total[v]-here)/float64(all-own[k])) / 2
		}
	}
	return out
}

// meanBySize is the mean over contributors, weighed by their rows.
func meanBySize(each []float64, own, large []int) float64 {
	var sum, n float64
	for i, k := range large {
		sum += each[i] * float64(own[k])
		n += float64(own[k])
	}
	return sum / n
}
