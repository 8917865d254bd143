package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of moveCall and finishCall.
const (
	moveDst, moveSrc             = 0, 8
	moveDstStride, moveSrcStride = 16, 24
	moveCount, moveVectors       = 32, 40
	movePanels, movePanelStride  = 48, 56

	finishDst, finishSrc, finishBias = 0, 8, 16
	finishVectors                    = 24
	finishAlpha, finishFlags         = 32, 36
)

// loadFields loads 64-bit fields of the argument.
func loadFields(w width, call reg.Register, offsets ...int) []reg.GPVirtual {
	var fields []reg.GPVirtual
	for _, offset := range offsets {
		r := w.GP64()
		w.MOVQ(operand.Mem{Base: call, Disp: offset}, r)
		fields = append(fields, r)
	}
	return fields
}

// copyPanels writes the routine that cuts count rows into panels of equal width: vector columns of a row go to panels
// that lie one after the other.
func copyPanels(w width) {
	call := w.Load(w.Param("call"), w.GP64())
	f := loadFields(w, call, moveDst, moveSrc, moveDstStride, moveSrcStride, moveCount, moveVectors, movePanelStride)
	dst, src, dstStride, srcStride, count, vectors, panelStride := f[0], f[1], f[2], f[3], f[4], f[5], f[6]
	from, to, left := w.GP64(), w.GP64(), w.GP64()
	rows := func(name string, n int) {
		w.Label(name)
		w.MOVQ(src, from)
		w.MOVQ(dst, to)
		w.MOVQ(operand.Mem{Base: call, Disp: movePanels}, left)
		w.Label(name + "Panel")
		for v := range n {
			x := w.vector()
			if v*w.bytes%64 == 0 { // the same columns some rows on, which lie on another page
				w.PREFETCHT0(operand.Mem{Base: from, Index: srcStride, Scale: 4, Disp: v * w.bytes})
			}
			w.VMOVUPS(w.at(from, v), x)
			w.VMOVUPS(x, w.at(to, v))
		}
		w.ADDQ(operand.U32(n*w.bytes), from)
		w.ADDQ(panelStride, to)
		w.DECQ(left)
		w.JNZ(operand.LabelRef(name + "Panel"))
		w.ADDQ(srcStride, src)
		w.ADDQ(dstStride, dst)
		w.DECQ(count)
		w.JNZ(operand.LabelRef(name))
		w.VZEROUPPER()
		w.RET()
	}
	w.CMPQ(vectors, operand.U32(2))
	w.JE(operand.LabelRef("two"))
	w.JG(operand.LabelRef("three"))
	rows("one", 1)
	rows("two", 2)
	rows("three", 3)
}

// finishRow writes the routine that brings a row of a product into C.
func finishRow(w width) {
	call := w.Load(w.Param("call"), w.GP64())
	f := loadFields(w, call, finishDst, finishSrc, finishBias, finishVectors)
	dst, src, bias, vectors := f[0], f[1], f[2], f[3]
	flags, index := w.GP32(), w.GP64()
	w.MOVL(operand.Mem{Base: call, Disp: finishFlags}, flags)
	w.XORQ(index, index)
	alpha, zero := w.vector(), w.zero()
	w.VBROADCASTSS(operand.Mem{Base: call, Disp: finishAlpha}, alpha)

	at := func(base reg.Register) operand.Mem { return operand.Mem{Base: base, Index: index, Scale: 1} }
	x := w.vector()
	w.Label("vector")
	w.VMOVUPS(at(src), x)
	w.TESTL(operand.U32(flagAdd), flags)
	w.JZ(operand.LabelRef("noAdd"))
	w.VADDPS(at(dst), x, x)
	w.Label("noAdd")
	w.TESTQ(bias, bias)
	w.JZ(operand.LabelRef("noBias"))
	w.VADDPS(at(bias), x, x)
	w.Label("noBias")
	w.TESTL(operand.U32(flagReLU), flags)
	w.JZ(operand.LabelRef("noReLU"))
	w.VMAXPS(x, zero, x)
	w.Label("noReLU")
	w.TESTL(operand.U32(flagLeaky), flags)
	w.JZ(operand.LabelRef("noLeaky"))
	w.scaleNegative(x, alpha, zero)
	w.Label("noLeaky")
	w.VMOVUPS(x, at(dst))
	w.ADDQ(operand.U32(w.bytes), index)
	w.DECQ(vectors)
	w.JNZ(operand.LabelRef("vector"))
	w.VZEROUPPER()
	w.RET()
}

// transposeBlocks writes the routine that transposes square blocks of one vector's width that lie side by side in
// src, to blocks one below the other in dst. exchange transposes the vectors of a block among themselves.
func transposeBlocks(w width, exchange func(rows []reg.VecVirtual) []reg.VecVirtual) {
	call := w.Load(w.Param("call"), w.GP64())
	f := loadFields(w, call, moveDst, moveSrc, moveDstStride, moveSrcStride, moveCount)
	dst, src, dstStride, srcStride, count := f[0], f[1], f[2], f[3], f[4]
	from := w.GP64()
	w.Label("block")
	w.MOVQ(src, from)
	rows := make([]reg.VecVirtual, w.lanes())
	for i := range rows {
		rows[i] = w.vector()
		w.VMOVUPS(operand.Mem{Base: from}, rows[i])
		w.ADDQ(srcStride, from)
	}
	for _, row := range exchange(rows) {
		w.VMOVUPS(row, operand.Mem{Base: dst})
		w.ADDQ(dstStride, dst)
	}
	w.ADDQ(operand.U32(w.bytes), src)
	w.DECQ(count)
	w.JNZ(operand.LabelRef("block"))
	w.VZEROUPPER()
	w.RET()
}

// transpose4 transposes the 4 x 4 blocks that four vectors hold in their 128-bit lanes.
func transpose4(w width, r []reg.VecVirtual) []reg.VecVirtual {
	low, high := [2]reg.VecVirtual{}, [2]reg.VecVirtual{}
	for i := range 2 {
		low[i], high[i] = w.vector(), w.vector()
		w.VUNPCKLPS(r[2*i+1], r[2*i], low[i])
		w.VUNPCKHPS(r[2*i+1], r[2*i], high[i])
	}
	out := []reg.VecVirtual{w.vector(), w.vector(), w.vector(), w.vector()}
	for i, pair := range [][2]reg.VecVirtual{low, high} {
		w.VUNPCKLPD(pair[1], pair[0], out[2*i])
		w.VUNPCKHPD(pair[1], pair[0], out[2*i+1])
	}
	return out
}

// transpose16 transposes blocks of 16 x 16.
func transpose16(w width) {
	transposeBlocks(w, func(rows []reg.VecVirtual) []reg.VecVirtual {
		var parts [4][]reg.VecVirtual // parts[i][j]: columns 4l+j of rows 4i to 4i+3, in lane l
		for i := range parts {
			parts[i] = transpose4(w, rows[4*i:4*i+4])
		}
		out := make([]reg.VecVirtual, 16)
		for j := range 4 {
			a, b, c, d := parts[0][j], parts[1][j], parts[2][j], parts[3][j]
			mix := func(select0 uint8, x, y reg.VecVirtual) reg.VecVirtual {
				z := w.vector()
				w.VSHUFF32X4(operand.U8(select0), y, x, z)
				return z
			}
			ab02, ab13 := mix(0x88, a, b), mix(0xdd, a, b) // lanes 0 and 2, 1 and 3
			cd02, cd13 := mix(0x88, c, d), mix(0xdd, c, d)
			out[j], out[8+j] = mix(0x88, ab02, cd02), mix(0xdd, ab02, cd02)
			out[4+j], out[12+j] = mix(0x88, ab13, cd13), mix(0xdd, ab13, cd13)
		}
		return out
	})
}

// transpose8 transposes blocks of 8 x 8.
func transpose8(w width) {
	transposeBlocks(w, func(rows []reg.VecVirtual) []reg.VecVirtual {
		top, bottom := transpose4(w, rows[:4]), transpose4(w, rows[4:])
		out := make([]reg.VecVirtual, 8)
		for j := range 4 {
			out[j], out[4+j] = w.vector(), w.vector()
			w.VPERM2F128(operand.U8(0x20), bottom[j], top[j], out[j])
			w.VPERM2F128(operand.U8(0x31), bottom[j], top[j], out[4+j])
		}
		return out
	})
}
