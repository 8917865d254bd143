package pretrained_test

import (
	"fmt"

	"github.com/dataprism/dataprism/pretrained"
)

// The latents of an image of 256 pixels are themselves an image, of whose 4,096 values the prism takes the leading
// components.
func Example() {
	c := pretrained.Config{TAESD: &pretrained.TAESDConfig{Width: 64, Channels: 4}, Size: 256, Channels: 3, Latent: 384}
	fmt.Println(c.Validate(), c.Name(), c.LatentShape())

	_, err := pretrained.Read("taesd_encoder.safetensors", "taesd_decoder.safetensors")
	fmt.Println(err != nil) // the files are the user's
	// Output:
	// <nil> TAESD [32 32 4]
	// true
}
