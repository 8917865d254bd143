package collection

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"testing"
)

// animatedWebP is an animation of a canvas whose first frame, a still WebP, is at (x, y).
func animatedWebP(still []byte, width, height, x, y, frameW, frameH int) []byte {
	header := appendUint24(appendUint24([]byte{1<<1 | 1<<4, 0, 0, 0}, width-1), height-1)
	body := appendChunk([]byte("WEBP"), "VP8X", header)
	body = appendChunk(body, "ANIM", make([]byte, 6))
	frame := appendUint24(appendUint24(nil, x/2), y/2)
	frame = appendUint24(appendUint24(frame, frameW-1), frameH-1)
	frame = append(frame, 100, 0, 0, 0)
	body = appendChunk(body, "ANMF", append(frame, still[12:]...))
	return appendChunk(nil, "RIFF", body)
}

func TestFirstFrameOfAWebPStandsWhereItBelongs(t *testing.T) {
	for _, name := range []string{"lossless.webp", "lossy.webp"} {
		still := testdata(t, name) // landmark(40, 24)
		whole, err := DecodePicture(still)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []image.Point{{0, 0}, {20, 10}, {60, 76}} {
			p, err := DecodePicture(animatedWebP(still, 100, 100, at.X, at.Y, 40, 24))
			if err != nil {
				t.Fatal(err)
			}
			for _, pt := range []image.Point{{0, 0}, {39, 23}, {17, 5}} {
				want, got := color.NRGBAModel.Convert(whole.image.At(pt.X, pt.Y)), color.NRGBAModel.Convert(p.image.At(at.X+pt.X, at.Y+pt.Y))
				if got != want {
					t.Errorf("%s at %v: pixel %v is %v, want %v", name, at, pt, got, want)
				}
			}
			if _, _, _, a := p.image.At((at.X+50)%100, (at.Y+50)%100).RGBA(); a != 0 {
				t.Errorf("%s at %v: the canvas is not transparent", name, at)
			}
		}
	}
}

func TestCanvasOfAGIFGrowsWithItsFirstFrame(t *testing.T) {
	palette := color.Palette{color.White, color.RGBA{200, 0, 0, 255}}
	m := image.NewPaletted(image.Rect(4, 2, 14, 12), palette)
	for i := range m.Pix {
		m.Pix[i] = 1
	}
	data := gifOf(t, &gif.GIF{Image: []*image.Paletted{m}, Delay: []int{0}, Config: image.Config{Width: 14, Height: 12, ColorModel: palette}})
	i := bytes.IndexByte(data[13:], ',')
	if i < 0 {
		t.Fatal("no frame")
	}
	binary.LittleEndian.PutUint16(data[6:], 5) // a canvas of 5 by 3 pixels
	binary.LittleEndian.PutUint16(data[8:], 3)
	p, err := DecodePicture(data)
	if err != nil {
		t.Fatal(err)
	}
	if w, h := p.Bounds(); w != 14 || h != 12 {
		t.Errorf("the canvas has %d x %d pixels", w, h)
	}
	if r, _, _, a := p.image.At(13, 11).RGBA(); r>>8 != 200 || a>>8 != 255 {
		t.Errorf("the frame's last pixel is %v", p.image.At(13, 11))
	}
	if _, _, _, a := p.image.At(1, 1).RGBA(); a != 0 {
		t.Errorf("the canvas is not transparent")
	}
}
