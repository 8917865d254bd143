package kernel

import (
	"math"
	"unsafe"
)

//go:generate go run ./internal/gen/vector -out vector_amd64.s -stubs vector_amd64_gen.go -pkg kernel

// vectorFor returns the kernels on arrays of a level. Operations without a kernel in assembly keep the portable one.
func vectorFor(level Level) *vectorTable {
	t := portableVector()
	switch level {
	case AVX2:
		t.setAVX2()
	case AVX512:
		t.setAVX512()
	default:
		return t
	}
	t.ops[OpSin] = withLargeAngles(t.ops[OpSin], math.Sin)
	t.ops[OpCos] = withLargeAngles(t.ops[OpCos], math.Cos)
	lanes := 8
	if level == AVX512 {
		lanes = 16
	}
	t.loadBool = withTail(t.loadBool, portableLoadBool, 1, 4, lanes)
	t.loadI32 = withTail(t.loadI32, portableLoadI32, 4, 4, lanes)
	t.storeBool = withTail(t.storeBool, portableStoreBool, 4, 1, lanes)
	t.storeI32 = withTail(t.storeI32, portableStoreI32, 4, 4, lanes)
	return t
}

func (t *vectorTable) setAVX2() {
	t.ops = [opCount]kernelFunc{
		OpPow: t.ops[OpPow], OpAtan2: t.ops[OpAtan2], OpRem: t.ops[OpRem],
		OpCopy: copyAVX2, OpNeg: negAVX2, OpAbs: absAVX2, OpSign: signAVX2, OpSquare: squareAVX2,
		OpSqrt: sqrtAVX2, OpRsqrt: rsqrtAVX2, OpExp: expAVX2, OpExpm1: expm1AVX2, OpLog: logAVX2, OpLog1p: log1pAVX2,
		OpTanh: tanhAVX2, OpLogistic: logisticAVX2, OpSin: sinAVX2, OpCos: cosAVX2, OpErf: erfAVX2,
		OpFloor: floorAVX2, OpCeil: ceilAVX2, OpRound: nearestAVX2, OpTrunc: truncAVX2,
		OpNot: notAVX2, OpIsNaN: isNaNAVX2, OpIsFinite: isFiniteAVX2,
		OpAdd: addAVX2, OpSub: subAVX2, OpMul: mulAVX2, OpDiv: divAVX2, OpMax: maxAVX2, OpMin: minAVX2,
		OpEq: eqAVX2, OpNe: neAVX2, OpLt: ltAVX2, OpLe: leAVX2, OpGt: gtAVX2, OpGe: geAVX2,
		OpAnd: andAVX2, OpOr: orAVX2, OpXor: xorAVX2, OpSelect: chooseAVX2, OpFMA: fmaAVX2,
	}
	t.fold = [Min + 1]kernelFunc{Sum: sumRowsAVX2, Product: productRowsAVX2, Max: maxRowsAVX2, Min: minRowsAVX2}
	t.loadBool, t.storeBool, t.loadI32, t.storeI32 = loadBoolAVX2, storeBoolAVX2, loadI32AVX2, storeI32AVX2
	t.joinRows, t.splatRows = joinRowsAVX2, splatRowsAVX2
	t.transposePanel, t.panel, t.adamW = transposePanelAVX2, 8, adamWAVX2
}

func (t *vectorTable) setAVX512() {
	t.ops = [opCount]kernelFunc{
		OpPow: t.ops[OpPow], OpAtan2: t.ops[OpAtan2], OpRem: t.ops[OpRem],
		OpCopy: copyAVX512, OpNeg: negAVX512, OpAbs: absAVX512, OpSign: signAVX512, OpSquare: squareAVX512,
		OpSqrt: sqrtAVX512, OpRsqrt: rsqrtAVX512, OpExp: expAVX512, OpExpm1: expm1AVX512, OpLog: logAVX512, OpLog1p: log1pAVX512,
		OpTanh: tanhAVX512, OpLogistic: logisticAVX512, OpSin: sinAVX512, OpCos: cosAVX512, OpErf: erfAVX512,
		OpFloor: floorAVX512, OpCeil: ceilAVX512, OpRound: nearestAVX512, OpTrunc: truncAVX512,
		OpNot: notAVX512, OpIsNaN: isNaNAVX512, OpIsFinite: isFiniteAVX512,
		OpAdd: addAVX512, OpSub: subAVX512, OpMul: mulAVX512, OpDiv: divAVX512, OpMax: maxAVX512, OpMin: minAVX512,
		OpEq: eqAVX512, OpNe: neAVX512, OpLt: ltAVX512, OpLe: leAVX512, OpGt: gtAVX512, OpGe: geAVX512,
		OpAnd: andAVX512, OpOr: orAVX512, OpXor: xorAVX512, OpSelect: chooseAVX512, OpFMA: fmaAVX512,
	}
	t.fold = [Min + 1]kernelFunc{Sum: sumRowsAVX512, Product: productRowsAVX512, Max: maxRowsAVX512, Min: minRowsAVX512}
	t.loadBool, t.storeBool, t.loadI32, t.storeI32 = loadBoolAVX512, storeBoolAVX512, loadI32AVX512, storeI32AVX512
	t.joinRows, t.splatRows = joinRowsAVX512, splatRowsAVX512
	t.transposePanel, t.panel, t.adamW = transposePanelAVX512, 16, adamWAVX512
}

// withTail completes a conversion that handles whole vectors only: the rest, and operands that do not advance, go to
// the portable kernel. read and write are the bytes of an element. It uses up the call.
func withTail(whole, rest kernelFunc, read, write, lanes int) kernelFunc {
	return func(c *call) {
		done := 0
		if c.stepA == 1 {
			whole(c)
			done = c.n &^ (lanes - 1)
		}
		if done == c.n {
			return
		}
		c.a = unsafe.Add(c.a, read*done)
		c.dst = unsafe.Add(c.dst, write*done)
		c.n -= done
		rest(c)
	}
}

// largeAngle is the greatest magnitude that the kernels of sine and cosine
// compute. They pass greater ones, and NaN, through.
const largeAngle = 32768

// withLargeAngles computes what a kernel of sine or cosine has passed through.
func withLargeAngles(kernel kernelFunc, f func(float64) float64) kernelFunc {
	return func(c *call) {
		kernel(c)
		dst := floatsAt(c.dst, c.n)
		for i, x := range dst {
			if !(x >= -largeAngle && x <= largeAngle) {
				dst[i] = float32(f(float64(x)))
			}
		}
	}
}
