package collection

import (
	"math"
	"testing"
)

func TestFloatsGoFromMinusOneToOneInEqualSteps(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	values := make([]float32, len(all))
	Floats(values, all)
	for i, v := range values {
		if want := float64(2*i-255) / 255; math.Abs(float64(v)-want) > 1e-7 {
			t.Errorf("%d becomes %v, not %v", i, v, want)
		}
	}
}

func TestImagesOfSeveralCollections(t *testing.T) {
	d := opened(t, Options{}, pictures(t, "", 3).folder(t), pictures(t, "", 5).folder(t))
	images := d.ImagesOf([]int{1, 0, 1}, []int{4, 2, 0})
	for i, want := range []byte{4, 2, 0} {
		first := make([]float32, 1)
		if Floats(first, []byte{want}); images[i*8*8*3] != first[0] {
			t.Errorf("image %d begins with %v, want the one of red %d", i, images[i*8*8*3], want)
		}
	}
}
