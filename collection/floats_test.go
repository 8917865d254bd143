package collection

import (
	"slices"
	"testing"
)

func TestFloatsAndBytesAreInverse(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	values := make([]float32, len(all))
	Floats(values, all)
	if values[0] != -1 || values[255] != 1 {
		t.Errorf("0 and 255 become %v and %v", values[0], values[255])
	}
	if !slices.Equal(Bytes(values), all) {
		t.Errorf("values come back as %v", Bytes(values))
	}
	if got := Bytes([]float32{-7, 1.001, 3e38}); !slices.Equal(got, []byte{0, 255, 255}) {
		t.Errorf("values out of range become %v", got)
	}
}

func TestImagesOfSeveralCollections(t *testing.T) {
	d := opened(t, Options{}, pictures(t, "", 3).folder(t), pictures(t, "", 5).folder(t))
	images := d.ImagesOf([]int{1, 0, 1}, []int{4, 2, 0})
	for i, want := range []byte{4, 2, 0} {
		if got := Bytes(images[i*8*8*3:][:3]); got[0] != want {
			t.Errorf("image %d is %v, want the one of red %d", i, got, want)
		}
	}
}
