package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// width is a vector width with what differs between the widths.
type width struct {
	*build.Context
	suffix string
	bytes  int     // of a vector
	shapes []shape // of the tiles
	vector func() reg.VecVirtual

	// transpose writes the body of the routine that transposes blocks.
	transpose func(w width)
	// constants writes the data that the other parts refer to.
	constants func()
	// tailMask returns the mask of the first columns of a vector, for maskedLoad and maskedStore, from their number.
	tailMask    func(columns reg.GPVirtual) reg.Register
	maskedLoad  func(from operand.Mem, mask reg.Register, to reg.VecVirtual)
	maskedStore func(from reg.VecVirtual, mask reg.Register, to operand.Mem)
	// scaleNegative multiplies the negative elements of x by alpha.
	scaleNegative func(x, alpha, zero reg.VecVirtual)
}

// shape is the size of a tile: quads of four rows, and vectors of columns.
type shape struct{ quads, vectors int }

func (w width) lanes() int { return w.bytes / 4 }

// at returns the memory v vectors behind a base.
func (w width) at(base reg.Register, v int) operand.Mem {
	return operand.Mem{Base: base, Disp: v * w.bytes}
}

func (w width) zero() reg.VecVirtual {
	z := w.vector()
	w.VXORPS(z, z, z)
	return z
}

func wide512(ctx *build.Context) width {
	w := width{Context: ctx, suffix: "AVX512", bytes: 64, vector: ctx.ZMM, transpose: transpose16}
	for quads := 1; quads <= 3; quads++ {
		w.shapes = append(w.shapes, shape{quads, 1}, shape{quads, 2})
	}
	w.constants = func() {}
	w.tailMask = func(columns reg.GPVirtual) reg.Register {
		bits, k := ctx.GP64(), ctx.K()
		ctx.MOVQ(columns, reg.RCX)
		ctx.MOVQ(operand.U32(1), bits)
		ctx.SHLQ(reg.CL, bits)
		ctx.DECQ(bits)
		ctx.KMOVW(bits.As32(), k)
		return k
	}
	w.maskedLoad = func(from operand.Mem, mask reg.Register, to reg.VecVirtual) { ctx.VMOVUPS_Z(from, mask, to) }
	w.maskedStore = func(from reg.VecVirtual, mask reg.Register, to operand.Mem) { ctx.VMOVUPS(from, mask, to) }
	w.scaleNegative = func(x, alpha, zero reg.VecVirtual) {
		k := ctx.K()
		ctx.VCMPPS(operand.U8(1), zero, x, k) // x < 0, false for NaN
		ctx.VMULPS(alpha, x, k, x)
	}
	return w
}

func wide256(ctx *build.Context) width {
	w := width{Context: ctx, suffix: "AVX2", bytes: 32, vector: ctx.YMM, transpose: transpose8}
	w.shapes = []shape{{1, 1}, {1, 2}, {1, 3}}
	const masks = "tailMasksAVX2"
	w.constants = func() {
		ctx.StaticGlobal(masks)
		ctx.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range 16 {
			value := operand.U32(0)
			if i < 8 {
				value = 0xffffffff
			}
			ctx.AppendDatum(value)
		}
	}
	w.tailMask = func(columns reg.GPVirtual) reg.Register {
		table, mask := ctx.GP64(), ctx.YMM()
		ctx.LEAQ(operand.NewDataAddr(operand.NewStaticSymbol(masks), 32), table)
		ctx.SHLQ(operand.U8(2), columns)
		ctx.SUBQ(columns, table)
		ctx.VMOVUPS(operand.Mem{Base: table}, mask)
		return mask
	}
	w.maskedLoad = func(from operand.Mem, mask reg.Register, to reg.VecVirtual) { ctx.VMASKMOVPS(from, mask, to) }
	w.maskedStore = func(from reg.VecVirtual, mask reg.Register, to operand.Mem) { ctx.VMASKMOVPS(from, mask, to) }
	w.scaleNegative = func(x, alpha, zero reg.VecVirtual) {
		scaled := ctx.YMM()
		ctx.VMULPS(alpha, x, scaled)
		ctx.VBLENDVPS(x, scaled, x, x) // by the sign bit of x
	}
	return w
}

// label returns a jump target that is unique in its function.
func label(format string, args ...any) string { return fmt.Sprintf(format, args...) }
