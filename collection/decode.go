package collection

import (
	"fmt"
	"image"
	"image/color"
	"strings"
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
	newSquarer(o).square(pixels, p)
	return pixels, p.upright(o.background()), nil
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
	case strings.HasSuffix(text, "EOF"), strings.Contains(text, "short Huffman data"):
		*err = fmt.Errorf("is damaged or incomplete: it ends too early")
	case strings.Contains(text, ": "):
		*err = fmt.Errorf("cannot be decoded: %w", *err)
	}
}

// upright returns all of a decoded picture, turned and on the background.
func (p *picture) upright(ground color.RGBA) image.Image {
	b := p.image.Bounds()
	w, h := b.Dx(), b.Dy()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	lay(m, p.image, b.Min, ground)
	if p.turn == upright {
		return m
	}
	uw, uh := p.turn.size(w, h)
	turned := image.NewRGBA(image.Rect(0, 0, uw, uh))
	for y := range uh {
		for x := range uw {
			sx, sy := p.turn.stored(x, y, w, h)
			copy(turned.Pix[y*turned.Stride+x*4:][:4], m.Pix[sy*m.Stride+sx*4:][:4])
		}
	}
	return turned
}
