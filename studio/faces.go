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
		set, err := r.images.within(ctx, s, forever)
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

// knownFaces says where the faces of the run's images are, and waits until that is known. Where these images cannot be
// read, it is as if they showed none.
func (r *liveRun) knownFaces(ctx context.Context, s *Server) (faces, error) {
	where, err := r.faces.wait(ctx, s)
	if err == nil {
		return where, nil
	}
	_, _, _, failed := r.faces.now()
	if unreadable := new(problem); errors.As(failed, &unreadable) {
		return faces{}, nil
	}
	return faces{}, err
}

// find is the square of an upload around the face that it shows; nil where none is found, or the run has none.
func (f faces) find(up *upload) *crop {
	if f.Side == 0 {
		return nil
	}
	var small image.Image = quality.Thumbnail(up.picture, shownPixels)
	found, is := face.Find(small)
	if !is {
		return nil
	}
	scale := float64(up.width) / float64(small.Bounds().Dx())
	c := f.around(face.Square{X: scale * found.X, Y: scale * found.Y, Side: scale * found.Side}, up.width, up.height)
	return &c
}

// propose has an upload cropped around the face that it shows, unless the whole of it is about as typical to the model.
func (s *Server) propose(a asker, live *liveRun, m *model, up *upload, where faces) error {
	around, whole := where.find(up), up.whole(m.options.Pad)
	if around == nil || *around == whole {
		return nil
	}
	uncropped, err := s.see(a, live, m, source{Upload: up.id, Crop: &whole})
	if err != nil {
		return err
	}
	cropped, err := s.see(a, live, m, source{Upload: up.id, Crop: around})
	if err == nil && cropped.fitsBetter(uncropped) {
		up.crop = around
	}
	return err
}
