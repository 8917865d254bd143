package studio

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/run"
)

// finest is the side, in pixels, that pictures are shown with where an image has as many and the model fewer.
const finest = 256

// view is an image as a collection cuts it.
type view struct {
	frame collection.Frame
	image []float32 // [size, size, channels]: what the model sees
	// fine is the image with more pixels, [side, side, channels], for what is shown; nil where it has no more.
	fine []byte
	side int
}

// shownOf is the image as it is shown.
func (m *model) shownOf(v view) measure.Images {
	if v.fine == nil {
		return m.Images(v.image)
	}
	_, channels := m.Size()
	shown := measure.Images{N: 1, H: v.side, W: v.side, C: channels, Data: make([]float32, len(v.fine))}
	collection.Floats(shown.Data, v.fine)
	return shown
}

// pair are the addresses of an image and of its reconstruction.
func (m *model) pair(v view, reconstructed []float32) (pair [2]string, err error) {
	for i, images := range []measure.Images{m.shownOf(v), m.Images(reconstructed)} {
		urls, err := dataURLs(images)
		if err != nil {
			return pair, err
		}
		pair[i] = urls[0]
	}
	return pair, nil
}

// framings are those of the collections.
func (m *model) framings() []run.Framing {
	var framings []run.Framing
	for k := range m.Collections {
		framings = append(framings, m.config.Data.Framing(k))
	}
	return framings
}

// cut are the views by framings of a picture whose square has side pixels. Those of one framing are the same.
func (m *model) cut(framings []run.Framing, side int, cut func(collection.Options) ([]byte, error)) ([]view, error) {
	var views []view
	made := map[run.Framing]view{}
	for _, f := range framings {
		if made[f].image == nil {
			var err error
			if made[f], err = m.view(side, f.In(m.options), cut); err != nil {
				return nil, err
			}
		}
		views = append(views, made[f])
	}
	return views, nil
}

// view makes what a collection sees by cutting a picture whose square has side pixels.
func (m *model) view(side int, o collection.Options, cut func(collection.Options) ([]byte, error)) (view, error) {
	v := view{frame: o.Frame, image: make([]float32, m.Pixels())}
	pixels, err := cut(o)
	if err != nil {
		return v, err
	}
	collection.Floats(v.image, pixels)
	if side = min(side, finest); side > o.Size {
		o.Size, v.side = side, side
		v.fine, err = cut(o)
	}
	return v, err
}

// framed are the views of an image of the run's collections.
func (m *model) framed(ctx context.Context, set *images, at place) ([]view, error) {
	views, found := m.again(set, at)
	alike := !slices.ContainsFunc(views, func(v view) bool { return v.frame != views[0].frame })
	switch {
	case alike:
		image := set.ImagesOf([]int{at.collection}, []int{at.row})
		for k := range views {
			views[k].image = image
		}
	case !found:
		read, err := run.Views(set.Dataset, m.config)(ctx, at.collection, []int{at.row})
		if err != nil {
			return nil, conflict("the image cannot be read again: %v", err)
		}
		for k := range views {
			views[k].image = read[k]
		}
	}
	return views, nil
}

// again are the views of an image that is a file in the folder of its collection, which is quicker than to look through
// the collection. Where it is none they have frames alone, and found is false.
func (m *model) again(set *images, at place) (views []view, found bool) {
	framings := m.framings()
	own := framings[at.collection].Depth // its values are what they are among its own collection's
	for k := range framings {
		framings[k].Depth = own
		views = append(views, view{frame: framings[k].Frame})
	}
	col := set.Collections[at.collection]
	file := filepath.FromSlash(col.Items[at.row].File)
	if !filepath.IsLocal(file) {
		return views, false
	}
	picture, err := collection.OpenPicture(filepath.Join(col.Path, file))
	if err != nil {
		return views, false
	}
	w, h := picture.Bounds()
	cut, err := m.cut(framings, min(w, h), picture.Square)
	if err != nil {
		return views, false
	}
	return cut, true
}

// squares are the views of an upload for the collections, by what is proposed where there is no crop. The whole is cut for
// each as that collection's own images are; another crop is what all of them see.
func (m *model) squares(up *upload, c *crop) ([]view, error) {
	if c == nil {
		c = up.crop
	}
	own := c == nil || *c == up.whole(m.options.Pad)
	side, cut := min(up.width, up.height), up.picture.Square
	if !own {
		square, bad := c.in(up.width, up.height)
		if bad != nil {
			return nil, bad
		}
		side, cut = square.Dx(), func(o collection.Options) ([]byte, error) { return up.picture.Cut(square, o) }
	}
	framings := m.framings()
	for k := range framings {
		if !own {
			framings[k].Frame = collection.Frame{}
		}
	}
	views, err := m.cut(framings, side, cut)
	if err != nil {
		return nil, wrong("the picture cannot be used: it %v", err)
	}
	return views, nil
}
