package prism

import (
	"path/filepath"

	"github.com/dataprism/dataprism/backend/onnx"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// Export writes files for other tools into the folder dir, which exists: ONNX models of the networks for batches of
// the given size and, of the published system's networks, model.safetensors with the names and axes that its code
// has.
//
// The models are encoder.onnx (image to mean and log_variance), decoder.onnx (latent to image), flow.onnx (latent and
// label to code and log_det) and inverse.onnx (code and label to latent). Images are [batch, side, side, channels] in
// [-1, 1]; labels are int32. Of a prism that lacks a stage its models are left out.
func (p *Prism) Export(dir string, batch int) error {
	p.graphs.mu.Lock()
	defer p.graphs.mu.Unlock()
	if p.Config.Net2Net != nil {
		var file weights.File
		if err := p.Config.Net2Net.Export(p.store, &file); err != nil {
			return err
		}
		if err := weights.Write(filepath.Join(dir, "model.safetensors"), &file); err != nil {
			return err
		}
	}
	return p.writeONNX(dir, batch)
}

// writeONNX writes the networks that there are as ONNX models into a folder that exists.
func (p *Prism) writeONNX(folder string, batch int) error {
	side, channels := p.Size()
	images := onnx.Tensor{Name: "image", Shape: shapes.Make(dtypes.Float32, batch, side, side, channels)}
	vectors := func(name string) onnx.Tensor {
		return onnx.Tensor{Name: name, Shape: shapes.Make(dtypes.Float32, batch, p.Dim())}
	}
	labels := onnx.Tensor{Name: "label", Shape: shapes.Make(dtypes.Int32, batch)}
	write := func(name string, inputs []onnx.Tensor, outputs []string, build func(in []*graph.Node) []*graph.Node) error {
		return onnx.Write(filepath.Join(folder, name), p.store, inputs, outputs, build)
	}
	if p.Autoencoder != nil {
		err := write("encoder.onnx", []onnx.Tensor{images}, []string{"mean", "log_variance"}, func(in []*graph.Node) []*graph.Node {
			mean, logVar := p.Autoencoder.Encode(in[0])
			return []*graph.Node{mean, logVar}
		})
		if err != nil {
			return err
		}
		err = write("decoder.onnx", []onnx.Tensor{vectors("latent")}, []string{"image"}, func(in []*graph.Node) []*graph.Node {
			return []*graph.Node{p.Autoencoder.Decode(in[0])}
		})
		if err != nil {
			return err
		}
	}
	if p.Flow == nil {
		return nil
	}
	err := write("flow.onnx", []onnx.Tensor{vectors("latent"), labels}, []string{"code", "log_det"}, func(in []*graph.Node) []*graph.Node {
		v, logDet := p.Flow.Forward(in[0], p.Flow.Condition(in[1]))
		return []*graph.Node{v, logDet}
	})
	if err != nil {
		return err
	}
	return write("inverse.onnx", []onnx.Tensor{vectors("code"), labels}, []string{"latent"}, func(in []*graph.Node) []*graph.Node {
		return []*graph.Node{p.Flow.Inverse(in[0], p.Flow.Condition(in[1]))}
	})
}
