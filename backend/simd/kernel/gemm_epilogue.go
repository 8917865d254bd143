package kernel

import "unsafe"

// flags returns the bits for the part of the epilogue that tiles do themselves; the rest is left to activateRow.
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

// finishRow brings one row of a product, or a part of it, into C: dst = activation(dst, if Accumulate, + src + bias),
// with bias for the same columns or nil.
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
	k.activateRow(ws, dst, e.Activation)
}

// activateRow applies an activation that tiles do not know.
func (k *Kernels) activateRow(ws *workspace, row []float32, activation Activation) {
	if activation <= LeakyReLU || len(row) == 0 {
		return
	}
	x := unsafe.Pointer(&row[0])
	ws.curve = call{dst: x, a: x, stepA: 1, n: len(row)}
	switch activation {
	case Tanh:
		k.vector.ops[OpTanh](&ws.curve)
	case Sigmoid:
		k.vector.ops[OpLogistic](&ws.curve)
	case SiLU:
		gate := unsafe.Pointer(&ws.gate.grow(len(row))[0])
		ws.curve.dst = gate
		k.vector.ops[OpLogistic](&ws.curve)
		ws.curve = call{dst: x, a: x, b: gate, stepA: 1, stepB: 1, n: len(row)}
		k.vector.ops[OpMul](&ws.curve)
	}
	ws.curve = call{} // keep no operand alive
}
