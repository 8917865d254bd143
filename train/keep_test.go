package train

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// labelled makes two collections of noisy grey images, with the labels that label gives to each by its collection and
// number.
func labelled(t *testing.T, count int, label func(c, i int) map[string]string) *collection.Dataset {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(2, 2))
	var specs []collection.Spec
	for c, name := range []string{"bright", "dark"} {
		folder := filepath.Join(dir, name)
		columns := []string{}
		for column := range label(0, 0) {
			columns = append(columns, column)
		}
		slices.Sort(columns)
		table := "file_name," + strings.Join(columns, ",") + "\n"
		for i := range count {
			img := image.NewGray(image.Rect(0, 0, 32, 32))
			for p := range img.Pix {
				img.Pix[p] = uint8(60 + 100*c + rng.IntN(40) + 20*(p/32*i%3))
			}
			file := fmt.Sprintf("%03d.png", i)
			writePNG(t, filepath.Join(folder, file), img)
			row := file
			for _, column := range columns {
				row += "," + label(c, i)[column]
			}
			table += row + "\n"
		}
		if err := os.WriteFile(filepath.Join(folder, "metadata.csv"), []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
		specs = append(specs, collection.Spec{Name: name, Path: folder})
	}
	return opened(t, specs, filepath.Join(dir, "cache"))
}

// oneIn says yes for the share 1/n of images.
func oneIn(i, n int) string {
	if i%n == 0 {
		return "yes"
	}
	return "no"
}

func TestFlowSeesEveryCollectionWithTheSameMixtureOfWhatIsKept(t *testing.T) {
	d := labelled(t, 120, func(c, i int) map[string]string {
		return map[string]string{"hat": oneIn(i, 2+3*c), "rare": oneIn(i, 60)}
	})
	m, err := mixtureOf(d, []string{"hat"})
	if err != nil {
		t.Fatal(err)
	}
	for c, rows := range m.rows() {
		count, seen := map[string]int{}, map[int]bool{}
		for _, i := range rows {
			value, _ := d.Collections[c].Label(d.Collections[c].Train[i], "hat")
			count[value]++
			seen[i] = true
		}
		if len(seen) != len(d.Collections[c].Train) {
			t.Errorf("collection %d: %d of %d images take part", c, len(seen), len(d.Collections[c].Train))
		}
		for v, value := range m.values {
			if share := float64(count[value]) / float64(len(rows)); math.Abs(share-m.target[v]) > 1/float64(len(rows)) {
				t.Errorf("collection %d: %s has the share %g, want %g", c, value, share, m.target[v])
			}
		}
	}
	for _, labels := range [][]string{{"rare"}, {"hat", "scarf"}} {
		var refused *LabelError
		if _, err := mixtureOf(d, labels); !errors.As(err, &refused) || !strings.Contains(err.Error(), strings.Join(labels, ", ")) {
			t.Errorf("keeping %q gives %v", labels, err)
		}
	}
}

// people are n latents of each of two collections, of which the shares men are of kind 0 and the others of kind 1: value j of
// a latent of collection c and kind k is seen as shown says of a standard normal x.
func people(rng *rand.Rand, n, dim int, men [2]float64, shown func(c, j, k int, x float64) float64) (kind [2][]int, all []posteriors, m mixture) {
	all = make([]posteriors, len(men))
	m = mixture{values: []string{"man", "woman"}, target: []float64{0.5, 0.5}}
	for c := range men {
		of := make([][]int, 2)
		for i := range n {
			k := 0
			if rng.Float64() >= men[c] {
				k = 1
			}
			kind[c], of[k] = append(kind[c], k), append(of[k], i)
			for j := range dim {
				all[c].mean = append(all[c].mean, float32(shown(c, j, k, rng.NormFloat64())))
				all[c].std = append(all[c].std, 0)
			}
		}
		m.of = append(m.of, of)
	}
	return kind, all, m
}

// Two collections show the same two kinds of people by different affine maps, and mix them differently. The transport of
// all of them turns some of one kind into the other; that of equal mixtures none.
func TestProjectionKeepsWhatCollectionsMixDifferently(t *testing.T) {
	const dim, n = 4, 4000
	rng := rand.New(rand.NewPCG(5, 5))
	scale, shift := [2][dim]float64{{1, 1, 1, 1}, {2, 0.5, 1.5, 1}}, [2]float64{0, 3}
	kind, all, m := people(rng, n, dim, [2]float64{0.8, 0.2}, func(c, j, k int, x float64) float64 {
		if j == 0 {
			x += float64(6*k - 3)
		}
		return scale[c][j]*x + shift[c]
	})
	flips := func(rows [][]int) float64 {
		flipped := 0
		for i, z := range projected(t, all, rows, dim, nil) {
			if i%dim == 0 && (float64(z) > shift[1]) != (kind[0][i/dim] == 1) {
				flipped++
			}
		}
		return float64(flipped) / n
	}
	everyone := make([]int, n)
	for i := range everyone {
		everyone[i] = i
	}
	if without := flips([][]int{everyone, everyone}); without < 0.1 {
		t.Errorf("without equal mixtures %g flip: the test shows nothing", without)
	}
	if with := flips(m.rows()); with > 0.005 {
		t.Errorf("with equal mixtures %g flip", with)
	}
}

// projected are the latents of the first of two collections as those of the second, by the transport of the given rows,
// which the groups of a mixture turn, if it is not nil.
func projected(t *testing.T, all []posteriors, rows [][]int, dim int, turned *mixture) []float32 {
	t.Helper()
	parts := [][]flow.Moments{all[0].flowMoments(rows[0], dim, 1), all[1].flowMoments(rows[1], dim, 1)}
	moments, _, err := flow.Shrink(parts)
	if err != nil {
		t.Fatal(err)
	}
	config := flow.DefaultConfig(dim, 2)
	config.Blocks = 1
	store := model.NewStore()
	f, err := flow.New(store.RootScope(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetTransport(moments, nil); err != nil {
		t.Fatal(err)
	}
	if turned != nil {
		if err := turned.align(context.Background(), f, all); err != nil {
			t.Fatal(err)
		}
	}
	exec, err := model.NewExec(simdtest.New(t), store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		v, _ := f.Forward(in[0], f.Condition(in[1]))
		return []*graph.Node{f.Inverse(v, f.Condition(graph.OneMinus(in[1])))}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	n := len(all[0].mean) / dim
	out, err := exec.Exec(tensors.FromFlatDataAndDimensions(all[0].mean, n, dim), make([]int32, n))
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](out[0])
}

// What tells two kinds of people apart is one latent in the first collection and another in the second. Moments alone,
// even of equal mixtures, do not say so.
func TestProjectionKeepsWhatCollectionsShowDifferently(t *testing.T) {
	const dim, n = 4, 4000
	rng := rand.New(rand.NewPCG(6, 6))
	kind, all, m := people(rng, n, dim, [2]float64{0.7, 0.3}, func(c, j, k int, x float64) float64 {
		if j == c {
			x += float64(6*k - 3)
		}
		return x
	})
	flips := func(turned *mixture) float64 {
		flipped := 0
		for i, z := range projected(t, all, m.rows(), dim, turned) {
			if i%dim == 1 && (z > 0) != (kind[0][i/dim] == 1) {
				flipped++
			}
		}
		return float64(flipped) / n
	}
	if without := flips(nil); without < 0.1 {
		t.Errorf("without turns %g flip: the test shows nothing", without)
	}
	if with := flips(&m); with > 0.005 {
		t.Errorf("with turns %g flip", with)
	}
}

func TestTrainingKeepsALabelOrRefusesAtOnce(t *testing.T) {
	d := labelled(t, 80, func(c, i int) map[string]string {
		return map[string]string{"hat": oneIn(i, 2+c), "scarf": oneIn(i+c, 40)}
	})
	task := tiny()
	task.Training.Latents.Keep = []string{"hat"}
	var notes []string
	dir := t.TempDir()
	if err := train(t, context.Background(), dir, d, task, Options{Note: func(text string) { notes = append(notes, text) }}); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, "hat is kept") }) {
		t.Errorf("the log does not say what is kept: %q", notes)
	}
	var changed *ChangedError
	if err := train(t, context.Background(), dir, d, tiny(), Options{Resume: true}); !errors.As(err, &changed) || !strings.Contains(err.Error(), "latents.keep") {
		t.Errorf("continued without the label: %v", err)
	}
	task.Training.Latents.Keep = []string{"scarf"}
	steps := 0
	err := train(t, context.Background(), t.TempDir(), d, task, Options{Progress: func(Event) { steps++ }})
	var refused *LabelError
	if !errors.As(err, &refused) || steps > 0 || !strings.Contains(err.Error(), "need 12 training images in every collection") {
		t.Errorf("after %d steps: %v", steps, err)
	}
}
