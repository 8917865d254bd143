// Package face finds faces in pictures: upright ones that look into the camera, in photographs and what is painted like
// them.
//
// It runs the cascade of decision trees of N. Markus et al., "Object Detection with Pixel Intensity Comparisons Organized
// in Decision Trees" (2013), as github.com/esimov/pigo has it; the file facefinder is that module's, under its MIT licence.
package face

import (
	_ "embed"
	"image"
	"sync"

	"golang.org/x/image/draw"

	pigo "github.com/esimov/pigo/core"
)

//go:embed facefinder
var cascade []byte

var finder = sync.OnceValues(func() (*pigo.Pigo, error) { return pigo.NewPigo().Unpack(cascade) })

const (
	side     = 480 // pixels of the longer side of what is looked at
	least    = 20  // pixels of the smallest face that the cascade knows
	smallest = 12  // a face has at least this part of the shorter side: one in so many
	quality  = 5   // of a detection that is taken for a face; the sum of those that overlap
	overlap  = 0.2 // of detections that are of one face
)

// Square is where a face is: its centre and its side, in pixels of the picture. It goes from the brows to the mouth.
type Square struct{ X, Y, Side float64 }

// Find returns the clearest face of a picture; false where there is none.
func Find(m image.Image) (Square, bool) {
	b := m.Bounds()
	if b.Empty() {
		return Square{}, false
	}
	detector, err := finder()
	if err != nil {
		return Square{}, false
	}
	scale := float64(side) / float64(max(b.Dx(), b.Dy()))
	w, h := max(1, int(scale*float64(b.Dx()))), max(1, int(scale*float64(b.Dy())))
	gray := image.NewGray(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(gray, gray.Rect, m, b, draw.Src, nil)
	found := detector.RunCascade(pigo.CascadeParams{
		MinSize: max(least, min(w, h)/smallest), MaxSize: min(w, h), ShiftFactor: 0.1, ScaleFactor: 1.1,
		ImageParams: pigo.ImageParams{Pixels: gray.Pix, Rows: h, Cols: w, Dim: gray.Stride},
	}, 0)
	var best pigo.Detection
	for _, d := range detector.ClusterDetections(found, overlap) {
		if d.Q > best.Q {
			best = d
		}
	}
	if best.Q < quality {
		return Square{}, false
	}
	return Square{float64(best.Col) / scale, float64(best.Row) / scale, float64(best.Scale) / scale}, true
}
