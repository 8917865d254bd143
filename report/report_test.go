package report

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// plain is a picture of one colour.
func plain(w, h int, c color.Color) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			out.Set(x, y, c)
		}
	}
	return out
}

func TestFloatsBecomeBytesAtTheEndsOfTheRange(t *testing.T) {
	data := []float32{-1, 0, 1, -2, 2, float32(math.NaN())}
	pictures, err := FromFloats(data, 1, 1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := pictures[0].At(0, 0), (color.RGBA{0, 128, 255, 255}); got != want {
		t.Errorf("first pixel %v, want %v", got, want)
	}
	if got, want := pictures[0].At(1, 0), (color.RGBA{0, 255, 0, 255}); got != want {
		t.Errorf("values out of range or not a number: %v, want %v", got, want)
	}
	grey, err := FromFloats([]float32{0, 1}, 2, 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := grey[1].At(0, 0), (color.RGBA{255, 255, 255, 255}); got != want {
		t.Errorf("grey pixel %v, want %v", got, want)
	}
	if _, err := FromFloats(data, 1, 1, 3, 2); err == nil {
		t.Error("two channels should be an error")
	}
}

func TestGridPlacesPicturesInRowsAndColumns(t *testing.T) {
	red, green, blue := color.RGBA{200, 0, 0, 255}, color.RGBA{0, 200, 0, 255}, color.RGBA{0, 0, 200, 255}
	g := Grid{Scale: 3, Rows: []Row{
		{Pictures: []image.Image{plain(8, 6, red), plain(8, 6, green)}},
		{Pictures: []image.Image{nil, plain(8, 6, blue)}},
	}}
	out, err := g.Draw()
	if err != nil {
		t.Fatal(err)
	}
	if w, h := out.Rect.Dx(), out.Rect.Dy(); w != 2*margin+2*24+gap || h != 2*margin+2*18+gap {
		t.Errorf("the grid is %dx%d", w, h)
	}
	right, down := 24+gap, 18+gap
	for _, c := range []struct {
		x, y int
		want color.Color
	}{
		{margin + 12, margin + 9, red},
		{margin + right + 12, margin + 9, green},
		{margin + right + 12, margin + down + 9, blue},
		{margin + 12, margin + down + 9, color.RGBAModel.Convert(empty)},
		{2, 2, color.RGBAModel.Convert(paper)},
	} {
		if got := out.At(c.x, c.y); got != c.want {
			t.Errorf("pixel (%d, %d) is %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

func TestSmallPicturesAreEnlargedByAWholeFactor(t *testing.T) {
	faces, err := newTypeset()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ side, columns, want int }{
		{48, 4, 2}, {32, 4, 3}, {64, 4, 2}, {96, 4, 1}, {256, 4, 1}, {48, 40, 1},
	} {
		row := Row{}
		for range c.columns {
			row.Pictures = append(row.Pictures, plain(c.side, c.side, color.White))
		}
		l, err := Grid{Rows: []Row{row}}.layout(faces)
		if err != nil {
			t.Fatal(err)
		}
		if l.scale != c.want {
			t.Errorf("%d columns of %d pixels are enlarged %d times, want %d", c.columns, c.side, l.scale, c.want)
		}
	}
}

func TestGridWithoutPicturesIsAnError(t *testing.T) {
	for _, g := range []Grid{{}, {Rows: []Row{{Label: "a"}}}, {Columns: []string{"a"}}} {
		if _, err := g.Draw(); err == nil {
			t.Errorf("%v was drawn", g)
		}
	}
	huge := Grid{Scale: 20000, Rows: []Row{{Pictures: []image.Image{plain(8, 8, color.White)}}}}
	if _, err := huge.Draw(); err == nil {
		t.Error("a grid of gigabytes should be refused")
	}
}

func TestLongLabelsAreShortenedToTheirCell(t *testing.T) {
	faces, err := newTypeset()
	if err != nil {
		t.Fatal(err)
	}
	long := "a_very_long_file_name_of_a_picture_0001.jpg"
	for _, width := range []int{300, 120, 60, 20, 3} {
		short := shorten(faces.label, long, width)
		if textWidth(faces.label, short) > width && short != "…" {
			t.Errorf("%q does not fit in %d pixels", short, width)
		}
	}
	if got := shorten(faces.label, "short", 300); got != "short" {
		t.Errorf("%q was shortened to %q", "short", got)
	}
	for _, line := range wrap(faces.note, "one sentence that is longer than a line of a narrow column can be", 100) {
		if textWidth(faces.note, line) > 100 {
			t.Errorf("line %q is wider than 100 pixels", line)
		}
	}
}

func TestSheetHoldsItsSectionsBelowEachOther(t *testing.T) {
	grid := Grid{Rows: []Row{{Label: "row", Pictures: []image.Image{plain(48, 48, color.Black)}}}}
	one, err := Sheet{Title: "title", Sections: []Section{{"caption", "note", grid}}}.Draw()
	if err != nil {
		t.Fatal(err)
	}
	two, err := Sheet{Title: "title", Sections: []Section{{"caption", "note", grid}, {"caption", "note", grid}}}.Draw()
	if err != nil {
		t.Fatal(err)
	}
	if one.Rect.Dx() != two.Rect.Dx() || two.Rect.Dy() < one.Rect.Dy()+96+sectionGap {
		t.Errorf("one section: %v, two: %v", one.Rect, two.Rect)
	}
	if _, err := (Sheet{Title: "nothing"}).Draw(); err == nil {
		t.Error("a sheet without sections should be an error")
	}
}

func TestPNGIsReadBackUnchangedAndNothingElseIsLeft(t *testing.T) {
	folder := t.TempDir()
	picture := plain(5, 4, color.RGBA{1, 2, 3, 255})
	if err := WritePNG(filepath.Join(folder, "a.png"), picture); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(folder, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	back, err := png.Decode(bytes.NewReader(data))
	if err != nil || back.At(2, 2) != color.Color(color.RGBA{1, 2, 3, 255}) {
		t.Errorf("read back %v, %v", back.At(2, 2), err)
	}
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("%d files are left in the folder", len(files))
	}
	if err := WritePNG(filepath.Join(folder, "missing", "a.png"), picture); err == nil {
		t.Error("writing into a folder that is not there should be an error")
	}
}

// gradients are frames of smooth colour that moves, or of grey.
func gradients(n int, grey bool) []image.Image {
	frames := make([]image.Image, n)
	for i := range frames {
		f := image.NewRGBA(image.Rect(0, 0, 64, 64))
		for y := range 64 {
			for x := range 64 {
				c := color.RGBA{uint8(4 * x), uint8(4 * y), uint8(255 * i / n), 255}
				if grey {
					c.G, c.B = c.R, c.R
				}
				f.SetRGBA(x, y, c)
			}
		}
		frames[i] = f
	}
	return frames
}

func TestGIFPlaysBackAndForthForEverInOnePalette(t *testing.T) {
	data, err := Animation{Frames: gradients(5, false), Delay: 80 * time.Millisecond, Hold: 300 * time.Millisecond, BackAndForth: true, Scale: 1}.GIF(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	back, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	want := []int{38, 8, 8, 8, 38, 8, 8, 8}
	if len(back.Delay) != len(want) || back.LoopCount != 0 {
		t.Fatalf("%d frames, loop count %d", len(back.Delay), back.LoopCount)
	}
	for i, d := range back.Delay {
		if d != want[i] {
			t.Errorf("delays %v, want %v", back.Delay, want)
			break
		}
	}
	for i := range back.Image {
		if !bytes.Equal(back.Image[i].Pix, back.Image[(len(want)-i)%len(want)].Pix) {
			t.Errorf("frame %d does not come back", i)
		}
	}
}

func TestGIFKeepsColoursAndExactGreys(t *testing.T) {
	for _, c := range []struct {
		name string
		grey bool
		most float64 // root mean squared error of a 4x4 area's mean, of 255
	}{{"grey", true, 1}, {"colour", false, 6}} {
		frames := gradients(6, c.grey)
		data, err := Animation{Frames: frames, Scale: 1}.GIF(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		back, err := gif.DecodeAll(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var sum float64
		n := 0
		for i, frame := range back.Image {
			for y := 0; y < 64; y += 4 {
				for x := 0; x < 64; x += 4 {
					got, want := areaMean(frame, x, y), areaMean(frames[i], x, y)
					for k := range got {
						sum += (got[k] - want[k]) * (got[k] - want[k])
						n++
					}
				}
			}
		}
		if rms := math.Sqrt(sum / float64(n)); rms > c.most {
			t.Errorf("%s: error %.2f of 255, want at most %.2f", c.name, rms, c.most)
		}
	}
}

func areaMean(picture image.Image, x, y int) (mean [3]float64) {
	for dy := range 4 {
		for dx := range 4 {
			r, g, b, _ := picture.At(x+dx, y+dy).RGBA()
			for k, v := range [3]uint32{r, g, b} {
				mean[k] += float64(v>>8) / 16
			}
		}
	}
	return mean
}

func TestGIFOfOneColourAndOneFrame(t *testing.T) {
	data, err := Animation{Frames: []image.Image{plain(8, 8, color.RGBA{9, 90, 200, 255})}, BackAndForth: true}.GIF(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	back, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil || len(back.Image) != 1 {
		t.Fatalf("read back %v, %v", back, err)
	}
	if got := color.RGBAModel.Convert(back.Image[0].At(20, 20)); got != (color.RGBA{9, 90, 200, 255}) {
		t.Errorf("the colour is %v", got)
	}
}

func TestAnimationRefusesFramesThatDiffer(t *testing.T) {
	if _, err := (Animation{}).GIF(t.Context()); err == nil {
		t.Error("no frames should be an error")
	}
	frames := []image.Image{plain(8, 8, color.Black), plain(8, 9, color.Black)}
	if _, err := (Animation{Frames: frames}).GIF(t.Context()); err == nil {
		t.Error("frames of two sizes should be an error")
	}
}

func TestSameInputGivesSameBytes(t *testing.T) {
	first, _ := Animation{Frames: gradients(4, false)}.GIF(t.Context())
	second, _ := Animation{Frames: gradients(4, false)}.GIF(t.Context())
	if !bytes.Equal(first, second) {
		t.Error("two drawings of one animation differ")
	}
}

func TestStoppedAnimationsAreNotMade(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := (Animation{Frames: gradients(4, false)}).GIF(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, it ends with %v", err)
	}
	path := filepath.Join(t.TempDir(), "move.gif")
	if err := (Animation{Frames: gradients(4, false)}).WriteGIF(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, it ends with %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a stopped animation is written")
	}
}
