package collection

import (
	"bytes"
	"image"
	"image/color"
	"testing"
)

// A band converts rows as they are needed; the whole square converted at once must give the same bytes.
func TestBandsGiveTheSameAsTheWholeSquare(t *testing.T) {
	s, gray := newSquarer(Options{Size: 40}), newSquarer(Options{Size: 40, Gray: true})
	for _, side := range []int{1, 3, 39, 40, 41, 1100, 500} {
		for _, turn := range []orientation{upright, 6, 3} {
			m := landmark(side+7, side)
			p := &Picture{still: still{width: side + 7, height: side, turn: turn}, image: m}
			canvas := image.NewRGBA(image.Rect(0, 0, side, side))
			newLayer(m, color.RGBA{255, 255, 255, 255}).lay(canvas, image.Pt(3, 0))
			if turn != upright {
				w, h := turn.size(side+7, side)
				crop := turn.storedRect(image.Rect(0, 0, side, side).Add(image.Pt((w-side)/2, (h-side)/2)), side+7, side)
				newLayer(m, color.RGBA{255, 255, 255, 255}).lay(canvas, crop.Min)
			}
			stored, want := make([]byte, 40*40*3), make([]byte, 40*40*3)
			newKernel(side, 40).resample(stored, canvas.Pix, 3, 4, make([]int32, side*4))
			turnSquare(want, stored, 40, 3, turn)
			got := make([]byte, len(want))
			s.square(got, p)
			if !bytes.Equal(got, want) {
				t.Errorf("side %d, orientation %d: colours differ", side, turn)
			}
			luma := make([]byte, side*side)
			toLuma(luma, canvas.Pix)
			newKernel(side, 40).resample(stored[:1600], luma, 1, 1, make([]int32, side))
			turnSquare(want[:1600], stored[:1600], 40, 1, turn)
			gray.square(got[:1600], p)
			if !bytes.Equal(got[:1600], want[:1600]) {
				t.Errorf("side %d, orientation %d: lumas differ", side, turn)
			}
		}
	}
}

func TestBandHoldsAFractionOfALargeSquare(t *testing.T) {
	s := newSquarer(Options{Size: 64})
	const side = 3000
	m := image.NewGray(image.Rect(0, 0, side, side))
	s.square(make([]byte, 64*64*3), &Picture{still: still{width: side, height: side, turn: upright}, image: m})
	if most := side * side * 4 / 8; cap(s.band.window) > most {
		t.Errorf("%d bytes of rows are kept, more than %d", cap(s.band.window), most)
	}
}
