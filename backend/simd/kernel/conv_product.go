package kernel

// asProduct returns the size of a convolution that is a product of matrices:
//
//	out [m, n] = in [m, depth] filter [depth, n]
//
// Either the kernel is a single tap and moves from pixel to pixel, or it covers the whole input and does not move.
func (c *Conv) asProduct() (m, n, depth int, ok bool) {
	if c.Groups != 1 || c.PadTop != 0 || c.PadLeft != 0 || c.InDilationH != 1 || c.InDilationW != 1 {
		return 0, 0, 0, false
	}
	switch {
	case c.KH == 1 && c.KW == 1 && c.StrideH == 1 && c.StrideW == 1 && c.OutH == c.InH && c.OutW == c.InW:
		return c.Batch * c.OutH * c.OutW, c.OutC, c.InC, true
	case c.KH == c.InH && c.KW == c.InW && c.OutH == 1 && c.OutW == 1 && c.DilationH == 1 && c.DilationW == 1:
		return c.Batch, c.OutC, c.KH * c.KW * c.InC, true
	}
	return 0, 0, 0, false
}

// dense returns the view of a matrix whose rows lie one after the other.
func dense(data []float32, rows, cols int) Matrix { return Matrix{data, rows, cols, cols, 1} }
