package collection

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"testing"
)

// storedAs returns how an upright picture is stored under an orientation, by the words of the standard: where row 0
// and column 0 of what is stored are.
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
	if o := webpEmbedded(webp).turn(); o != 6 {
		t.Errorf("WebP: orientation %d, want 6", o)
	}
	if o := (embedded{exif: exifBlock(binary.BigEndian, 8)}).turn(); o != 8 {
		t.Errorf("TIFF: orientation %d, want 8", o)
	}
}

// rawProfileChunk is EXIF as older programs keep it in a PNG.
func rawProfileChunk(exif []byte, compressed bool) []byte {
	full := append([]byte("Exif\x00\x00"), exif...)
	text := fmt.Sprintf("\nexif\n%8d\n", len(full))
	for i, b := range full {
		if text += hex.EncodeToString([]byte{b}); i%36 == 35 {
			text += "\n"
		}
	}
	chunk := []byte("Raw profile type exif\x00")
	if !compressed {
		return append(chunk, text...)
	}
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return append(append(chunk, 0), b.Bytes()...)
}

func TestOrientationInTextsOfAFile(t *testing.T) {
	exif := exifBlock(binary.LittleEndian, 6)
	attribute := `<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="8"/>`
	element := `<tiff:Orientation> 3 </tiff:Orientation>`
	none := exifBlock(binary.LittleEndian, 0)
	png := func(id string, chunk string) []byte { return withPNGChunk(pngOf(t, landmark(8, 8)), id, []byte(chunk)) }
	xap := append([]byte("http://ns.adobe.com/xap/1.0/\x00"), attribute...)
	xapSegment := append([]byte{0xff, jpegAPP1, 0, byte(len(xap) + 2)}, xap...)
	jpeg := jpegOf(t, landmark(8, 8))
	for name, c := range map[string]struct {
		data []byte
		want orientation
	}{
		"raw profile":            {png("tEXt", string(rawProfileChunk(exif, false))), 6},
		"raw profile, packed":    {png("zTXt", string(rawProfileChunk(exif, true))), 6},
		"XMP in a PNG":           {png("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+attribute), 8},
		"XMP element":            {png("iTXt", "XML:com.adobe.xmp\x00\x00\x00en\x00x\x00"+element), 3},
		"EXIF before XMP":        {withPNGChunk(png("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+attribute), "eXIf", exif), 6},
		"EXIF without a value":   {withPNGChunk(png("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+attribute), "eXIf", none), 8},
		"XMP in a JPEG":          {bytes.Join([][]byte{jpeg[:2], xapSegment, jpeg[2:]}, nil), 8},
		"a comment of that name": {png("tEXt", "Comment\x00"+attribute), 1},
		"damaged raw profile":    {png("tEXt", "Raw profile type exif\x00\nexif\n 8\nzz"), 1},
	} {
		p, err := openPicture(c.data)
		if err != nil || p.turn != c.want {
			t.Errorf("%s: orientation %d, want %d (%v)", name, p.turn, c.want, err)
		}
	}
}

func TestOrientationThatCannotBeReadIsUpright(t *testing.T) {
	good := exifBlock(binary.LittleEndian, 6)
	for n := range len(good) - 8 {
		if o := (embedded{exif: good[:n]}).turn(); o != upright {
			t.Errorf("%d bytes of the block: orientation %d", n, o)
		}
	}
	for _, o := range []orientation{0, 9, 255} {
		if got := (embedded{exif: exifBlock(binary.BigEndian, o)}).turn(); got != upright {
			t.Errorf("value %d: orientation %d", o, got)
		}
	}
}

func FuzzOrientation(f *testing.F) {
	exif := exifBlock(binary.LittleEndian, 6)
	f.Add(withJPEGExif(jpegOf(f, landmark(8, 8)), exif))
	f.Add(withPNGChunk(pngOf(f, landmark(8, 8)), "eXIf", exif))
	f.Add(exifBlock(binary.BigEndian, 3))
	f.Add(withPNGChunk(pngOf(f, landmark(8, 8)), "zTXt", rawProfileChunk(exif, true)))
	f.Add(withPNGChunk(pngOf(f, landmark(8, 8)), "iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00<x tiff:Orientation=\"6\"/>")))
	f.Add(append([]byte("RIFF\x10\x00\x00\x00WEBPEXIF\x1a\x00\x00\x00"), exif...))
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, e := range []embedded{{exif: data}, {xmp: data}, jpegEmbedded(data), pngEmbedded(data), webpEmbedded(data)} {
			if o := e.turn(); o < 1 || o > 8 {
				t.Fatalf("orientation %d", o)
			}
		}
	})
}
