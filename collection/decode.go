package collection

import (
	"fmt"
	"image"
	"image/color"
	stddraw "image/draw"
	"strings"

	"golang.org/x/image/draw"
)

// DecodeFile reads one image from outside of any collection the way images of
// a collection are read. It returns the square, [Size, Size, channels] bytes
// in rows from the top, and the whole image, upright, on the background and in
// colour. Only Size, Gray and Background of the options matter.
func DecodeFile(path string, o Options) ([]byte, image.Image, error) {
	if o.Size < MinSize || o.Size > MaxSize {
		return nil, nil, &SizeError{o.Size}
	}
	data, err := readFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("image %s: %w", path, err)
	}
	pixels, whole, err := Decode(data, o)
	if err != nil {
		return nil, nil, fmt.Errorf("image %s: %w", path, err)
	}
	return pixels, whole, nil
}

// Decode is DecodeFile for the bytes of a file.
func Decode(data []byte, o Options) ([]byte, image.Image, error) {
	if o.Size < MinSize || o.Size > MaxSize {
		return nil, nil, &SizeError{o.Size}
	}
	p, err := openPicture(data)
	if err != nil {
		return nil, nil, err
	}
	if err := p.decode(); err != nil {
		return nil, nil, err
	}
	pixels := make([]byte, o.Size*o.Size*o.channels())
	p.square(pixels, o)
	return pixels, p.whole(o), nil
}

// picture is an image file on its way to a square.
type picture struct {
	data   []byte
	format format
	config image.Config // as stored
	turn   orientation
	image  image.Image // as stored, once decoded
}

// openPicture reads what a file declares and refuses what must not be decoded.
func openPicture(data []byte) (p *picture, err error) {
	defer plainReason(&err)
	if len(data) == 0 {
		return nil, errEmptyFile
	}
	f := formatOf(data)
	if f == formatUnknown {
		return nil, errNoImage
	}
	config, err := f.checkedConfig(data)
	if err != nil {
		return nil, err
	}
	return &picture{data: data, format: f, config: config, turn: orientationOf(f, data)}, nil
}

// decodeCost is about how many bytes decoding takes: up to eight a pixel for
// the image and as many for what the decoder keeps beside it.
func (p *picture) decodeCost() int64 {
	return int64(p.config.Width) * int64(p.config.Height) * 16
}

func (p *picture) decode() (err error) {
	defer plainReason(&err)
	m, err := p.format.decode(p.data, p.config)
	if err != nil {
		return err
	}
	if m.Bounds().Empty() {
		return fmt.Errorf("has no pixels")
	}
	p.image = m
	return nil
}

// plainReason makes a decoder's error, or its panic on input it did not
// foresee, a reason to give to a user.
func plainReason(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("cannot be decoded: %v", r)
		return
	}
	if *err == nil {
		return
	}
	text := (*err).Error()
	switch {
	case strings.HasSuffix(text, "EOF"):
		*err = fmt.Errorf("is damaged or incomplete: it ends too early")
	case strings.Contains(text, ": "):
		*err = fmt.Errorf("cannot be decoded: %w", *err)
	}
}

// square writes the centre square of a decoded picture, [o.Size, o.Size,
// channels], to pixels. What is cropped away is neither converted nor resized.
func (p *picture) square(pixels []byte, o Options) {
	b := p.image.Bounds()
	w, h := b.Dx(), b.Dy()
	uw, uh := w, h
	if p.turn.swaps() {
		uw, uh = h, w
	}
	side := min(w, h)
	centre := image.Rect(0, 0, side, side).Add(image.Pt((uw-side)/2, (uh-side)/2))
	crop := p.turn.storedRect(centre, w, h).Add(b.Min)

	m := image.NewRGBA(image.Rect(0, 0, side, side))
	lay(m, p.image, crop.Min, o.background())
	if side != o.Size {
		scaled := image.NewRGBA(image.Rect(0, 0, o.Size, o.Size))
		draw.CatmullRom.Scale(scaled, scaled.Rect, m, m.Rect, draw.Src, nil)
		m = scaled
	}
	pack(pixels, m, p.turn, o.Gray)
}

// lay draws what of src starts at the point from over a ground of one colour.
func lay(dst *image.RGBA, src image.Image, from image.Point, ground color.RGBA) {
	op := stddraw.Src
	if !isOpaque(src) {
		stddraw.Draw(dst, dst.Rect, image.NewUniform(ground), image.Point{}, stddraw.Src)
		op = stddraw.Over
	}
	stddraw.Draw(dst, dst.Rect, src, from, op)
}

// isOpaque is true for images that have no transparency by their kind. Asking
// each pixel would cost more than it saves.
func isOpaque(m image.Image) bool {
	switch m.(type) {
	case *image.YCbCr, *image.Gray, *image.Gray16, *image.CMYK:
		return true
	}
	return false
}

// pack writes the square m, turned upright, as bytes of one or three channels.
func pack(pixels []byte, m *image.RGBA, turn orientation, gray bool) {
	side := m.Rect.Dx()
	i := 0
	for y := range side {
		for x := range side {
			sx, sy := turn.stored(x, y, side, side)
			c := m.Pix[sy*m.Stride+sx*4:]
			if gray {
				pixels[i] = luma(c[0], c[1], c[2])
				i++
				continue
			}
			copy(pixels[i:i+3], c[:3])
			i += 3
		}
	}
}

// luma is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded.
func luma(r, g, b byte) byte {
	return byte((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

// whole returns all of a decoded picture, upright and on the background.
func (p *picture) whole(o Options) image.Image {
	b := p.image.Bounds()
	w, h := b.Dx(), b.Dy()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	lay(m, p.image, b.Min, o.background())
	if p.turn == upright {
		return m
	}
	uw, uh := w, h
	if p.turn.swaps() {
		uw, uh = h, w
	}
	turned := image.NewRGBA(image.Rect(0, 0, uw, uh))
	for y := range uh {
		for x := range uw {
			sx, sy := p.turn.stored(x, y, w, h)
			copy(turned.Pix[y*turned.Stride+x*4:][:4], m.Pix[sy*m.Stride+sx*4:][:4])
		}
	}
	return turned
}
