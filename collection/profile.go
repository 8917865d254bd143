package collection

import (
	"image"
	"image/draw"

	"github.com/dataprism/dataprism/internal/codec/icc"
)

// profileTransform returns what makes sRGB of an image's colours by its profile, nil where it is to be left as it is:
// without a profile, with one of sRGB, with one that is not used, or with one for other values than the image has.
func profileTransform(profile []byte, m image.Image) *icc.Transform {
	if len(profile) == 0 {
		return nil
	}
	t, err := icc.Read(profile)
	if err != nil {
		return nil
	}
	switch m.(type) {
	case *image.CMYK:
		return nil
	case *image.Gray, *image.Gray16:
		if t.Space != icc.Gray {
			return nil
		}
	}
	if t.Identity() {
		return nil
	}
	return t
}

// layColours is layer.lay for an image whose colours a profile tells: they become sRGB before they are laid on the
// ground, which is sRGB.
func (b *band) layColours(dst *image.RGBA, from image.Point) {
	if b.fills(dst.Rect, from) {
		b.lay(dst, from)
		b.colours.Apply(dst.Pix, 4)
		return
	}
	plain := image.NewNRGBA(dst.Rect)
	draw.Draw(plain, plain.Rect, b.image, from, draw.Src)
	b.colours.Apply(plain.Pix, 4)
	layer{image: plain, ground: b.ground}.lay(dst, image.Point{})
}
