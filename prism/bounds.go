package prism

import "fmt"

// bounds are the largest sizes that are taken from a configuration: beyond any that can be trained, and small enough
// that a few lines of text cannot ask for all memory before a file's weights contradict them.
const (
	mostPixels      = 1024 // of an image's side
	mostCollections = 4096
	mostUnits       = 1 << 16 // of a layer, a latent, an embedding
	mostLayers      = 1024
)

// checkBounds names a size that is beyond bounds.
func (c Config) checkBounds() error {
	type size struct {
		name        string
		value, most int
	}
	sizes := []size{
		{"autoencoder.size", c.Autoencoder.Size, mostPixels}, {"autoencoder.latent", c.Autoencoder.Latent, mostUnits},
		{"autoencoder.width", c.Autoencoder.Width, mostUnits},
		{"flow.dim", c.Flow.Dim, mostUnits}, {"flow.collections", c.Flow.Collections, mostCollections},
		{"flow.blocks", c.Flow.Blocks, mostLayers}, {"flow.hidden", c.Flow.Hidden, mostUnits},
		{"flow.depth", c.Flow.Depth, mostLayers}, {"flow.embedding", c.Flow.Embedding, mostUnits},
	}
	if a := c.Pretrained; a != nil {
		sizes = append(sizes, size{"pretrained.size", a.Size, mostPixels}, size{"pretrained.latent", a.Latent, mostUnits})
	}
	if m := c.Net2Net; m != nil {
		sizes = nil
		if a := m.Small; a != nil {
			sizes = append(sizes, size{"net2net_32.size", a.Size, mostPixels}, size{"net2net_32.latent", a.Latent, mostUnits})
		}
		if a := m.Large; a != nil {
			sizes = append(sizes, size{"net2net_256.latent", a.Latent, mostUnits}, size{"net2net_256.width", a.Width, mostUnits})
		}
		if f := m.Flow; f != nil {
			sizes = append(sizes, size{"flow.dim", f.Dim, mostUnits}, size{"flow.collections", f.Collections, mostCollections},
				size{"flow.blocks", f.Blocks, mostLayers}, size{"flow.hidden", f.Hidden, mostUnits}, size{"flow.depth", f.Depth, mostLayers},
				size{"flow.embedding", f.Embedding, mostUnits}, size{"flow.embedder_hidden", f.EmbedderHidden, mostUnits},
				size{"flow.embedder_depth", f.EmbedderDepth, mostLayers})
		}
	}
	for _, s := range sizes {
		if s.value > s.most {
			return fmt.Errorf("prism: %s is %d, but must be at most %d", s.name, s.value, s.most)
		}
	}
	return nil
}
