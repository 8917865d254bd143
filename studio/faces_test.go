package studio

import (
	"bytes"
	"image"
	"math"
	"testing"

	"github.com/dataprism/dataprism/internal/face"
	"github.com/dataprism/dataprism/report"

	"golang.org/x/image/draw"
)

func TestAFaceIsCroppedAsThoseOfTheRunAre(t *testing.T) {
	run := faces{X: 0.5, Y: 0.4, Side: 0.5}
	if got, want := run.around(face.Square{X: 300, Y: 200, Side: 100}, 600, 400), (crop{200, 120, 200}); got != want {
		t.Errorf("a face in the open is cropped by %v, want %v", got, want)
	}
	for _, f := range []face.Square{{X: 5, Y: 5, Side: 100}, {X: 595, Y: 395, Side: 100}, {X: 300, Y: 200, Side: 350}} {
		if _, err := run.around(f, 600, 400).in(600, 400); err != nil {
			t.Errorf("the crop of a face near the border: %v", err)
		}
	}
}

func TestFacesOfUploadsAreFound(t *testing.T) {
	c := newStudio(t, nil)
	where, err := c.all()[0].faces.wait(t.Context(), c.Server)
	if err != nil {
		t.Fatal(err)
	}
	if where.Side == 0 {
		t.Fatal("portraits show no faces")
	}
	// A held-out portrait in a corner of a large picture is cropped to about what it was.
	var list listedImages
	c.get("GET", runPath+"/images?collection=oil", nil, &list)
	near := 0
	for _, i := range list.Images[:8] {
		m, _, err := image.Decode(c.do("GET", runPath+"/image?image="+i.Image, nil).Body)
		if err != nil {
			t.Fatal(err)
		}
		large := image.NewRGBA(image.Rect(0, 0, 900, 600))
		draw.Draw(large, large.Rect, image.White, image.Point{}, draw.Src)
		draw.CatmullRom.Scale(large, image.Rect(500, 250, 800, 550), m, m.Bounds(), draw.Src, nil)
		var data bytes.Buffer
		if err := report.EncodePNG(&data, large); err != nil {
			t.Fatal(err)
		}
		var up struct {
			Upload string
			Crop   crop
			Face   bool
		}
		c.get("POST", runPath+"/uploads", data.Bytes(), &up)
		var shown projectInfo
		c.get("POST", runPath+"/project", map[string]any{"source": map[string]any{"upload": up.Upload}}, &shown)
		if up.Face && math.Hypot(up.Crop.X-500, up.Crop.Y-250) < 90 && math.Abs(up.Crop.Side-300) < 90 {
			near++
		}
	}
	if near < 6 {
		t.Errorf("of 8 portraits in large pictures %d are cropped to what they were", near)
	}
}
