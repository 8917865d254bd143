package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// quadRows is the number of rows of a quad.
const quadRows = 4

// Offsets of the fields of tileCall, tile and segment, checked at compile time by the declarations that this command
// writes.
const (
	callA, callB, callC          = 0, 8, 16
	callRowA                     = 24 // of rows 1 to 3
	callStepA, callStepB         = 48, 56
	callRowC                     = 64 // of rows 1 to 3
	callSegments, callNSegments  = 88, 96
	callTiles, callNTiles        = 104, 112
	callBias, callAlpha          = 120, 128
	callFlags, callLast          = 132, 136
	callPacked                   = 144
	tileA, tileC, tileRows       = 0, 24, 48
	tileSize                     = 72
	segmentA, segmentB, segmentN = 0, 8, 16
	segmentSize                  = 24
)

// Bits of tileCall.flags and finishCall.flags.
const (
	flagAdd   = 1 << iota // add to what C holds
	flagReLU              // max(x, 0)
	flagLeaky             // alpha x where x < 0
)

// emitTile writes the routine that computes tiles of one shape, one after the other, for one panel of B. One that
// packs also copies the panel, and fetches the panel that lies beside it.
func emitTile(w width, s shape, packs bool) {
	call := w.Load(w.Param("call"), w.GP64()).(reg.GPVirtual)
	field := func(offset int) operand.Mem { return operand.Mem{Base: call, Disp: offset} }
	load := func(m operand.Mem) reg.GPVirtual {
		r := w.GP64()
		w.MOVQ(m, r)
		return r
	}

	acc := make([][]reg.VecVirtual, s.quads*quadRows) // [row][vector]
	for i := range acc {
		for range s.vectors {
			acc[i] = append(acc[i], w.vector())
		}
	}
	each := func(f func(x reg.VecVirtual)) {
		for _, row := range acc {
			for _, x := range row {
				f(x)
			}
		}
	}

	tile := load(field(callTiles))
	ofTile := func(offset, quad int) operand.Mem { return operand.Mem{Base: tile, Disp: offset + 8*quad} }
	stepA, stepB := load(field(callStepA)), load(field(callStepB))
	var rowA [quadRows]reg.GPVirtual // offsets from row 0
	for r := 1; r < quadRows; r++ {
		rowA[r] = load(field(callRowA + 8*(r-1)))
	}

	w.Label("tile")
	each(func(x reg.VecVirtual) { w.VXORPS(x, x, x) })
	segment, segments := load(field(callSegments)), load(field(callNSegments))
	w.TESTQ(segments, segments)
	w.JZ(operand.LabelRef("summed"))

	// What the sum is added to arrives while it is formed.
	w.TESTL(operand.U32(flagAdd), field(callFlags))
	w.JZ(operand.LabelRef("segment"))
	for q := range s.quads {
		start := load(ofTile(tileC, q))
		w.ADDQ(field(callC), start)
		for r := range quadRows {
			c := start
			if r > 0 {
				c = w.GP64()
				w.MOVQ(start, c)
				w.ADDQ(field(callRowC+8*(r-1)), c)
			}
			for line := 0; line < s.vectors*w.bytes; line += 64 {
				w.PREFETCHT0(operand.Mem{Base: c, Disp: line})
			}
		}
	}

	w.Label("segment")
	n := load(operand.Mem{Base: segment, Disp: segmentN})
	b := load(operand.Mem{Base: segment, Disp: segmentB})
	w.ADDQ(field(callB), b)
	a := make([]reg.GPVirtual, s.quads)
	for q := range a {
		a[q] = load(operand.Mem{Base: segment, Disp: segmentA})
		w.ADDQ(field(callA), a[q])
		w.ADDQ(ofTile(tileA, q), a[q])
	}
	var packed reg.GPVirtual
	if packs {
		packed = load(field(callPacked))
	}
	w.Label("step")
	row := emitStep(w, acc, a, b, rowA)
	if packs {
		for v, x := range row {
			w.VMOVUPS(x, w.at(packed, v))
		}
		w.ADDQ(operand.U32(len(row)*w.bytes), packed)
		for line := 0; line < len(row)*w.bytes; line += 64 {
			w.PREFETCHT1(operand.Mem{Base: b, Disp: len(row)*w.bytes + line})
		}
	}
	w.ADDQ(stepB, b)
	for q := range a {
		w.ADDQ(stepA, a[q])
	}
	w.DECQ(n)
	w.JNZ(operand.LabelRef("step"))
	w.ADDQ(operand.U32(segmentSize), segment)
	w.DECQ(segments)
	w.JNZ(operand.LabelRef("segment"))
	w.Label("summed")

	mask := w.tailMask(load(field(callLast)))
	flags := w.GP32()
	w.MOVL(field(callFlags), flags)

	// eachRow visits the rows of C that are valid.
	eachRow := func(name string, f func(i int, c reg.GPVirtual)) {
		for q := range s.quads {
			start, rows := load(ofTile(tileC, q)), load(ofTile(tileRows, q))
			w.ADDQ(field(callC), start)
			for r := range quadRows {
				c := start
				w.CMPQ(rows, operand.U32(r))
				w.JLE(operand.LabelRef(label("%s%d", name, q)))
				if r > 0 {
					c = w.GP64()
					w.MOVQ(start, c)
					w.ADDQ(field(callRowC+8*(r-1)), c)
				}
				f(q*quadRows+r, c)
			}
			w.Label(label("%s%d", name, q))
		}
	}

	w.TESTL(operand.U32(flagAdd), flags)
	w.JZ(operand.LabelRef("noAdd"))
	eachRow("added", func(i int, c reg.GPVirtual) {
		last := len(acc[i]) - 1
		for v, x := range acc[i][:last] {
			w.VADDPS(w.at(c, v), x, x)
		}
		old := w.vector()
		w.maskedLoad(w.at(c, last), mask, old)
		w.VADDPS(old, acc[i][last], acc[i][last])
	})
	w.Label("noAdd")

	bias := load(field(callBias))
	w.TESTQ(bias, bias)
	w.JZ(operand.LabelRef("noBias"))
	for v := range s.vectors {
		x := w.vector()
		if v == s.vectors-1 {
			w.maskedLoad(w.at(bias, v), mask, x)
		} else {
			w.VMOVUPS(w.at(bias, v), x)
		}
		for i := range acc {
			w.VADDPS(x, acc[i][v], acc[i][v])
		}
	}
	w.Label("noBias")

	emitActivation(w, flags, field(callAlpha), each)

	eachRow("stored", func(i int, c reg.GPVirtual) {
		last := len(acc[i]) - 1
		for v, x := range acc[i][:last] {
			w.VMOVUPS(x, w.at(c, v))
		}
		w.maskedStore(acc[i][last], mask, w.at(c, last))
	})

	w.ADDQ(operand.U32(tileSize), tile)
	w.DECQ(field(callNTiles))
	w.JNZ(operand.LabelRef("tile"))
	w.VZEROUPPER()
	w.RET()
}

// emitStep adds to the tile the outer product of a column of A and a row of B, and returns that row.
func emitStep(w width, acc [][]reg.VecVirtual, a []reg.GPVirtual, b reg.GPVirtual, rowA [quadRows]reg.GPVirtual) (row []reg.VecVirtual) {
	row = make([]reg.VecVirtual, len(acc[0]))
	for v := range row {
		row[v] = w.vector()
		w.VMOVUPS(w.at(b, v), row[v])
	}
	for q := range a {
		for r := range quadRows {
			element, x := operand.Mem{Base: a[q]}, w.vector()
			if r > 0 {
				element.Index, element.Scale = rowA[r], 1
			}
			w.VBROADCASTSS(element, x)
			for v := range row {
				w.VFMADD231PS(row[v], x, acc[q*quadRows+r][v])
			}
		}
	}
	return row
}

// emitActivation applies ReLU or LeakyReLU where flags ask for them. NaN stays NaN: VMAXPS returns its second source
// if one of the two is NaN.
func emitActivation(w width, flags reg.GPVirtual, alpha operand.Mem, each func(func(x reg.VecVirtual))) {
	w.TESTL(operand.U32(flagReLU|flagLeaky), flags)
	w.JZ(operand.LabelRef("activated"))
	zero := w.zero()
	w.TESTL(operand.U32(flagReLU), flags)
	w.JZ(operand.LabelRef("leaky"))
	each(func(x reg.VecVirtual) { w.VMAXPS(x, zero, x) })
	w.JMP(operand.LabelRef("activated"))
	w.Label("leaky")
	slope := w.vector()
	w.VBROADCASTSS(alpha, slope)
	each(func(x reg.VecVirtual) { w.scaleNegative(x, slope, zero) })
	w.Label("activated")
}
