package collection

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestFrameKeepsItsPartOfTheSquare(t *testing.T) {
	for _, test := range []struct {
		frame Frame
		side  int
		want  image.Rectangle
	}{
		{Frame{}, 80, image.Rect(0, 0, 80, 80)},
		{Frame{Side: 1}, 80, image.Rect(0, 0, 80, 80)},
		{Frame{Side: 0.5}, 80, image.Rect(20, 20, 60, 60)},
		{Frame{Side: 0.5, X: 0.25, Y: -0.25}, 80, image.Rect(40, 0, 80, 40)},
		{Frame{Side: 0.5}, 1, image.Rect(0, 0, 1, 1)},
	} {
		if got := test.frame.rect(test.side); got != test.want {
			t.Errorf("%+v of %d: %v, want %v", test.frame, test.side, got, test.want)
		}
	}
}

func TestFrameOutsideTheImageIsRefused(t *testing.T) {
	for _, f := range []Frame{{Side: 1.2}, {Side: -1}, {Side: 0.5, X: 0.3}, {Side: 0.9, Y: -0.1}, {Side: math.NaN()}} {
		if f.check("frame") == nil {
			t.Errorf("%+v passes", f)
		}
	}
}

// face draws a bright disc with two dark eyes: centre and radius in shares of the side.
func face(side int, cx, cy, radius float64) image.Image {
	m := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			u, v := (float64(x)+0.5)/float64(side)-cx, (float64(y)+0.5)/float64(side)-cy
			shade := uint8(60)
			if math.Hypot(u, v) < radius {
				shade = 220
			}
			if math.Hypot(math.Abs(u)-radius/2.5, v+radius/4) < radius/6 {
				shade = 10
			}
			m.SetGray(x, y, color.Gray{shade})
		}
	}
	return m
}

func TestCommonFramesFindHowOneCollectionIsCropped(t *testing.T) {
	dir := t.TempDir()
	for i := range 12 {
		name := string(rune('a'+i)) + ".png"
		jitter := 0.01*float64(i%3-1) + 0.0005*float64(i)
		writePNG(t, filepath.Join(dir, "near", name), face(60, 0.5+jitter, 0.5, 0.42))
		writePNG(t, filepath.Join(dir, "far", name), face(60, 0.5+jitter, 0.46, 0.42*0.7))
	}
	open := func(frame Frame, size int) *Dataset {
		t.Helper()
		d, err := Open(context.Background(), []Spec{{Name: "far", Path: filepath.Join(dir, "far"), Frame: frame}, {Name: "near", Path: filepath.Join(dir, "near")}},
			Options{Size: size, Gray: true, CacheDir: filepath.Join(dir, "cache")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	d := open(Frame{}, 48)
	frames := d.CommonFrames()
	if !frames[1].Whole() {
		t.Errorf("the collection that is cropped closest is cut to %+v", frames[1])
	}
	if f := frames[0]; math.Abs(f.Side-0.7) > 0.05 || math.Abs(f.Y+0.04) > 0.03 || math.Abs(f.X) > 0.03 {
		t.Errorf("the far collection is cut to %+v, want a side of 0.7 and 0.04 up", f)
	}
	if large := open(Frame{}, 192); large.mean(large.Collections[0]).side != 96 {
		t.Error("the means of large images are not halved")
	} else if f := large.CommonFrames()[0]; math.Abs(f.Side-frames[0].Side) > 0.05 || math.Abs(f.Y-frames[0].Y) > 0.03 || math.Abs(f.X-frames[0].X) > 0.03 {
		t.Errorf("at 192 pixels the far collection is cut to %+v, at 48 to %+v", f, frames[0])
	}
	framed := open(frames[0], 48)
	if framed.Key() == d.Key() {
		t.Error("a frame does not change the key")
	}
	before, after := d.mean(d.Collections[0]), framed.mean(framed.Collections[0])
	near := d.mean(d.Collections[1]).relief()
	whole := Frame{Side: 1}
	if a, b := before.correlation(near, whole), after.correlation(near, whole); b < 0.9 || b <= a {
		t.Errorf("correlation of the mean images is %g before, %g after", a, b)
	}
}

func TestCommonFramesLeaveCollectionsOfOneFraming(t *testing.T) {
	dir := t.TempDir()
	var specs []Spec
	for _, name := range []string{"a", "b"} {
		for i := range 12 {
			writePNG(t, filepath.Join(dir, name, string(rune('a'+i))+".png"), face(60, 0.5+0.01*float64(i%3-1), 0.5, 0.4))
		}
		specs = append(specs, Spec{Name: name, Path: filepath.Join(dir, name)})
	}
	d, err := Open(context.Background(), specs, Options{Size: 32, CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i, f := range d.CommonFrames() {
		if !f.Whole() {
			t.Errorf("collection %d is cut to %+v", i, f)
		}
	}
}

// A label that moves what is shown, as hair does, is not cut away: cells of one collection have one frame, that of all of
// it.
func TestCellsOfOneCollectionHaveOneFrame(t *testing.T) {
	dir := t.TempDir()
	table := "file_name,size\n"
	for i := range 48 {
		name := fmt.Sprintf("%02d.png", i)
		radius, size := 0.42*0.7, "small"
		if i%2 == 0 {
			radius, size = 0.42*0.8, "large"
		}
		jitter := 0.01*float64(i%3-1) + 0.0005*float64(i)
		writePNG(t, filepath.Join(dir, "far", name), face(60, 0.5+jitter, 0.46, radius))
		writePNG(t, filepath.Join(dir, "near", name), face(60, 0.5+jitter, 0.5, 0.42))
		table += name + "," + size + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "far", "metadata.csv"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, o := context.Background(), Options{Size: 48, Gray: true, CacheDir: filepath.Join(dir, "cache")}
	specs, _, err := Cells(ctx, []Spec{{Name: "far", Path: filepath.Join(dir, "far")}}, []By{{Label: "size"}}, o)
	if err != nil || len(specs) != 2 {
		t.Fatalf("%d cells, %v", len(specs), err)
	}
	d, err := Open(ctx, append(specs, Spec{Name: "near", Path: filepath.Join(dir, "near")}), o)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	frames := d.CommonFrames()
	if frames[0] != frames[1] || frames[0].Whole() || !frames[2].Whole() || frames[0].Side < 0.65 || frames[0].Side > 0.85 {
		t.Errorf("the frames are %+v", frames)
	}
}

func writePNG(t *testing.T, path string, m image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pngOf(t, m), 0o644); err != nil {
		t.Fatal(err)
	}
}
