package collection

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"testing"
)

// storedAs returns how an upright picture is stored under an orientation, by
// the words of the standard: where row 0 and column 0 of what is stored are.
func storedAs(m *image.NRGBA, o orientation) *image.NRGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	sw, sh := w, h
	if o >= 5 {
		sw, sh = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, sw, sh))
	for row := range sh {
		for col := range sw {
			var x, y int
			switch o {
			case 1: // row 0 top, column 0 left
				x, y = col, row
			case 2: // top, right
				x, y = w-1-col, row
			case 3: // bottom, right
				x, y = w-1-col, h-1-row
			case 4: // bottom, left
				x, y = col, h-1-row
			case 5: // left, top
				x, y = row, col
			case 6: // right, top
				x, y = w-1-row, col
			case 7: // right, bottom
				x, y = w-1-row, h-1-col
			case 8: // left, bottom
				x, y = row, h-1-col
			}
			out.SetNRGBA(col, row, m.NRGBAAt(x, y))
		}
	}
	return out
}

func TestEveryOrientationGivesTheUprightImage(t *testing.T) {
	upright := landmark(37, 24)
	const size = 16
	want, err := squareOf(pngOf(t, upright), Options{Size: size})
	if err != nil {
		t.Fatal(err)
	}
	for o := orientation(1); o <= 8; o++ {
		turned := storedAs(upright, o)
		order := []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}[o%2]
		exif := exifBlock(order, o)
		files := []struct {
			kind   string
			data   []byte
			within int
		}{
			{"png", withPNGChunk(pngOf(t, turned), "eXIf", exif), 1},
			{"jpeg", withJPEGExif(jpegOf(t, turned), exif), 12},
		}
		for _, f := range files {
			t.Run(fmt.Sprintf("%s %d", f.kind, o), func(t *testing.T) {
				p, err := DecodePicture(f.data)
				if err != nil {
					t.Fatal(err)
				}
				got, err := p.Square(Options{Size: size})
				if err != nil {
					t.Fatal(err)
				}
				if !near(got, want, f.within) {
					t.Errorf("corner %v, upright %v", pixelAt(got, size, 0, 0), pixelAt(want, size, 0, 0))
				}
				if w, h := p.Bounds(); w != upright.Rect.Dx() || h != upright.Rect.Dy() {
					t.Errorf("the image is %d x %d", w, h)
				}
			})
		}
	}
}

func TestOrientationOfWebPAndTIFF(t *testing.T) {
	exif := exifBlock(binary.LittleEndian, 6)
	webp := []byte("RIFF\x00\x00\x00\x00WEBPVP8 \x03\x00\x00\x00abc\x00EXIF")
	webp = binary.LittleEndian.AppendUint32(webp, uint32(len(exif)))
	webp = append(webp, exif...)
	if o := exifOrientation(webpExif(webp)); o != 6 {
		t.Errorf("WebP: orientation %d, want 6", o)
	}
	if o := exifOrientation(exifBlock(binary.BigEndian, 8)); o != 8 {
		t.Errorf("TIFF: orientation %d, want 8", o)
	}
}

func TestOrientationThatCannotBeReadIsUpright(t *testing.T) {
	good := exifBlock(binary.LittleEndian, 6)
	for n := range len(good) - 8 {
		if o := exifOrientation(good[:n]); o != upright {
			t.Errorf("%d bytes of the block: orientation %d", n, o)
		}
	}
	for _, o := range []orientation{0, 9, 255} {
		if got := exifOrientation(exifBlock(binary.BigEndian, o)); got != upright {
			t.Errorf("value %d: orientation %d", o, got)
		}
	}
}

func FuzzOrientation(f *testing.F) {
	exif := exifBlock(binary.LittleEndian, 6)
	f.Add(withJPEGExif(jpegOf(f, landmark(8, 8)), exif))
	f.Add(withPNGChunk(pngOf(f, landmark(8, 8)), "eXIf", exif))
	f.Add(exifBlock(binary.BigEndian, 3))
	f.Add(append([]byte("RIFF\x10\x00\x00\x00WEBPEXIF\x1a\x00\x00\x00"), exif...))
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, block := range [][]byte{data, jpegExif(data), pngExif(data), webpExif(data)} {
			if o := exifOrientation(block); o < 1 || o > 8 {
				t.Fatalf("orientation %d", o)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(jpegOf(f, landmark(9, 7)))
	f.Add(pngOf(f, landmark(9, 7)))
	f.Add(bmpOf(f, landmark(9, 7)))
	f.Add(tiffOf(f, landmark(9, 7)))
	f.Add(testdata(f, "animated.webp"))
	f.Add(testdata(f, "lossless.webp"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := openPicture(data)
		if err != nil || p.width*p.height > 1<<20 {
			return
		}
		if p.load() == nil {
			newSquarer(Options{Size: 8}).square(make([]byte, 8*8*3), p)
		}
	})
}
