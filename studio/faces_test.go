package studio

import (
	"bytes"
	"context"
	"image"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataprism/dataprism/collection"
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

// cropped is an upload as it is proposed to be cropped.
type cropped struct {
	Upload        string
	Width, Height int
	Crop          crop
	Face          bool
}

// give uploads a picture.
func (c client) give(m image.Image) (up cropped) {
	c.Helper()
	var data bytes.Buffer
	if err := report.EncodePNG(&data, m); err != nil {
		c.Fatal(err)
	}
	c.get("POST", runPath+"/uploads", data.Bytes(), &up)
	return up
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
		up := c.give(large)
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

func TestPicturesFramedAsTheRunsImagesStayWhole(t *testing.T) {
	c := newStudio(t, nil)
	var list listedImages
	c.get("GET", runPath+"/images?side=all", nil, &list)
	for _, i := range list.Images {
		m, _, err := image.Decode(c.do("GET", runPath+"/image?image="+i.Image, nil).Body)
		if err != nil {
			t.Fatal(err)
		}
		if up := c.give(m); up.Face || up.Crop != (crop{0, 0, 32}) {
			t.Errorf("%s, given back, is cropped to %v", i.Image, up.Crop)
		}
	}
}

func TestUploadsWaitUntilItIsKnownWhereFacesAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		s := &Server{context: ctx}
		r := &liveRun{}
		r.images = task[*images]{what: "the images are being read", do: func(context.Context, func(string, ...any)) (*images, error) {
			time.Sleep(time.Minute)
			return newImages(&collection.Dataset{Collections: []*collection.Collection{{}}}), nil
		}}
		r.faces = task[faces]{what: "faces are being looked for", do: r.lookForFaces(s)}
		for range 3 {
			if _, err := r.knownFaces(ctx, s); err == nil || !strings.Contains(err.Error(), "faces are being looked for; try again") {
				t.Errorf("while the images are read, the error is %v", err)
			}
		}
		time.Sleep(time.Minute)
		if where, err := r.knownFaces(ctx, s); err != nil || where != (faces{}) {
			t.Errorf("images without faces have them at %v, %v", where, err)
		}
		end()
		s.working.Wait()
	})
}

func TestWhereImagesCannotBeReadThereAreNoFaces(t *testing.T) {
	s := &Server{context: t.Context()}
	r := &liveRun{}
	r.faces = task[faces]{do: func(context.Context, func(string, ...any)) (faces, error) {
		return faces{}, conflict("the images cannot be read")
	}}
	if where, err := r.knownFaces(t.Context(), s); err != nil || where != (faces{}) {
		t.Errorf("images that cannot be read have faces at %v, %v", where, err)
	}
}
