package prism

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/measure"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// anything is a yardstick of collections a and b that every image meets.
func anything() Fit {
	return Fit{
		LogProb: []float64{-1e6, -1e6}, MissedEdges: []float64{1e6, 1e6}, N: []int{20, 5000},
		Posterior: measure.PosteriorCalibration{Scale: 1, Shift: []float64{0, 0}},
	}
}

func TestOddImageFitsNone(t *testing.T) {
	p := small(t)
	images := make([]float32, p.Pixels())
	for i := range images {
		images[i] = float32(i%2)*2 - 1
	}
	views := [][]float32{images, images}
	before, err := p.Infer(views)
	if err != nil {
		t.Fatal(err)
	}
	if before[0].Misfit != "" {
		t.Errorf("without a yardstick the image does not fit: %s", before[0].Misfit)
	}
	strict := anything()
	strict.MissedEdges = []float64{0.1, 0.1}
	if err := p.SetFit(strict); err != nil {
		t.Fatal(err)
	}
	after, err := p.Infer(views)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(after[0].Misfit, "edges") {
		t.Errorf("a checkerboard fits: %+v", after[0])
	}
}

func TestAMisfitNamesTheImagesItIsHeldAgainst(t *testing.T) {
	f := anything()
	f.LogProb = []float64{-10, -10}
	f.MissedEdges = []float64{0.1, 0.2}
	for _, c := range []struct {
		collection, n       int
		logProb, difference float64
		want                string
	}{
		{0, 20, -11, 0, "is below that of all 20 held-out images of oil"},
		{1, 5000, -11, 0, "is below that of 99.5% of the 5000 held-out images of oil"},
		{1, 0, -11, 0, "is below that of 199 in 200 held-out images of oil"},
		{0, 20, -9, 0.15, "misses 15% of its edges, more than that of all 20 held-out images of oil"},
		{1, 5000, -9, 0.15, ""},
		{1, 5000, math.NaN(), 0.15, "cannot be computed"},
	} {
		f.N[c.collection] = c.n
		got := f.misfit("oil", c.collection, c.logProb, c.difference)
		if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestTheYardstickIsReadBackAsSet(t *testing.T) {
	p := small(t)
	want := anything()
	want.LogProb = []float64{-12.5, math.Inf(-1)}
	want.Posterior = measure.PosteriorCalibration{Scale: 0.25, Shift: []float64{1, -1}}
	if err := p.SetFit(want); err == nil {
		t.Error("an infinite bound should be an error")
	}
	want.LogProb[1] = -100
	for range 2 { // the second time over the first
		if err := p.SetFit(want); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := p.Write(path); err != nil {
		t.Fatal(err)
	}
	read, err := Read(p.backend, path, p.Config)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read.Fit()
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(*got) != fmt.Sprint(want) {
		t.Errorf("read %+v, wrote %+v", *got, want)
	}
}

// setFit sets tensors of the yardstick as they may stand in a file.
func setFit(t *testing.T, p *Prism, tensors map[string][]float32) {
	t.Helper()
	for name, values := range tensors {
		if err := nn.Set(p.store, "/fit/"+name, values, len(values)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAYardstickWithoutABoundOfEdgesIsRead(t *testing.T) {
	p := small(t)
	setFit(t, p, map[string][]float32{"log_prob": {-5, -6}, "reconstruction": {0.5}}) // of an older version
	f, err := p.Fit()
	if err != nil {
		t.Fatal(err)
	}
	if f.MissedEdges[0] != math.MaxFloat32 || len(f.MissedEdges) != 2 || f.Posterior.Scale != 1 || f.N[1] != 0 {
		t.Errorf("yardstick %+v", f)
	}
	if err := p.SetFit(anything()); err != nil {
		t.Errorf("it cannot be replaced: %v", err)
	}
}

func TestAForeignYardstickIsAnError(t *testing.T) {
	for name, tensors := range map[string]map[string][]float32{
		"short":            {"log_prob": {-5}, "missed_edges": {0.5, 0.5}},
		"empty":            {"log_prob": {}, "missed_edges": {}},
		"half":             {"missed_edges": {0.5, 0.5}},
		"not a number":     {"log_prob": {-5, float32(math.NaN())}, "reconstruction": {0.5}},
		"too many numbers": {"log_prob": {-5, -5}, "missed_edges": {1, 1}, "n": {1, 2, 3}},
		"negative number":  {"log_prob": {-5, -5}, "missed_edges": {1, 1}, "n": {1, -2}},
		"scale of zero":    {"log_prob": {-5, -5}, "missed_edges": {1, 1}, "posterior_scale": {0}, "posterior_shift": {0, 0}},
		"scale alone":      {"log_prob": {-5, -5}, "missed_edges": {1, 1}, "posterior_scale": {1}},
	} {
		p := small(t)
		setFit(t, p, tensors)
		images := make([]float32, p.Pixels())
		_, err := p.Infer([][]float32{images, images})
		var foreign *FitError
		if !errors.As(err, &foreign) {
			t.Errorf("%s: %v, want a FitError", name, err)
		}
	}
	p := small(t)
	if _, err := p.Infer([][]float32{make([]float32, p.Pixels())}); err == nil {
		t.Error("one view for two collections should be an error")
	}
}

// pictures draws n pictures of 64 x 64 pixels, of a brightness and a contrast that lean to one collection.
func pictures(n, collection int, rng *rand.Rand) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		out[i] = make([]float32, 64*64)
		level, wave, phase := 0.25*rng.NormFloat64()+0.25*float64(collection), 0.2+0.1*rng.Float64(), 6*rng.Float64()
		for k := range out[i] {
			x, y := float64(k%64), float64(k/64)
			out[i][k] = float32(math.Tanh(level + wave*math.Sin(x/9+phase)*math.Cos(y/7) + 0.05*rng.NormFloat64()))
		}
	}
	return out
}

// viewed prepares pictures as collection c does: a sees the whole at half the size, b the middle at full size.
func viewed(pictures [][]float32, c int) []float32 {
	var out []float32
	for _, picture := range pictures {
		for k := range 32 * 32 {
			x, y := k%32, k/32
			if c == 0 {
				out = append(out, picture[2*y*64+2*x])
			} else {
				out = append(out, picture[(16+y)*64+16+x])
			}
		}
	}
	return out
}

// TestPosteriorsOfDifferentlyFramedCollectionsAreCalibrated draws collections that overlap, so that no image is
// surely of one, and asks whether what is said to have probability p happens in p of the cases.
func TestPosteriorsOfDifferentlyFramedCollectionsAreCalibrated(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	p := small(t)
	rng := rand.New(rand.NewPCG(5, 6))
	const each = 300
	encode := func(c int) []float32 {
		z, _, err := p.Encode(viewed(pictures(each, c, rng), c))
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	var moments []flow.Moments
	for c := range 2 {
		z := encode(c)
		x := mat.NewDense(each, 4, nil)
		for i, v := range z {
			x.Set(i/4, i%4, float64(v))
		}
		m := flow.Moments{Covariance: mat.NewSymDense(4, nil)}
		stat.CovarianceMatrix(m.Covariance, x, nil)
		for j := range 4 {
			m.Mean = append(m.Mean, stat.Mean(mat.Col(nil, j, x), nil))
		}
		moments = append(moments, m)
	}
	if err := p.Flow.(*flow.Flow).SetTransport(moments, nil); err != nil {
		t.Fatal(err)
	}
	var rows [][]float64
	var class []int
	for c := range 2 {
		images := pictures(each, c, rng)
		rows = append(rows, make([][]float64, each)...)
		for view := range 2 {
			seen, err := p.see(viewed(images, view), view)
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range seen.LogProb {
				rows[len(class)+i] = append(rows[len(class)+i], float64(l))
			}
		}
		class = append(class, Repeat(c, each)...)
	}
	f := anything()
	var err error
	if f.Posterior, err = measure.CalibratePosterior(rows, class, 2); err != nil {
		t.Fatal(err)
	}
	if err := p.SetFit(f); err != nil {
		t.Fatal(err)
	}
	const bins = 4
	var said, happened, count [bins]float64
	for c := range 2 {
		images := pictures(each, c, rng)
		inferred, err := p.Infer([][]float32{viewed(images, 0), viewed(images, 1)})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range inferred {
			bin := min(bins-1, int(f.Posterior[1]*bins))
			said[bin] += f.Posterior[1]
			happened[bin] += float64(c)
			count[bin]++
		}
	}
	var off float64
	for b := range bins {
		t.Logf("%3.0f images are said to be of b with probability %.2f: %.2f are", count[b], said[b]/max(1, count[b]), happened[b]/max(1, count[b]))
		off += math.Abs(said[b]-happened[b]) / (2 * each)
	}
	if off > 0.08 {
		t.Errorf("posteriors are %.3f off on average", off)
	}
}
