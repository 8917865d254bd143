package studio

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/audit"
)

const (
	mostComponents = 12
	mostSteps      = 15
	leastLabelled  = 10 // images of a collection with a value, and without it, that make a direction
)

// direction is one in which codes are walked.
type direction struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`   // component or label
	Vector []float32 `json:"vector"` // one standard deviation of held-out codes
}

// principal are the principal components of codes.
func principal(axes [][]float64, deviations []float64) []direction {
	var list []direction
	for k, axis := range axes {
		d := direction{ID: fmt.Sprintf("component:%d", k+1), Name: fmt.Sprintf("component %d", k+1), Kind: "component"}
		for _, x := range axis {
			d.Vector = append(d.Vector, float32(x*deviations[k]))
		}
		list = append(list, d)
	}
	return list
}

// labelled are the directions from images without a value to those with it: the difference of their mean codes within
// each collection, on average over collections, so that a value that is more common in one does not lead to that one.
func (e *explored) labelled(h *audit.HeldOut) []direction {
	var list []direction
	for _, name := range sortedKeys(e.Labels) {
		for number, value := range e.Values[name] {
			if len(e.Values[name]) == 2 && number == 0 {
				continue // it is the other's opposite
			}
			sum := make([]float64, h.V.Cols)
			found := false
			for c := range 1 + slices.Max(h.Collection) {
				with, without := e.meanCode(h, c, name, number)
				if with == nil || without == nil {
					continue
				}
				found = true
				for j := range sum {
					sum[j] += with[j] - without[j]
				}
			}
			if !found {
				continue
			}
			if d := along(h, sum); d != nil {
				list = append(list, direction{"label:" + name + "=" + value, strings.ReplaceAll(name, "_", " ") + ": " + value, "label", d})
			}
		}
	}
	return list
}

// meanCode is the mean code of a collection's images with a value of a label, and of those with another; nil where there
// are too few.
func (e *explored) meanCode(h *audit.HeldOut, c int, name string, number int) (with, without []float64) {
	sums, counts := [2][]float64{make([]float64, h.V.Cols), make([]float64, h.V.Cols)}, [2]int{}
	for i, own := range h.Collection {
		if own != c || e.Labels[name][i] < 0 {
			continue
		}
		side := 0
		if e.Labels[name][i] != number {
			side = 1
		}
		counts[side]++
		for j, x := range h.V.Row(i) {
			sums[side][j] += float64(x)
		}
	}
	if min(counts[0], counts[1]) < leastLabelled {
		return nil, nil
	}
	for side, sum := range sums {
		for j := range sum {
			sum[j] /= float64(counts[side])
		}
	}
	return sums[0], sums[1]
}

// along is a direction, as long as the standard deviation of held-out codes along it; nil for none.
func along(h *audit.HeldOut, d []float64) []float32 {
	norm := 0.0
	for _, x := range d {
		norm += x * x
	}
	if norm = math.Sqrt(norm); norm == 0 {
		return nil
	}
	var sum, squares float64
	for i := range h.V.Rows {
		at := 0.0
		for j, x := range h.V.Row(i) {
			at += float64(x) * d[j] / norm
		}
		sum, squares = sum+at, squares+at*at
	}
	n := float64(h.V.Rows)
	deviation := math.Sqrt(max(0, squares/n-sum/n*sum/n))
	out := make([]float32, len(d))
	for j, x := range d {
		out[j] = float32(x / norm * deviation)
	}
	return out
}

// listDirections answers with the directions of a run.
func (s *Server) listDirections(w http.ResponseWriter, r *http.Request) error {
	live, _, _, err := s.opened(r)
	if err != nil {
		return err
	}
	e, err := live.explored.wait(r.Context(), s)
	if err != nil {
		return err
	}
	list := []map[string]string{}
	for _, d := range e.Directions {
		list = append(list, map[string]string{"id": d.ID, "name": d.Name, "kind": d.Kind})
	}
	return answer(w, http.StatusOK, map[string]any{"directions": list})
}

// walk shows a code and what lies along a direction from it.
func (s *Server) walk(w http.ResponseWriter, r *http.Request) error {
	live, m, a, err := s.opened(r)
	if err != nil {
		return err
	}
	var ask struct {
		Code       code      `json:"code"`
		Collection string    `json:"collection"` // empty is all
		Direction  string    `json:"direction"`
		Steps      []float64 `json:"steps"` // standard deviations
	}
	if err := read(w, r, &ask); err != nil {
		return err
	}
	at, err := ask.Code.values(m.Dim())
	if err != nil {
		return err
	}
	collections, err := m.asked("collection", ask.Collection)
	if err != nil {
		return err
	}
	if len(ask.Steps) < 1 || len(ask.Steps) > mostSteps {
		return wrong("%d steps are asked for, but there must be from 1 to %d", len(ask.Steps), mostSteps)
	}
	e, err := live.explored.wait(r.Context(), s)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(e.Directions, func(d direction) bool { return d.ID == ask.Direction })
	if i < 0 {
		return wrong("there is no direction %q in this run", ask.Direction)
	}
	var v []float32
	for _, step := range ask.Steps {
		if !(math.Abs(step) <= 5) {
			return wrong("a step is %g, but must be from -5 to 5", step)
		}
		for j, x := range at {
			v = append(v, x+float32(step)*e.Directions[i].Vector[j])
		}
	}
	rows, err := m.rows(a, v, collections)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"rows": rows})
}
