package face

import (
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataprism/dataprism/collection/portraits"

	"golang.org/x/image/draw"
)

// portrait is a face that is drawn as in oil.
func portrait(t *testing.T) image.Image {
	t.Helper()
	dir := t.TempDir()
	if _, err := portraits.Write(t.Context(), dir, portraits.Options{Count: 1, Size: 96, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, portraits.Oil.String(), "*.png"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	file, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m, _, err := image.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAFaceIsFoundWhereItIs(t *testing.T) {
	m := portrait(t)
	alone, found := Find(m)
	if !found {
		t.Fatal("no face is found in a portrait")
	}
	// The same portrait, twice as large, within a wide picture.
	wide := image.NewRGBA(image.Rect(10, 20, 710, 420)) // which does not begin at 0
	draw.Draw(wide, wide.Rect, image.White, image.Point{}, draw.Src)
	at := image.Rect(0, 0, 192, 192).Add(image.Pt(10+400, 20+100))
	draw.BiLinear.Scale(wide, at, m, m.Bounds(), draw.Src, nil)
	again, found := Find(wide)
	if !found {
		t.Fatal("no face is found in a wide picture")
	}
	for what, pair := range map[string][2]float64{"x": {again.X, 400 + 2*alone.X}, "y": {again.Y, 100 + 2*alone.Y}, "side": {again.Side, 2 * alone.Side}} {
		if math.Abs(pair[0]-pair[1]) > 30 {
			t.Errorf("the %s of the face is %.0f, want about %.0f", what, pair[0], pair[1])
		}
	}
}

func TestWhereThereIsNoFaceNoneIsFound(t *testing.T) {
	noise := image.NewGray(image.Rect(0, 0, 200, 150))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(rng.Uint32())
	}
	for name, m := range map[string]image.Image{
		"noise": noise, "nothing": image.NewGray(image.Rectangle{}), "a pixel": image.NewGray(image.Rect(0, 0, 1, 1)),
		"a line": image.NewGray(image.Rect(0, 0, 5000, 1)), "black": image.NewGray(image.Rect(0, 0, 100, 100)),
	} {
		if s, found := Find(m); found {
			t.Errorf("in %s there is a face at %v", name, s)
		}
	}
}
