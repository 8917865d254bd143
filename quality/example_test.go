package quality_test

import (
	"fmt"
	"image"
	"image/color"

	"github.com/dataprism/dataprism/quality"
)

func ExampleSharpness() {
	edge, ramp := image.NewGray(image.Rect(0, 0, 64, 64)), image.NewGray(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			edge.SetGray(x, y, color.Gray{Y: uint8(255 * (x / 32))})
			ramp.SetGray(x, y, color.Gray{Y: uint8(4 * x)})
		}
	}
	for _, picture := range []image.Image{edge, ramp} {
		fmt.Printf("%.0f\n", quality.Sharpness(quality.Luma(picture, color.RGBA{A: 255})))
	}
	// Output:
	// 2098
	// 0
}
