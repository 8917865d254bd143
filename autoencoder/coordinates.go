package autoencoder

import (
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// Coordinates are the affine maps between vectors y [values] and latents z [d] that are found before and after an
// autoencoder is trained: the principal components of the vectors, see [Components], and the latents in use, see
// [Basis]. Of [Small] the vectors are the images themselves; its networks add to the maps in the middle.
type Coordinates struct {
	scope  *model.Scope
	values int
	most   int // of the components
}

// NewCoordinates describes the maps, with their weights below scope, of vectors of this many values to at most as many
// latents.
func NewCoordinates(scope *model.Scope, values, latents int) Coordinates {
	return Coordinates{scope, values, latents}
}

// Dim is d, the size of z: the latents in use, or all of the encoder's as long as [Coordinates.SetBasis] has chosen none.
func (c Coordinates) Dim() int {
	if used := c.basis().used(); used > 0 {
		return used
	}
	return c.latent()
}

// latent is the number of latents of the encoder: the components of the linear part once that is set.
func (c Coordinates) latent() int {
	if v := c.scope.At("linear").GetVariable("scale"); v != nil {
		return v.Shape().Dimensions[0]
	}
	return c.most
}

func (c Coordinates) basis() basis { return basis{c.scope.At("basis")} }

func (c Coordinates) linear() linear { return linear{c.scope.At("linear"), c.values, c.latent()} }

// Encode maps vectors y [batch, values] to the mean and the logarithm of the variance of their latents, each [batch, d].
// The variance is that of [Coordinates.SetComponents], the same for all vectors.
func (c Coordinates) Encode(y *Node) (mean, logVar *Node) {
	mean = c.linear().encode(y)
	logVar = BroadcastToDims(ExpandAxes(c.linear().noise(y.Graph()), 0), mean.Shape().Dimensions...)
	return c.basis().encode(mean, logVar)
}

// Decode maps latents z [batch, d] to vectors [batch, values].
func (c Coordinates) Decode(z *Node) *Node { return c.linear().decode(c.basis().decode(z, c.latent())) }

// SetComponents makes an even number of components the latents. What is left out of vectors is taken for noise, as
// probabilistic principal components do (Tipping and Bishop 1999, section 3.2): with the variance σ², the mean of those
// along all directions that are left out, also along the components, it is σ²/(s² + σ²) in a latent. Graphs built before
// go on without it.
func (c Coordinates) SetComponents(p Components) error {
	left := c.values - len(p.Variance)
	return c.setLinear(p, p.Residual/float64(max(1, left)))
}

// setLinear sets the linear part, with noise of this variance in every component of the vectors.
func (c Coordinates) setLinear(p Components, noise float64) error {
	k := len(p.Variance)
	if len(p.Mean) != c.values || len(p.Basis) != c.values*k || k > c.most || k < 2 || k%2 != 0 {
		return fmt.Errorf("autoencoder: %d components of %d values are given, the model takes an even number up to %d, of %d values",
			k, len(p.Mean), c.most, c.values)
	}
	scale, logVar := make([]float32, k), make([]float32, k)
	for j, v := range p.Variance {
		scale[j] = float32(math.Sqrt(v))
		logVar[j] = float32(max(leastLogVar, math.Log(noise/(v+noise))))
	}
	return setAll(c.linear().scope, map[string]weight{
		"mean": {p.Mean, []int{c.values}}, "basis": {p.Basis, []int{c.values, k}}, "scale": {scale, []int{k}},
		"log_var": {logVar, []int{k}},
	})
}

// SetBasis makes the coordinates of b the latents of the autoencoder. Graphs built before go on without it.
func (c Coordinates) SetBasis(b Basis) error {
	dim, used := b.In.Dims()
	if dim != c.latent() {
		return fmt.Errorf("autoencoder: a basis of %d latents is given, the model has %d", dim, c.latent())
	}
	scope := c.basis().scope
	return setAll(scope, map[string]weight{
		"centre":   {float32s(mat.NewDense(1, dim, b.Centre)), []int{dim}},
		"in":       {float32s(b.In), []int{dim, used}},
		"out":      {float32s(b.Out), []int{used, dim}},
		signalName: {float32s(mat.NewDense(1, used, b.Signal)), []int{used}},
	})
}

const signalName = "signal"

// SignalTensor is the name of the tensor behind [Coordinates.Signal] of an autoencoder with its weights below scope. A file
// without it is whole.
func SignalTensor(scope string) string { return scope + "/basis/" + signalName }

// Signal is the variance of each latent's means over that of its noise, [d]; nil where it is not known, or cannot be.
func (c Coordinates) Signal() []float64 {
	v := c.basis().scope.GetVariable(signalName)
	if v == nil || v.Shape().Rank() != 1 || v.Shape().Size() != c.basis().used() {
		return nil
	}
	signal := nn.Float64s(v)
	for _, s := range signal {
		if !(s > 0 && s <= math.MaxFloat32) {
			return nil
		}
	}
	return signal
}

// Reach is how far a unit of each latent moves the image of the linear part: the norm of its change [d], in units of
// pixels; nil for an autoencoder without a linear part.
func (c Coordinates) Reach() []float64 {
	scale := c.scope.At("linear").GetVariable("scale")
	if scale == nil {
		return nil
	}
	reach := nn.Float64s(scale)
	if c.basis().used() == 0 {
		return reach
	}
	out := nn.Float64s(c.basis().scope.GetVariable("out")) // [d, components]
	moved := make([]float64, len(out)/len(reach))
	for i := range moved {
		row := out[i*len(reach) : (i+1)*len(reach)]
		sum := 0.0
		for j, r := range reach {
			sum += row[j] * r * row[j] * r
		}
		moved[i] = math.Sqrt(sum)
	}
	return moved
}
