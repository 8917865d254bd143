package probe

import (
	"context"
	"encoding/csv"
	"errors"
	"image"
	_ "image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataprism/dataprism/measure"
	xdraw "golang.org/x/image/draw"
)

func TestFeaturesDoNotDependOnTheSizeOfTheImage(t *testing.T) {
	// The same smooth picture at two sizes has about the same features, and another picture has others.
	draw := func(side int, phase float64) measure.Images {
		m := measure.Images{N: 1, H: side, W: side, C: 3, Data: make([]float32, side*side*3)}
		for p := range side * side {
			x, y := (float64(p%side)+0.5)/float64(side), (float64(p/side)+0.5)/float64(side)
			for k := range 3 {
				m.Data[3*p+k] = float32(0.8 * math.Sin(5*x+3*y*y+phase+float64(k)))
			}
		}
		return m
	}
	small, err := Features(draw(48, 0))
	if err != nil {
		t.Fatal(err)
	}
	large, _ := Features(draw(96, 0))
	other, _ := Features(draw(48, 2))
	if small.Cols != large.Cols {
		t.Fatalf("%d and %d columns", small.Cols, large.Cols)
	}
	distance := func(a, b measure.Matrix) (sum float64) {
		for i, x := range a.Data {
			sum += (float64(x) - float64(b.Data[i])) * (float64(x) - float64(b.Data[i]))
		}
		return math.Sqrt(sum)
	}
	if same, different := distance(small, large), distance(small, other); same > different/4 {
		t.Errorf("one picture at two sizes differs by %.2f, two pictures by %.2f", same, different)
	}
	if _, err := Features(measure.Images{N: 1, H: 8, W: 8, C: 1, Data: make([]float32, 64)}); err == nil {
		t.Error("images of 8x8 pixels should be an error")
	}
}

func TestAverageKeepsTheMean(t *testing.T) {
	rng := seeded(11)
	for _, side := range []int{16, 17, 31, 48, 80} {
		pixels := make([]float32, side*side)
		var mean float64
		for i := range pixels {
			pixels[i] = rng.Float32()
			mean += float64(pixels[i]) / float64(len(pixels))
		}
		grid := make([]float32, thumbSide*thumbSide)
		average(grid, pixels, side, side, 1)
		var gridMean float64
		for _, v := range grid {
			gridMean += float64(v) / float64(len(grid))
		}
		near(t, "mean of the grid", gridMean, mean, 1e-5)
	}
}

// faces reads every step-th labelled face as a grey image of side pixels, with gender 1 for women.
func faces(t *testing.T, collection string, step, side int) (measure.Images, []int) {
	folder := filepath.Join("..", "..", "shared", "data", "faces", collection)
	file, err := os.Open(filepath.Join(folder, "metadata.csv"))
	if err != nil {
		t.Skipf("the face images are not here: %v", err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := measure.Images{H: side, W: side, C: 1}
	var gender []int
	for i := 1; i < len(rows); i += step {
		reader, err := os.Open(filepath.Join(folder, rows[i][0]))
		if err != nil {
			t.Fatal(err)
		}
		picture, _, err := image.Decode(reader)
		reader.Close()
		if err != nil {
			t.Fatal(err)
		}
		grey := image.NewGray(image.Rect(0, 0, side, side))
		xdraw.CatmullRom.Scale(grey, grey.Rect, picture, picture.Bounds(), xdraw.Src, nil)
		for _, v := range grey.Pix {
			out.Data = append(out.Data, float32(v)/127.5-1)
		}
		out.N++
		gender = append(gender, map[string]int{"male": 0, "female": 1}[rows[i][1]])
	}
	return out, gender
}

func TestJudgeTellsGenderOnFaces(t *testing.T) {
	if testing.Short() {
		t.Skip("reads thousands of images")
	}
	for _, collection := range []string{"lfw", "aaf"} {
		images, gender := faces(t, collection, 4, 48)
		features, err := Features(images)
		if err != nil {
			t.Fatal(err)
		}
		var train, held []int
		for i := range gender {
			if i%4 == 0 {
				held = append(held, i)
			} else {
				train = append(train, i)
			}
		}
		judge, err := TrainJudge(context.Background(), Sample{X: features.Select(train), Class: measure.Pick(gender, train), Classes: 2}, 1)
		if err != nil {
			t.Fatal(err)
		}
		confusion, err := judge.Confusion(features.Select(held), measure.Pick(gender, held), nil)
		if err != nil {
			t.Fatal(err)
		}
		accuracy, err := confusion.Accuracy()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d images to train on, balanced accuracy %v", collection, len(train), accuracy)
		if accuracy.Value < 0.8 {
			t.Errorf("%s: balanced accuracy %v", collection, accuracy)
		}
	}
}

func TestJudgeNeedsImagesOfEachValue(t *testing.T) {
	features := NormalCodes(30, 5, seeded(12))
	label := make([]int, 30)
	label[0] = 1
	_, err := TrainJudge(context.Background(), Sample{X: features, Class: label, Classes: 2}, 1)
	var rare *RareValueError
	if !errors.As(err, &rare) || rare.Value != 1 || rare.Images != 1 {
		t.Errorf("one image of a value: %v", err)
	}
}
