package kernel

import "unsafe"

// The inner loop of every product is a tile: a block of C of a few quads of four rows by a few vectors of columns,
// which stays in registers while K is walked. One routine serves matrices and convolutions because it makes few
// demands on the layout of its operands:
//
//	A   rows 1 to 3 of a quad lie rowA bytes behind row 0, consecutive k are
//	    stepA bytes apart; each quad starts anywhere
//	B   the columns of a panel lie side by side, consecutive k are stepB bytes apart
//	K   is a list of segments, runs of k with a start of their own in A and B
//
// So rows of a matrix, columns of a matrix and neighbouring pixels of an NHWC image can be read where they are.

// tileCall is the argument of a tile routine, which computes nTiles tiles of equal shape for one panel of B. It
// counts nTiles down.
type tileCall struct {
	a, b, c      unsafe.Pointer
	rowA         quadRowOffsets
	stepA, stepB uintptr
	rowC         quadRowOffsets
	segments     *segment
	nSegments    int
	tiles        *tile
	nTiles       int
	bias         unsafe.Pointer // of the panel's first column, or nil
	alpha        float32
	flags        uint32
	last         int            // columns of the last vector that exist, 1 to all
	packed       unsafe.Pointer // where tiles that pack copy the panel of the one segment, or nil
}

// quadRowOffsets are the distances in bytes of rows 1 to 3 of a quad from row 0.
type quadRowOffsets [quadRows - 1]uintptr

// evenRows returns the offsets of rows at equal distances.
func evenRows(distance uintptr) quadRowOffsets {
	return quadRowOffsets{distance, 2 * distance, 3 * distance}
}

// tile says where one tile lies: the offsets in bytes of its quads in A and C, and how many rows of each quad exist.
// All four rows of A must be readable.
type tile struct {
	a, c [maxQuads]uintptr
	rows [maxQuads]int
}

// segment is a run of n values of k, n at least 1, with offsets in bytes.
type segment struct {
	a, b uintptr
	n    int
}

// Bits of the flags of tileCall and finishCall.
const (
	flagAdd   = 1 << iota // add to what C holds
	flagReLU              // max(x, 0)
	flagLeaky             // alpha x where x < 0
)

// moveCall is the argument of two routines; strides are in bytes.
//
// copyPanels cuts count rows of panels*vectors vectors into panels: the row's part of each goes to dst, panelStride
// bytes apart. transpose transposes count square blocks of one vector's width, which lie side by side in src and one
// below the other in dst.
type moveCall struct {
	dst, src             unsafe.Pointer
	dstStride, srcStride uintptr
	count, vectors       int
	panels               int
	panelStride          uintptr
}

// finishCall is the argument of the routine that applies an epilogue to vectors of a row: dst = activation(dst, if
// flagAdd, + src + bias).
type finishCall struct {
	dst, src, bias unsafe.Pointer
	vectors        int
	alpha          float32
	flags          uint32
}

const (
	quadRows   = 4
	maxQuads   = 3 // of a tile
	maxVectors = 3 // of a tile
)

// matrixKernels are the inner loops of matrix products at one level.
type matrixKernels struct {
	lanes   int // floats of a vector
	vectors int // of the widest tile
	quads   int // of the highest tile

	tile       [maxQuads + 1][maxVectors + 1]func(*tileCall)
	pack       [maxQuads + 1][maxVectors + 1]func(*tileCall) // tiles that pack, or none
	copyPanels func(*moveCall)
	transpose  func(*moveCall)
	finish     func(*finishCall)
}

// portableMatrix are the kernels in plain Go.
var portableMatrix = matrixKernels{
	lanes: 4, vectors: 1, quads: 1,
	tile:       [maxQuads + 1][maxVectors + 1]func(*tileCall){1: {1: tilePortable}},
	copyPanels: copyPanelsPortable,
	transpose:  transposePortable,
	finish:     finishPortable,
}

// lane4 are the four floats of a portable vector.
type lane4 = [4]float32

// tilePortable computes tiles of 4 x 4.
func tilePortable(call *tileCall) {
	segments := unsafe.Slice(call.segments, call.nSegments)
	rows := [quadRows]uintptr{0, call.rowC[0], call.rowC[1], call.rowC[2]}
	for _, t := range unsafe.Slice(call.tiles, call.nTiles) {
		var acc [quadRows]lane4
		for _, s := range segments {
			a := unsafe.Add(call.a, t.a[0]+s.a)
			b := unsafe.Add(call.b, s.b)
			sumPortable(&acc, a, b, call, s.n)
		}
		for r := range t.rows[0] {
			c := unsafe.Slice((*float32)(unsafe.Add(call.c, t.c[0]+rows[r])), call.last)
			for j := range c {
				x := acc[r][j]
				if call.flags&flagAdd != 0 {
					x += c[j]
				}
				if call.bias != nil {
					x += *(*float32)(unsafe.Add(call.bias, 4*j))
				}
				c[j] = activateLinear(x, call.alpha, call.flags)
			}
		}
	}
}

// sumPortable adds n outer products to acc.
func sumPortable(acc *[quadRows]lane4, a, b unsafe.Pointer, call *tileCall, n int) {
	row1, row2, row3 := call.rowA[0], call.rowA[1], call.rowA[2]
	stepA, stepB := call.stepA, call.stepB
	r0, r1, r2, r3 := acc[0], acc[1], acc[2], acc[3]
	c00, c01, c02, c03 := r0[0], r0[1], r0[2], r0[3]
	c10, c11, c12, c13 := r1[0], r1[1], r1[2], r1[3]
	c20, c21, c22, c23 := r2[0], r2[1], r2[2], r2[3]
	c30, c31, c32, c33 := r3[0], r3[1], r3[2], r3[3]
	for ; ; n-- {
		v := (*lane4)(b)
		b0, b1, b2, b3 := v[0], v[1], v[2], v[3]
		x := *(*float32)(a)
		c00 += x * b0
		c01 += x * b1
		c02 += x * b2
		c03 += x * b3
		x = *(*float32)(unsafe.Add(a, row1))
		c10 += x * b0
		c11 += x * b1
		c12 += x * b2
		c13 += x * b3
		x = *(*float32)(unsafe.Add(a, row2))
		c20 += x * b0
		c21 += x * b1
		c22 += x * b2
		c23 += x * b3
		x = *(*float32)(unsafe.Add(a, row3))
		c30 += x * b0
		c31 += x * b1
		c32 += x * b2
		c33 += x * b3
		if n == 1 { // before a pointer could leave the operands
			break
		}
		a, b = unsafe.Add(a, stepA), unsafe.Add(b, stepB)
	}
	acc[0] = lane4{c00, c01, c02, c03}
	acc[1] = lane4{c10, c11, c12, c13}
	acc[2] = lane4{c20, c21, c22, c23}
	acc[3] = lane4{c30, c31, c32, c33}
}

// activateLinear applies the activations that the assembly knows.
func activateLinear(x, alpha float32, flags uint32) float32 {
	switch {
	case flags&flagReLU != 0:
		return max(x, 0)
	case flags&flagLeaky != 0 && x < 0:
		return alpha * x
	}
	return x
}

func copyPanelsPortable(call *moveCall) {
	for i := range uintptr(call.count) {
		for p := range uintptr(call.panels) {
			dst := unsafe.Add(call.dst, i*call.dstStride+p*call.panelStride)
			src := unsafe.Add(call.src, i*call.srcStride+p*uintptr(16*call.vectors))
			copy(unsafe.Slice((*lane4)(dst), call.vectors), unsafe.Slice((*lane4)(src), call.vectors))
		}
	}
}

func transposePortable(call *moveCall) {
	for i := range uintptr(4) {
		src := unsafe.Slice((*float32)(unsafe.Add(call.src, i*call.srcStride)), 4*call.count)
		for j, x := range src {
			*(*float32)(unsafe.Add(call.dst, uintptr(j)*call.dstStride+4*i)) = x
		}
	}
}

func finishPortable(call *finishCall) {
	n := call.vectors * 4
	dst, src := unsafe.Slice((*float32)(call.dst), n), unsafe.Slice((*float32)(call.src), n)
	for j, x := range src {
		if call.flags&flagAdd != 0 {
			x += dst[j]
		}
		if call.bias != nil {
			x += *(*float32)(unsafe.Add(call.bias, 4*j))
		}
		dst[j] = activateLinear(x, call.alpha, call.flags)
	}
}
