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
	if err := images.Check("images"); err != nil {
		return nil, err
	}
	if images.H < 2 || images.W < 2 {
		return nil, fmt.Errorf("gradient energy needs images of 2x2 pixels or more, got %dx%d", images.H, images.W)
	}
	out := make([]float64, images.N)
	row := images.W * images.C
	for i := range out {
		pixels := images.Image(i)
		var right, down float64
		for y := range images.H {
			line := pixels[y*row : (y+1)*row]
			for x := images.C; x < row; x++ {
				d := float64(line[x]) - float64(line[x-images.C])
				right += d * d
			}
			if y > 0 {
				above := pixels[(y-1)*row : y*row]
				for x, v := range line {
					d := float64(v) - float64(above[x])
					down += d * d
				}
			}
		}
		out[i] = right/float64(images.H*(images.W-1)*images.C) + down/float64((images.H-1)*row)
	}
	return out, nil
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
