package kernel

import "unsafe"

// deliver brings a block that is done from scratch memory to its place in c.
func (p *matrixProduct) deliver(ws *workspace, block Matrix, row, col int) {
	c := p.c.block(row, col, block.Rows, block.Cols)
	bias := p.e.Bias
	switch {
	case c.ColStride == 1: // the block's rows are rows of c, and bias belongs to rows
		p.deliverScattered(ws, block, c, row, col)
	case c.RowStride == 1 && (p.turned || bias == nil):
		p.deliverTurned(ws, block, c, row)
	default:
		p.deliverScattered(ws, block, c, row, col)
	}
}

// deliverTurned delivers a block whose columns lie in memory as rows do.
func (p *matrixProduct) deliverTurned(ws *workspace, block, c Matrix, row int) {
	var bias []float32
	if p.e.Bias != nil {
		bias = p.e.Bias[row : row+block.Rows]
	}
	lanes := p.panels.lanes
	stride := packedStride(block.Rows + lanes)
	turned := ws.turned.grow((block.Cols + lanes) * stride)
	for i := 0; i < block.Rows; i += lanes { // rows that complete the last block hold anything
		ws.move = moveCall{
			dst: unsafe.Pointer(&turned[i]), src: unsafe.Pointer(&block.Data[i*block.RowStride]),
			dstStride: uintptr(4 * stride), srcStride: uintptr(4 * block.RowStride),
			count: block.RowStride / lanes,
		}
		p.k.matrix.transpose(&ws.move)
	}
	for j := range block.Cols {
		dst := c.Data[j*c.ColStride:][:block.Rows]
		p.k.finishRow(ws, dst, turned[j*stride:], bias, &p.e)
	}
}

// deliverScattered delivers a block element by element.
func (p *matrixProduct) deliverScattered(ws *workspace, block, c Matrix, row, col int) {
	flags := p.e.flags()
	for i := range block.Rows {
		src := block.Data[i*block.RowStride:][:block.Cols]
		for j := range src {
			x, dst := src[j], &c.Data[i*c.RowStride+j*c.ColStride]
			if p.e.Accumulate {
				x += *dst
			}
			if p.e.Bias != nil && p.turned {
				x += p.e.Bias[row+i]
			} else if p.e.Bias != nil {
				x += p.e.Bias[col+j]
			}
			src[j] = activateLinear(x, p.e.Alpha, flags)
		}
		p.k.activateRow(ws, src, p.e.Activation)
		for j, x := range src {
			c.Data[i*c.RowStride+j*c.ColStride] = x
		}
	}
}
