package audit

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestTheYardstickIsOfEachCollectionAlone(t *testing.T) {
	d := written(t, folder{name: "photo", labels: many(90, "")}, folder{name: "oil", labels: many(30, "")})
	s := Settings{Seed: 1}
	h, err := See(context.Background(), untrained(t, d), d, s)
	if err != nil {
		t.Fatal(err)
	}
	// The paintings reconstruct far worse than the photos.
	for i := range h.Images.N {
		if h.Collection[i] == 1 {
			for k := range h.Images.Image(i) {
				h.Reconstructions.Image(i)[k] = h.Images.Image(i)[k] * (0.1 + 0.01*float32(i%7))
			}
		} else {
			copy(h.Reconstructions.Image(i), h.Images.Image(i))
		}
	}
	fit, err := h.Fit(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if fit.N[0] != len(h.of(0)) || fit.N[1] != len(h.of(1)) {
		t.Errorf("the yardstick rests on %v images", fit.N)
	}
	if fit.MissedEdges[0] > 0.3 || fit.MissedEdges[1] < 0.8 {
		t.Errorf("the bounds of missed edges are %v", fit.MissedEdges)
	}
	if fit.Posterior.Scale <= 0 || len(fit.Posterior.Shift) != 2 || len(h.Skipped) != 0 {
		t.Errorf("calibration %+v, skipped %v", fit.Posterior, h.Skipped)
	}
}

func TestAYardstickWithoutViewsSaysSo(t *testing.T) {
	d := written(t, folder{name: "photo", labels: many(30, "")}, folder{name: "oil", labels: many(30, "")})
	s := Settings{Seed: 1}
	p := untrained(t, d)
	h, err := See(context.Background(), p, d, s)
	if err != nil {
		t.Fatal(err)
	}
	gone := func(context.Context, int, []int) ([][]float32, error) { return nil, errors.New("the drive is gone") }
	fit, err := h.Fit(context.Background(), s, gone)
	if err != nil {
		t.Fatal(err)
	}
	if fit.Posterior.Scale != 1 || len(h.Skipped) != 1 || !strings.Contains(h.Skipped[0].Why, "drive") {
		t.Errorf("calibration %+v, skipped %v", fit.Posterior, h.Skipped)
	}
	if err := p.SetFit(fit); err != nil {
		t.Errorf("the yardstick cannot be kept: %v", err)
	}
	// Seen in the same view twice, the calibration is that of one view.
	same := func(_ context.Context, c int, rows []int) ([][]float32, error) {
		images := d.ImagesOf(make([]int, len(rows)), rows)
		if c == 1 {
			images = d.ImagesOf(ones(len(rows)), rows)
		}
		return [][]float32{images, images}, nil
	}
	twice, err := h.Fit(context.Background(), s, same)
	if err != nil {
		t.Fatal(err)
	}
	once, err := h.Fit(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(twice.Posterior.Scale-once.Posterior.Scale) > 1e-3*once.Posterior.Scale {
		t.Errorf("in one view the scale is %v, in two that are the same %v", once.Posterior.Scale, twice.Posterior.Scale)
	}
}

func ones(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = 1
	}
	return out
}
