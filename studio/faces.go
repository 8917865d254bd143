package studio

import (
	"context"
	"errors"
	"image"
	"math"

	"github.com/dataprism/dataprism/internal/face"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/quality"
	"github.com/dataprism/dataprism/report"
)

const (
	facesLooked = 24  // images of each collection that are looked at
	facesShare  = 0.6 // of them that show a face, where a collection is one of faces
)

// faces says where the faces of a run's images are, as the model sees these: the medians of centres and sides, as shares
// of the image. A Side of 0 says that the run was not trained on faces.
type faces struct{ X, Y, Side float64 }

// lookForFaces finds out whether a run was trained on faces: whether most held-out images of each collection show one.
func (r *liveRun) lookForFaces(s *Server) func(context.Context, func(string, ...any)) (faces, error) {
	return func(ctx context.Context, _ func(string, ...any)) (faces, error) {
		set, err := r.images.wait(ctx, s)
		if err != nil {
			return faces{}, err
		}
		var xs, ys, sides []float64
		for c, col := range set.Collections {
			n := min(facesLooked, len(col.Validation))
			before := len(sides)
			for i := range n {
				if err := ctx.Err(); err != nil {
					return faces{}, err
				}
				row := col.Validation[i*len(col.Validation)/n]
				pictures, err := report.FromFloats(set.ImagesOf([]int{c}, []int{row}), 1, set.Size, set.Size, set.Channels)
				if err != nil {
					return faces{}, err
				}
				if f, found := face.Find(pictures[0]); found {
					whole := float64(set.Size)
					xs, ys, sides = append(xs, f.X/whole), append(ys, f.Y/whole), append(sides, f.Side/whole)
				}
			}
			if float64(len(sides)-before) < facesShare*float64(n) || n == 0 {
				return faces{}, nil
			}
		}
		var medians [3]float64
		for i, values := range [][]float64{xs, ys, sides} {
			if medians[i], err = measure.Quantile(values, 0.5); err != nil {
				return faces{}, err
			}
		}
		return faces{medians[0], medians[1], medians[2]}, nil
	}
}

// around is the square of a picture in which a face has the place that faces have in the run's images, as far as the
// picture has it.
func (f faces) around(found face.Square, w, h int) crop {
	side := math.Round(min(found.Side/f.Side, float64(min(w, h))))
	x, y := math.Round(found.X-f.X*side), math.Round(found.Y-f.Y*side)
	return crop{max(0, min(x, float64(w)-side)), max(0, min(y, float64(h)-side)), side}
}

// findFace looks for a face in an upload, where the run was trained on faces. It waits until that is known, unless the
// run's images cannot be read.
func (s *Server) findFace(ctx context.Context, live *liveRun, up *upload) error {
	where, err := live.faces.wait(ctx, s)
	if unknown := new(problem); errors.As(err, &unknown) {
		return nil
	} else if err != nil {
		return err
	}
	if where.Side == 0 {
		return nil
	}
	var small image.Image = quality.Thumbnail(up.picture, shownPixels)
	found, is := face.Find(small)
	if !is {
		return nil
	}
	scale := float64(up.width) / float64(small.Bounds().Dx())
	c := where.around(face.Square{X: scale * found.X, Y: scale * found.Y, Side: scale * found.Side}, up.width, up.height)
	up.crop, up.face = &c, true
	return nil
}
