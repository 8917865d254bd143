package studio

import (
	"cmp"
	"context"
	"maps"
	"math"
	"net/http"
	"path/filepath"
	"slices"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/run"
	"gonum.org/v1/gonum/mat"
)

// mapFile is where what was made of the held-out images is kept.
const mapFile = "map.json"

// fewPlaced is how many images are placed before the map of these is shown.
const fewPlaced = 512

// explored is what the model makes of all held-out images: where they lie, how typical they are, and in which
// directions codes vary.
type explored struct {
	Key        string              `json:"key"` // of the images and the weights that it was made of
	Images     []string            `json:"images"`
	Collection []int               `json:"collection"`
	Labels     map[string][]int    `json:"labels"` // of each image the number of its value; -1 where it has none
	Values     map[string][]string `json:"values"`
	Typicality []float64           `json:"typicality"` // nats; see audit.HeldOut.Typicality
	Z          []float32           `json:"z"`          // x and y of each image
	V          []float32           `json:"v"`
	Directions []direction         `json:"directions"`
	Total      int                 `json:"total"` // images that it has, or will have

	typicality map[string]float64 // by image
	place      map[string]int     // of an image in the lists
}

// explore makes the map of the run's held-out images, or reads the one that was made.
func (r *liveRun) explore(s *Server) func(context.Context, func(string, ...any)) (*explored, error) {
	return func(ctx context.Context, say func(string, ...any)) (*explored, error) {
		m, err := r.open(s)
		if err != nil {
			return nil, err
		}
		set, err := r.images.wait(ctx, s)
		if err != nil {
			return nil, err
		}
		sum, err := run.Digest(filepath.Join(r.dir, run.WeightsFile))
		if err != nil {
			return nil, err
		}
		key := set.Key() + "-" + sum
		if known := new(explored); r.remembered(mapFile, known) && known.Key == key {
			return known.index(), nil
		}
		total := 0
		for _, c := range set.Collections {
			total += len(c.Validation)
		}
		r.placed.Store(nil)
		defer r.placed.Store(nil)
		h, err := audit.Locate(ctx, m.Prism, set.Dataset, audit.Settings{Seed: m.config.Seed, Progress: func(p audit.Progress) {
			say("%d of %d", p.Done, p.Total)
		}}, fewPlaced, func(some *audit.HeldOut) error {
			e, err := explore(set, m, some)
			if err == nil {
				e.Total = total
				r.placed.Store(e)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		e, err := explore(set, m, h)
		if err != nil {
			return nil, err
		}
		e.Key = key
		if err := r.keep(s, mapFile, e); err != nil {
			return nil, err
		}
		return e.index(), nil
	}
}

// explore reads the map off held-out images.
func explore(set *images, m *model, h *audit.HeldOut) (*explored, error) {
	e := &explored{Collection: h.Collection, Labels: map[string][]int{}, Values: map[string][]string{}, Typicality: make([]float64, len(h.Row))}
	for i := range h.Row {
		e.Images = append(e.Images, h.File(i))
	}
	for _, c := range m.All() {
		t, err := h.Typicality(c, nil)
		if err != nil {
			continue // a collection without held-out images
		}
		for i, at := range t.Rows {
			e.Typicality[at] = finite(t.Odds[i])
		}
	}
	names := map[string]bool{}
	for _, c := range set.Collections {
		for _, name := range c.LabelNames() {
			names[name] = collection.IsContent(name)
		}
	}
	for name, content := range names {
		if !content {
			continue
		}
		texts := h.Labels(name)
		values := map[string]bool{}
		for _, v := range texts {
			values[v] = true
		}
		delete(values, "")
		if len(values) < 2 || len(values) > mostValues {
			continue
		}
		e.Values[name] = sortedKeys(values)
		numbers := make([]int, len(texts))
		for i, v := range texts {
			numbers[i] = slices.Index(e.Values[name], v)
		}
		e.Labels[name] = numbers
	}
	z, _ := components(h.Z, 2)
	v, axes := components(h.V, mostComponents)
	e.Z, e.V = scores(h.Z, z), scores(h.V, v[:min(2, len(v))])
	e.Directions = append(principal(v, axes), e.labelled(h)...)
	return e, nil
}

func (e *explored) index() *explored {
	e.Total = len(e.Images)
	e.typicality, e.place = make(map[string]float64, len(e.Images)), make(map[string]int, len(e.Images))
	for i, name := range e.Images {
		e.typicality[name], e.place[name] = e.Typicality[i], i
	}
	return e
}

// components are the leading principal components of rows, the first first: directions of length 1, and the standard
// deviation of the rows along each.
func components(m measure.Matrix, most int) (axes [][]float64, deviations []float64) {
	d, mean := m.Cols, means(m)
	covariance := mat.NewSymDense(d, nil)
	const rows = 256 // that are added at once
	for from := 0; from < m.Rows; from += rows {
		n := min(rows, m.Rows-from)
		centred := mat.NewDense(n, d, nil)
		for i := range n {
			for j, x := range m.Row(from + i) {
				centred.Set(i, j, float64(x)-mean[j])
			}
		}
		covariance.SymRankK(covariance, 1/float64(max(1, m.Rows-1)), centred.T())
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return nil, nil
	}
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	for k := range min(most, d) {
		axis := mat.Col(nil, d-1-k, &vectors)
		// The sign of a component is arbitrary: its largest part is made positive.
		if slices.MaxFunc(axis, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) }) < 0 {
			for i := range axis {
				axis[i] = -axis[i]
			}
		}
		axes, deviations = append(axes, axis), append(deviations, math.Sqrt(max(0, values[d-1-k])))
	}
	return axes, deviations
}

func means(m measure.Matrix) []float64 {
	mean := make([]float64, m.Cols)
	for i := range m.Rows {
		for j, x := range m.Row(i) {
			mean[j] += float64(x) / float64(m.Rows)
		}
	}
	return mean
}

// scores are the places of rows along two axes, x and y of each.
func scores(m measure.Matrix, axes [][]float64) []float32 {
	mean, out := means(m), make([]float32, 2*m.Rows)
	for i := range m.Rows {
		for k, axis := range axes {
			sum := 0.0
			for j, x := range m.Row(i) {
				sum += axis[j] * (float64(x) - mean[j])
			}
			out[2*i+k] = float32(sum)
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// leakageInfo says how well the collection of an image is told from its latent and from its code.
type leakageInfo struct {
	Z      float64 `json:"z"`
	V      float64 `json:"v"`
	Chance float64 `json:"chance"`
}

// leakage is what was measured when the run was trained; nil where nothing was.
func (r *liveRun) leakage() *leakageInfo {
	e, err := audit.ReadEvaluation(filepath.Join(r.dir, run.EvaluationFile))
	if err != nil || e.Leakage == nil {
		return nil
	}
	return &leakageInfo{e.Leakage.MLP.Z.Value, e.Leakage.MLP.V.Value, e.Leakage.Chance}
}

// soFar is the map or, where it is being made, what there is of it if that is more than some images, and what is being done.
func (r *liveRun) soFar(ctx context.Context, s *Server, beyond int) (e *explored, doing string, err error) {
	e, doing, err = r.explored.glance(ctx, s)
	if doing == "" || err != nil {
		return e, "", err
	}
	none := &explored{Images: []string{}, Collection: []int{}, Labels: map[string][]int{}, Values: map[string][]string{}, Typicality: []float64{}, Z: []float32{}, V: []float32{}}
	if e = r.placed.Load(); e == nil {
		e = none
	} else if len(e.Images) <= beyond {
		none.Total = e.Total
		e = none
	}
	return e, doing, nil
}

// showMap answers with all held-out images as points or, where that is asked for, with those that there are so far.
func (s *Server) showMap(w http.ResponseWriter, r *http.Request) error {
	live, _, _, err := s.opened(r)
	if err != nil {
		return err
	}
	var e *explored
	doing := ""
	if text := r.URL.Query().Get("beyond"); text != "" {
		beyond, err := number(text, 0, 0, 1<<31-1)
		if err != nil {
			return wrong("beyond %v", err)
		}
		e, doing, err = live.soFar(r.Context(), s, beyond)
		if err != nil {
			return err
		}
	} else if e, err = live.explored.wait(r.Context(), s); err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{
		"images": e.Images, "collection": e.Collection, "labels": e.Labels, "values": e.Values,
		"typicality": e.Typicality, "z": e.Z, "v": e.V, "leakage": live.leakage(), "total": e.Total, "doing": doing,
	})
}
