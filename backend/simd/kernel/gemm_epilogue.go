package kernel

import (
	"math"
	"unsafe"
)

// flags returns the bits for the part of the epilogue that tiles do
// themselves; the rest is left to activateRow.
func (e *Epilogue) flags() uint32 {
	switch e.Activation {
	case ReLU:
		return flagReLU
	case LeakyReLU:
		return flagLeaky
	}
	return 0
}

// curved reports whether the activation is one that needs activateRow.
func (e *Epilogue) curved() bool { return e.Activation > LeakyReLU }

// finishRow brings one row of a product, or a part of it, into C:
// dst = activation(dst, if Accumulate, + src + bias), with bias for the same
// columns or nil.
func (k *Kernels) finishRow(ws *workspace, dst, src, bias []float32, e *Epilogue) {
	flags := e.flags()
	if e.Accumulate {
		flags |= flagAdd
	}
	whole := len(dst) / k.matrix.lanes
	if whole > 0 {
		ws.finish = finishCall{dst: unsafe.Pointer(&dst[0]), src: unsafe.Pointer(&src[0]), vectors: whole, alpha: e.Alpha, flags: flags}
		if bias != nil {
			ws.finish.bias = unsafe.Pointer(&bias[0])
		}
		k.matrix.finish(&ws.finish)
	}
	for j := whole * k.matrix.lanes; j < len(dst); j++ {
		x := src[j]
		if e.Accumulate {
			x += dst[j]
		}
		if bias != nil {
			x += bias[j]
		}
		dst[j] = activateLinear(x, e.Alpha, flags)
	}
	k.activateRow(dst, e.Activation)
}

// activateRow applies an activation that tiles do not know.
func (k *Kernels) activateRow(row []float32, activation Activation) {
	switch activation {
	case Tanh:
		for i, x := range row {
			row[i] = float32(math.Tanh(float64(x)))
		}
	case Sigmoid:
		for i, x := range row {
			row[i] = float32(1 / (1 + math.Exp(-float64(x))))
		}
	case SiLU:
		for i, x := range row {
			row[i] = float32(float64(x) / (1 + math.Exp(-float64(x))))
		}
	}
}
