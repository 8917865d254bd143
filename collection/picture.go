package collection

import (
	"fmt"
	"image"
	"os"
	"runtime"

	"github.com/dataprism/dataprism/internal/codec/icc"
)

// Picture is a decoded image file, from which squares are cut.
type Picture struct {
	still
	image   image.Image    // as stored, once decoded
	colours *icc.Transform // to sRGB, nil where that is what is stored
	bits    int            // that the values of an image of 16 use, 0 for others
}

// OpenPicture decodes one image file from outside of any collection.
func OpenPicture(path string) (*Picture, error) {
	p, err := openPictureFile(path)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", path, err)
	}
	return p, nil
}

func openPictureFile(path string) (*Picture, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, cause(err)
	case info.IsDir():
		return nil, errIsFolder
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	}
	data, err := readFile(path, info.Size())
	if err != nil {
		return nil, err
	}
	return DecodePicture(data)
}

// DecodePicture is OpenPicture for the bytes of a file.
func DecodePicture(data []byte) (*Picture, error) {
	return DecodeSmall(data, maxPixels)
}

// DecodeSmall is DecodePicture that refuses images of more than most pixels, by what the file declares.
func DecodeSmall(data []byte, most int) (*Picture, error) {
	p, err := openSmall(data, most)
	if err != nil {
		return nil, err
	}
	if err := p.load(0); err != nil {
		return nil, err
	}
	p.decode, p.profile = nil, nil // they hold the file
	return p, nil
}

// Square makes of the picture what images of a collection become: [Size, Size, channels] bytes in rows from the top.
// Only Size, Gray, Background, Pad, Frame and Depth of the options matter.
func (p *Picture) Square(o Options) ([]byte, error) { return p.cut(o, nil) }

// Cut is Square of a square that lies within the upright picture, in pixels of it, in the place of the one in its middle.
func (p *Picture) Cut(within image.Rectangle, o Options) ([]byte, error) {
	w, h := p.Bounds()
	if within.Dx() != within.Dy() || within.Empty() || !within.In(image.Rect(0, 0, w, h)) {
		return nil, &OptionError{"crop", fmt.Sprintf("%v is no square within the %d x %d pixels of the picture", within, w, h)}
	}
	return p.cut(o, &within)
}

// cut makes of the framed part of a square what images of a collection become; nil is the square in the middle.
func (p *Picture) cut(o Options, within *image.Rectangle) ([]byte, error) {
	if o.Size < MinSize || o.Size > MaxSize {
		return nil, &SizeError{o.Size}
	}
	if err := o.Frame.check("frame"); err != nil {
		return nil, err
	}
	s := newSquarer(o)
	p = p.taken(o.Depth)
	pixels := make([]byte, o.Size*o.Size*o.channels())
	if within != nil {
		s.cut(pixels, p, *within)
		return pixels, nil
	}
	if err := s.check(p); err != nil {
		return nil, err
	}
	s.square(pixels, p)
	return pixels, nil
}

// Bounds returns the width and height of the upright image.
func (p *Picture) Bounds() (width, height int) {
	b := p.image.Bounds()
	return p.turn.size(b.Dx(), b.Dy())
}

// openPicture reads what a file declares and refuses what must not be decoded.
func openPicture(data []byte) (*Picture, error) { return openSmall(data, maxPixels) }

// openSmall is openPicture that refuses images of more than most pixels, too.
func openSmall(data []byte, most int) (p *Picture, err error) {
	defer plainReason(&err)
	if len(data) == 0 {
		return nil, errEmptyFile
	}
	s, err := openStill(data)
	if err != nil {
		return nil, err
	}
	if err := s.check(most); err != nil {
		return nil, err
	}
	return &Picture{still: *s}, nil
}

// taken is the picture, or a copy of it where its values are to be taken for more bits than they use.
func (p *Picture) taken(bits int) *Picture {
	if p.bits == 0 || bits <= p.bits {
		return p
	}
	other := *p
	other.image = shrunk(p.image, p.bits, bits)
	return &other
}

// load decodes a picture that was opened. One of 16 bits is taken for one of so many; 0 finds out how many it uses.
func (p *Picture) load(bits int) (err error) {
	defer plainReason(&err)
	m, err := p.decode()
	if err != nil {
		return err
	}
	if m.Bounds().Empty() {
		return errNoPixels
	}
	p.bits = usedBits(m)
	stretch(m, max(bits, p.bits))
	p.image, p.colours = m, profileTransform(p.profile, m)
	return nil
}

// drop lets go of the pixels, at once where they are many.
func (p *Picture) drop() {
	p.image, p.decode, p.profile = nil, nil, nil
	if p.memory >= collectedFrom {
		runtime.GC()
	}
}
