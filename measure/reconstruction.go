package measure

import (
	"fmt"
	"math"
)

// AbsoluteErrors returns the mean absolute difference of the pixels of each pair of images: in units of the [-1, 1]
// scale, so from 0 to 2.
func AbsoluteErrors(images, reconstructions Images) ([]float64, error) {
	if err := samePairs(images, reconstructions); err != nil {
		return nil, err
	}
	out := make([]float64, images.N)
	for i := range out {
		a, b := images.Image(i), reconstructions.Image(i)
		var sum float64
		for j, x := range a {
			sum += math.Abs(float64(x) - float64(b[j]))
		}
		out[i] = sum / float64(len(a))
	}
	return out, nil
}

// GradientEnergies returns for each image the mean over pixels and channels of the squared forward differences, right
// and down: large where edges and texture are sharp. Reconstructions that blur have less of it than their originals;
// the ratio of the means, by [MeanRatio], is the sharpness.
func GradientEnergies(images Images) ([]float64, error) {
	if err := checkGradient(images); err != nil {
		return nil, err
	}
	out := make([]float64, images.N)
	for i := range out {
		out[i] = gradient(images, images.Image(i), func(d float64) float64 { return d * d })
	}
	return out, nil
}

// level is a step of 8-bit pixels in [-1, 1].
const level = 2.0 / 255

// MissedEdges returns for each image the share of its edges that its reconstruction misses: the mean absolute forward
// difference, right and down, of their difference over that of the image. It is 0 where both have the same edges, 1
// where the reconstruction has none, and more where it has edges of its own. A level of 8 bits is added to both means,
// so that an image without edges misses about all. Unlike [AbsoluteErrors] it does not favour images of little contrast.
func MissedEdges(images, reconstructions Images) ([]float64, error) {
	if err := samePairs(images, reconstructions); err != nil {
		return nil, err
	}
	if err := checkGradient(images); err != nil {
		return nil, err
	}
	out := make([]float64, images.N)
	missed := make([]float32, images.H*images.W*images.C)
	for i := range out {
		own, other := images.Image(i), reconstructions.Image(i)
		for j, x := range own {
			missed[j] = x - other[j]
		}
		out[i] = (gradient(images, missed, math.Abs) + level) / (gradient(images, own, math.Abs) + level)
	}
	return out, nil
}

func checkGradient(images Images) error {
	if err := images.Check("images"); err != nil {
		return err
	}
	if images.H < 2 || images.W < 2 {
		return fmt.Errorf("gradients need images of 2x2 pixels or more, got %dx%d", images.H, images.W)
	}
	return nil
}

// gradient is the mean of what size makes of forward differences to the right, and that of those down, of pixels laid
// out as those of images.
func gradient(images Images, pixels []float32, size func(d float64) float64) float64 {
	row := images.W * images.C
	var right, down float64
	for y := range images.H {
		line := pixels[y*row : (y+1)*row]
		for x := images.C; x < row; x++ {
			right += size(float64(line[x]) - float64(line[x-images.C]))
		}
		if y > 0 {
			above := pixels[(y-1)*row : y*row]
			for x, v := range line {
				down += size(float64(v) - float64(above[x]))
			}
		}
	}
	return right/float64(images.H*(images.W-1)*images.C) + down/float64((images.H-1)*row)
}

func samePairs(a, b Images) error {
	if err := a.Check("images"); err != nil {
		return err
	}
	if err := b.Check("reconstructions"); err != nil {
		return err
	}
	if a.N != b.N || a.H != b.H || a.W != b.W || a.C != b.C {
		return fmt.Errorf("images are %dx%dx%dx%d, reconstructions %dx%dx%dx%d", a.N, a.H, a.W, a.C, b.N, b.H, b.W, b.C)
	}
	return nil
}
