package audit

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// Incoming are images of a folder that is none of a prism's collections. Rows are images.
type Incoming struct {
	Name   string
	Found  int            // usable images of the folder
	Row    []int          // in the folder
	Fits   []int          // the collection that each fits best, as which it is framed
	Misfit []string       // why an image fits none of the collections; empty where it fits
	Units  []int          // rows of one pair or group, and copies, share a unit
	Images measure.Images // [n, size, size, channels]
	Z      measure.Matrix // [n, dim]
	Fit    *prism.Fit     // the yardstick that Misfit is told by, nil where there is none
	folder *collection.Collection
}

// maxDrift is how many images of either side a comparison with a folder looks at.
const maxDrift = 2000

// Receive encodes a folder's images, at most 2,000 chosen at random. views[k] is the folder, as the only collection
// of a data set, framed as collection k frames its own; they may be the same. Each image is seen as the one of
// against that it fits best. Images that have no finite latent are left out.
func (h *HeldOut) Receive(ctx context.Context, views []*collection.Dataset, against []int, s Settings) (*Incoming, error) {
	folder := views[0].Collections[0]
	rows := choose(folder.Rows(), h.limit(maxDrift), s.Seed, stream.AuditIncoming, 0)
	slices.Sort(rows)
	in := &Incoming{Name: folder.Name, Found: len(folder.Rows()), folder: folder}
	var err error
	if in.Fit, err = h.prism.Fit(); err != nil {
		return nil, err
	}
	var images, latents []float32
	err = h.chunks(ctx, s, "encoding "+folder.Name, len(rows), func(from, to int) error {
		framed := make([][]float32, len(views))
		for k, view := range views {
			if k > 0 && view == views[k-1] {
				framed[k] = framed[k-1]
				continue
			}
			framed[k] = view.ImagesOf(make([]int, to-from), rows[from:to])
		}
		inferred, err := h.prism.Infer(framed)
		if err != nil {
			return err
		}
		seen := make([]float32, 0, (to-from)*h.width())
		best := make([]int, to-from)
		for i, fit := range inferred {
			best[i] = slices.MaxFunc(against, func(a, b int) int { return cmp.Compare(fit.Posterior[a], fit.Posterior[b]) })
			seen = append(seen, framed[best[i]][i*h.width():(i+1)*h.width()]...)
		}
		z, _, err := h.prism.Encode(seen)
		if err != nil {
			return err
		}
		dim := h.prism.Dim()
		for i := range best {
			if code := z[i*dim : (i+1)*dim]; finite(code) {
				in.Row, in.Fits, in.Misfit = append(in.Row, rows[from+i]), append(in.Fits, best[i]), append(in.Misfit, inferred[i].Misfit)
				images, latents = append(images, seen[i*h.width():(i+1)*h.width()]...), append(latents, code...)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(in.Row) == 0 {
		return nil, errors.New("no image of " + folder.Name + " has a finite latent")
	}
	in.Images = h.imagesOf(len(in.Row), images)
	in.Z = measure.Matrix{Rows: len(in.Row), Cols: h.prism.Dim(), Data: latents}
	in.Units = views[0].UnitsOf(make([]int, len(in.Row)), in.Row)
	return in, nil
}

// File names the image of a row: FOLDER/PATH.
func (in *Incoming) File(row int) string { return in.Name + "/" + in.folder.Items[in.Row[row]].File }

// labels are the labels called name of each row, "" where it has none.
func (in *Incoming) labels(name string) []string {
	out := make([]string, len(in.Row))
	for i, row := range in.Row {
		out[i], _ = labelOf(in.folder, row, name)
	}
	return out
}
