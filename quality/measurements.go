package quality

import (
	"encoding/binary"
	"hash/maphash"
	"image"
	"image/color"
	"math"

	"github.com/dataprism/dataprism/collection"
)

// Measurements are what can be said of one image. Values that an image does not have, such as the JPEG quality of a
// PNG, are not numbers (NaN).
type Measurements struct {
	Format        string
	Bytes         int
	Width, Height int // upright
	Tone
	Chroma
	Sharpness     float64 // of the image as it is, by [Sharpness]
	SeenSharpness float64 // of the centre square at SeenSide by SeenSide pixels: of what a model sees
	Noise         float64
	JPEGQuality   float64
	Blocking      float64 // within the borders
	Border        Border  // of the upright image
}

// Measured is one image: its measurements and what tells it from others.
type Measured struct {
	Measurements
	Fingerprint *Fingerprint
	Digest      uint64 // of the pixels: images of equal ones are the same but for one chance in 2^64
}

// Gauge measures images that are compared with each other. It may be used by several goroutines at once.
type Gauge struct {
	ground color.RGBA   // what transparent images are laid on
	seed   maphash.Seed // of the digests, which no two gauges share
}

// NewGauge returns a gauge that lays transparent images on the ground.
func NewGauge(ground color.RGBA) *Gauge { return &Gauge{ground, maphash.MakeSeed()} }

// Measure measures a file that was decoded, with its square of SeenSide by SeenSide pixels in colour.
func (g *Gauge) Measure(f collection.File) *Measured {
	stored, turn := f.Picture.Stored()
	luma := Luma(stored, g.ground)
	w, h := f.Picture.Bounds()
	m := &Measured{Digest: g.digest(stored, turn)}
	m.Format, m.Bytes = collection.FormatOf(f.Data), len(f.Data)
	m.Width, m.Height = w, h
	m.Tone = ToneOf(luma)
	m.Chroma = ChromaOf(stored, g.ground)
	m.Sharpness, m.SeenSharpness = Sharpness(luma), Sharpness(lumaOfSquare(f.Square))
	m.Noise = Noise(luma)
	m.JPEGQuality = math.NaN()
	if q, ok := JPEGQuality(f.Data); ok {
		m.JPEGQuality = q
	}
	border := BorderOf(luma)
	m.Border = border.turned(turn)
	m.Blocking = Blocking(luma.Cut(border.Left, border.Top, luma.W-border.Left-border.Right, luma.H-border.Top-border.Bottom))
	m.Fingerprint = NewFingerprint(luma.Resized(thumbSide, thumbSide).turned(turn))
	return m
}

// lumaOfSquare is the luma of a square of SeenSide, in RGB.
func lumaOfSquare(rgb []byte) Plane {
	p := NewPlane(SeenSide, SeenSide)
	for i := range p.Pix {
		p.Pix[i] = lumaOfRGB(rgb[3*i], rgb[3*i+1], rgb[3*i+2])
	}
	return p
}

// turned returns a square plane as its EXIF orientation says.
func (p Plane) turned(exif int) Plane {
	if exif == 1 {
		return p
	}
	out := NewPlane(p.W, p.H)
	for y := range out.H {
		for x := range out.W {
			sx, sy := collection.StoredAt(exif, x, y, p.W, p.H)
			out.Pix[y*out.Stride+x] = p.Pix[sy*p.Stride+sx]
		}
	}
	return out
}

// turned returns the borders of the upright image of a stored one.
func (b Border) turned(exif int) Border {
	side := func(x, y int) int { // of the upright image of 3x3 pixels, where the middle of a side is stored
		switch sx, sy := collection.StoredAt(exif, x, y, 3, 3); {
		case sx == 0:
			return b.Left
		case sx == 2:
			return b.Right
		case sy == 0:
			return b.Top
		}
		return b.Bottom
	}
	return Border{Left: side(0, 1), Top: side(1, 0), Right: side(2, 1), Bottom: side(1, 2)}
}

// digest tells the pixels of stored images from each other. Images in YCbCr, grey and other images have digests of
// their own kinds: a PNG made of a JPEG is a near-duplicate of it.
func (g *Gauge) digest(m image.Image, exif int) uint64 {
	var h maphash.Hash
	h.SetSeed(g.seed)
	b := m.Bounds()
	begin := func(kind, more int) {
		for _, v := range []int{kind, more, exif, b.Dx(), b.Dy()} {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(v)))
		}
	}
	rows := func(p Plane) {
		for y := range p.H {
			h.Write(p.Row(y))
		}
	}
	switch m := m.(type) {
	case *image.YCbCr:
		begin(0, int(m.SubsampleRatio))
		rows(Luma(m, g.ground))
		cb, cr := chromaPlanes(m)
		rows(cb)
		rows(cr)
	case *image.Gray:
		begin(1, 0)
		rows(Luma(m, g.ground))
	default:
		begin(2, 0)
		eachBand(m, g.ground, func(y int, band *image.RGBA) {
			for i := range band.Rect.Dy() {
				h.Write(band.Pix[i*band.Stride:][:4*b.Dx()])
			}
		})
	}
	return h.Sum64()
}
