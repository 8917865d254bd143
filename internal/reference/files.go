package reference

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/weights"
	"github.com/dataprism/dataprism/weights/checkpoint"
	"github.com/dataprism/dataprism/weights/onnx"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// ReadFile reads the weights of a PyTorch checkpoint or of a safetensors file; which of them it is, is told by how the
// file begins. No code of a checkpoint is run.
func ReadFile(path string) (*weights.File, error) {
	pickled, err := isPickled(path)
	if err != nil {
		return nil, err
	}
	if !pickled {
		return weights.Read(path)
	}
	c, err := checkpoint.Read(path)
	if err != nil {
		return nil, err
	}
	return c.Weights, nil
}

// isPickled reports whether a file begins like a zip archive or a pickle, and not with the length of a header.
func isPickled(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("read weights: %w", err)
	}
	defer file.Close()
	start := make([]byte, 9)
	n, _ := file.ReadAt(start, 0)
	return n < len(start) || start[8] != '{', nil
}

// Sizes are the sizes of what goes into and comes out of networks.
type Sizes struct {
	Batch          int // rows of each call
	Side, Channels int // of images
	Latent         int
}

// WriteONNX writes the networks as ONNX models into a folder that exists: encoder.onnx (image to mean and log_variance),
// decoder.onnx (latent to image), flow.onnx (latent and label to code and log_det) and inverse.onnx (code and label
// to latent). Images are [batch, side, side, channels] in [-1, 1]; labels are int32. What is nil is left out.
func WriteONNX(folder string, store *model.Store, a Autoencoder, f Flow, sizes Sizes) error {
	images := onnx.Tensor{Name: "image", Shape: shapes.Make(dtypes.Float32, sizes.Batch, sizes.Side, sizes.Side, sizes.Channels)}
	vectors := func(name string) onnx.Tensor {
		return onnx.Tensor{Name: name, Shape: shapes.Make(dtypes.Float32, sizes.Batch, sizes.Latent)}
	}
	labels := onnx.Tensor{Name: "label", Shape: shapes.Make(dtypes.Int32, sizes.Batch)}
	write := func(name string, inputs []onnx.Tensor, outputs []string, build func(in []*Node) []*Node) error {
		return onnx.Write(filepath.Join(folder, name), store, inputs, outputs, build)
	}
	if a != nil {
		err := write("encoder.onnx", []onnx.Tensor{images}, []string{"mean", "log_variance"}, func(in []*Node) []*Node {
			mean, logVar := a.Encode(in[0])
			return []*Node{mean, logVar}
		})
		if err != nil {
			return err
		}
		err = write("decoder.onnx", []onnx.Tensor{vectors("latent")}, []string{"image"}, func(in []*Node) []*Node {
			return []*Node{a.Decode(in[0])}
		})
		if err != nil {
			return err
		}
	}
	if f == nil {
		return nil
	}
	err := write("flow.onnx", []onnx.Tensor{vectors("latent"), labels}, []string{"code", "log_det"}, func(in []*Node) []*Node {
		v, logDet := f.Forward(in[0], f.Condition(in[1]))
		return []*Node{v, logDet}
	})
	if err != nil {
		return err
	}
	return write("inverse.onnx", []onnx.Tensor{vectors("code"), labels}, []string{"latent"}, func(in []*Node) []*Node {
		return []*Node{f.Inverse(in[0], f.Condition(in[1]))}
	})
}
