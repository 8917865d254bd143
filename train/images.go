package train

import (
	"math/rand/v2"

	"github.com/dataprism/dataprism/collection"
)

// augmented returns the images of the picks, mirrored and changed in contrast and brightness as cfg says.
func augmented(d *collection.Dataset, picks []pick, cfg Config, rng *rand.Rand) []float32 {
	width := d.Size * d.Size * d.Channels
	images := make([]float32, len(picks)*width)
	for i, p := range picks {
		image := images[i*width : (i+1)*width]
		collection.Floats(image, d.Collections[p.collection].Pixels(p.row))
		if cfg.Flip && rng.IntN(2) == 1 {
			mirror(image, d.Size, d.Channels)
		}
		if cfg.Jitter > 0 {
			jitter(image, cfg.Jitter, rng)
		}
	}
	return images
}

func mirror(image []float32, size, channels int) {
	for y := range size {
		line := image[y*size*channels : (y+1)*size*channels]
		for l, r := 0, size-1; l < r; l, r = l+1, r-1 {
			for c := range channels {
				line[l*channels+c], line[r*channels+c] = line[r*channels+c], line[l*channels+c]
			}
		}
	}
}

// jitter multiplies the contrast about the image's mean by up to 1 ± amount and shifts its brightness by up to
// ± amount·2/3, both within [-1, 1].
func jitter(image []float32, amount float64, rng *rand.Rand) {
	var mean float32
	for _, v := range image {
		mean += v
	}
	mean /= float32(len(image))
	gain := 1 + float32(amount*(2*rng.Float64()-1))
	shift := float32(amount * 2 / 3 * (2*rng.Float64() - 1))
	for i, v := range image {
		image[i] = max(-1, min(1, (v-mean)*gain+mean+shift))
	}
}
