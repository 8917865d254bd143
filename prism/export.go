package prism

import (
	"path/filepath"

	"github.com/dataprism/dataprism/internal/reference"
	"github.com/dataprism/dataprism/weights"
)

// Export makes the folder dir, which must not be there or be empty, of files for other tools: ONNX models of the
// networks for batches of the given size (encoder.onnx, decoder.onnx, flow.onnx, inverse.onnx), and, of the reference's
// networks, model.safetensors with the names and axes that the published code has.
func (p *Prism) Export(dir string, batch int) error {
	p.graphs.mu.Lock()
	defer p.graphs.mu.Unlock()
	return writeFolder(dir, func(temporary string) error {
		if p.Config.Reference != nil {
			var file weights.File
			if err := p.Config.Reference.Export(p.store, &file); err != nil {
				return err
			}
			if err := weights.Write(filepath.Join(temporary, WeightsFile), &file); err != nil {
				return err
			}
		}
		side, channels := p.Size()
		sizes := reference.Sizes{Batch: batch, Side: side, Channels: channels, Latent: p.Dim()}
		return reference.WriteONNX(temporary, p.store, p.Autoencoder, p.Flow, sizes)
	})
}
