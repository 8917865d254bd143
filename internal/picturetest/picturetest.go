// Package picturetest compares pictures in tests.
package picturetest

import (
	"image"
	"image/color"
	"math"
)

// Difference is the mean difference of the lightness of two pictures of a size, from 0 to 255.
func Difference(a, b image.Image) float64 {
	sum, bounds := 0.0, a.Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			first, second := color.GrayModel.Convert(a.At(x, y)).(color.Gray), color.GrayModel.Convert(b.At(x, y)).(color.Gray)
			sum += math.Abs(float64(first.Y) - float64(second.Y))
		}
	}
	return sum / float64(bounds.Dx()*bounds.Dy())
}
