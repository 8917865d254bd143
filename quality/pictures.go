package quality

import (
	"context"
	"image"
	"strings"
	"sync"

	"github.com/dataprism/dataprism/collection"
	"golang.org/x/image/draw"
)

// Pictures reads some files of a report again, named as collection/path, and returns each as an upright picture whose
// longer side has at most side pixels. Files that cannot be read are left out.
func Pictures(ctx context.Context, specs []collection.Spec, files []string, side int) (map[string]image.Image, error) {
	wanted := map[string][]string{}
	for _, f := range files {
		name, file, _ := strings.Cut(f, "/")
		wanted[name] = append(wanted[name], file)
	}
	var mu sync.Mutex
	out := map[string]image.Image{}
	for _, s := range specs {
		if len(wanted[s.Name]) == 0 {
			continue
		}
		err := collection.Revisit(ctx, s, wanted[s.Name], func(f collection.File) {
			if f.Picture == nil {
				return
			}
			small := Thumbnail(f.Picture, side)
			mu.Lock()
			defer mu.Unlock()
			out[s.Name+"/"+f.Name] = small
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Thumbnail is a picture, upright and with a longer side of at most side pixels, on white where it is transparent.
func Thumbnail(p *collection.Picture, side int) image.Image {
	stored, turn := p.Stored()
	b := stored.Bounds()
	w, h := b.Dx(), b.Dy()
	if longer := max(w, h); longer > side {
		w, h = max(1, w*side/longer), max(1, h*side/longer)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Rect, image.White, image.Point{}, draw.Src)
	draw.BiLinear.Scale(small, small.Rect, stored, b, draw.Over, nil)
	if turn == 1 {
		return small
	}
	uw, uh := w, h
	if turn >= 5 {
		uw, uh = h, w
	}
	upright := image.NewRGBA(image.Rect(0, 0, uw, uh))
	for y := range uh {
		for x := range uw {
			sx, sy := collection.StoredAt(turn, x, y, w, h)
			upright.SetRGBA(x, y, small.RGBAAt(sx, sy))
		}
	}
	return upright
}
