package collection

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"testing"
)

func TestASquareOfAPictureIsWhatAPictureOfThatSquareIs(t *testing.T) {
	m := landmark(90, 60)
	whole, err := DecodePicture(pngOf(t, m))
	if err != nil {
		t.Fatal(err)
	}
	for _, square := range []image.Rectangle{image.Rect(0, 0, 60, 60), image.Rect(30, 0, 90, 60), image.Rect(13, 7, 50, 44), image.Rect(89, 59, 90, 60)} {
		part := image.NewNRGBA(image.Rect(0, 0, square.Dx(), square.Dy()))
		draw.Draw(part, part.Rect, m, square.Min, draw.Src)
		alone, err := DecodePicture(pngOf(t, part))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{Size: 16}, {Size: 24, Gray: true}, {Size: 8, Frame: Frame{Side: 0.5, X: 0.1}}} {
			got, err := whole.Cut(square, o)
			if err != nil {
				t.Fatal(err)
			}
			want, err := alone.Square(o)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%v at %+v is another than the picture of it", square, o)
			}
		}
	}
	for _, wrong := range []image.Rectangle{{}, image.Rect(-1, 0, 9, 10), image.Rect(0, 0, 61, 61), image.Rect(0, 0, 10, 11)} {
		if _, err := whole.Cut(wrong, Options{Size: 16}); err == nil {
			t.Errorf("%v is cut of a picture of 90 x 60 pixels", wrong)
		}
	}
}

func TestPicturesAboveAGivenSizeAreNotDecoded(t *testing.T) {
	data := pngOf(t, landmark(30, 20))
	if _, err := DecodeSmall(data, 600); err != nil {
		t.Error(err)
	}
	if _, err := DecodeSmall(data, 599); err == nil {
		t.Error("a picture of 600 pixels is decoded where 599 are taken")
	}
	for side, most := range map[uint32]int{3000: 8_000_000, 60000: 50_000_000} {
		want := fmt.Sprintf("declares a size of %d x %d pixels, more than the %d million that are decoded: make it smaller", side, side, most/1_000_000)
		if _, err := DecodeSmall(bombPNG(side, side), most); err == nil || err.Error() != want {
			t.Errorf("a picture of %d pixels a side, where %d are taken: %v", side, most, err)
		}
	}
}
