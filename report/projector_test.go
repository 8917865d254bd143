package report_test

import (
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
	"github.com/gomlx/gomlx/ml/model"
)

// small is a prism of two collections of images of 32 pixels whose weights are drawn, and n images of random values.
func small(t *testing.T, n int) (*prism.Prism, []float32) {
	t.Helper()
	backend := simdtest.New(t)
	ae := autoencoder.DefaultConfig(32, 3)
	ae.Latent, ae.Width = 8, 16
	p, err := prism.New(backend, model.NewStore(), prism.Config{Collections: []string{"a", "b"}, Autoencoder: ae, Flow: flow.DefaultConfig(ae.Latent, 2)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	images := make([]float32, n*p.Pixels())
	for i := range images {
		images[i] = float32(2*rng.Float64() - 1)
	}
	return p, images
}

// inOwn is the row of the projections into a collection.
func inOwn(t *testing.T, j *report.Projector, c int) []image.Image {
	t.Helper()
	grid, err := j.Grid([]int{c})
	if err != nil {
		t.Fatal(err)
	}
	if len(grid.Rows) != 3 || grid.Rows[2].Label == "" {
		t.Fatalf("the grid has %d rows", len(grid.Rows))
	}
	return grid.Rows[2].Pictures
}

func TestProjectionsHaveThePixelsOfLargeImages(t *testing.T) {
	p, images := small(t, 2)
	large := measure.Images{N: 2, H: 80, W: 80, C: 3, Data: make([]float32, 2*80*80*3)}
	j, err := report.NewProjector(p, images, []int{0, 1}, report.Showing{Strength: 1, Detail: 1, Large: &large})
	if err != nil {
		t.Fatal(err)
	}
	for _, picture := range inOwn(t, j, 1) {
		if side := picture.Bounds().Dx(); side != 80 {
			t.Errorf("a projection has %d pixels, want 80", side)
		}
	}
	large.N = 1
	if _, err := report.NewProjector(p, images, []int{0, 1}, report.Showing{Strength: 1, Detail: 1, Large: &large}); err == nil {
		t.Error("one large image of two is no error")
	}
}

func TestTransitionsLeadThroughTheProjections(t *testing.T) {
	p, images := small(t, 3)
	j, err := report.NewProjector(p, images, []int{0, 0, 1}, report.AsItIs)
	if err != nil {
		t.Fatal(err)
	}
	const frames = 5
	pictures, err := j.Transition(t.Context(), []int{1, 0}, frames, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(pictures) != 2*frames || pictures[0].Bounds().Dx() != 3*32 {
		t.Fatalf("there are %d frames of %v", len(pictures), pictures[0].Bounds())
	}
	for stretch, c := range []int{1, 0} { // each ends at the projections
		last := pictures[(stretch+1)*frames-1]
		for i, want := range inOwn(t, j, c) {
			for y := range 32 {
				for x := range 32 {
					if got := last.At(i*32+x, y); got != want.At(x, y) {
						t.Fatalf("pixel %d, %d of image %d at the end of stretch %d is %v, want %v", x, y, i, stretch, got, want.At(x, y))
					}
				}
			}
		}
	}
}

func TestStoppedTransitionsAreNotDrawn(t *testing.T) {
	p, images := small(t, 2)
	j, err := report.NewProjector(p, images, []int{0, 1}, report.AsItIs)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	drawn := 0
	_, err = j.Transition(ctx, []int{1}, 5, func(done, total int) {
		if drawn++; done != 5 || total != 10 {
			t.Errorf("it says %d of %d", done, total)
		}
		stop()
	})
	if !errors.Is(err, context.Canceled) || drawn != 1 {
		t.Errorf("stopped, it ends with %v after %d images", err, drawn)
	}
}
