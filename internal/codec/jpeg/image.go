package jpeg

import "image"

// ycc tells whether components are luma and chroma, by the rules that decoders agree on: what Adobe's segment says,
// else what JFIF implies, else the names of the components.
func (h *Header) ycc() bool {
	switch {
	case len(h.Components) == 4:
		return h.Adobe == 2
	case h.JFIF:
		return true
	case h.Adobe >= 0:
		return h.Adobe != 0
	}
	return h.Components[0].ID != 'R' || h.Components[1].ID != 'G' || h.Components[2].ID != 'B'
}

// ratio returns Go's name for the sampling of an image of three components.
func (h *Header) ratio() (image.YCbCrSubsampleRatio, bool) {
	y, cb, cr := h.Components[0], h.Components[1], h.Components[2]
	if cb.H != cr.H || cb.V != cr.V || y.H%cb.H != 0 || y.V%cb.V != 0 {
		return 0, false
	}
	switch [2]int{y.H / cb.H, y.V / cb.V} {
	case [2]int{1, 1}:
		return image.YCbCrSubsampleRatio444, true
	case [2]int{1, 2}:
		return image.YCbCrSubsampleRatio440, true
	case [2]int{2, 1}:
		return image.YCbCrSubsampleRatio422, true
	case [2]int{2, 2}:
		return image.YCbCrSubsampleRatio420, true
	case [2]int{4, 1}:
		return image.YCbCrSubsampleRatio411, true
	case [2]int{4, 2}:
		return image.YCbCrSubsampleRatio410, true
	}
	return 0, false
}

// image puts the planes together.
func (d *decoder) image() (image.Image, error) {
	for i := range d.planes {
		p := &d.planes[i]
		if !p.seen {
			return nil, ErrTruncated
		}
		if d.Progressive {
			d.transform(p)
		}
	}
	bounds := image.Rect(0, 0, d.Width, d.Height)
	first := d.planes[0]
	if len(d.planes) == 1 {
		return &image.Gray{Pix: first.samples, Stride: 8 * first.columns, Rect: bounds}, nil
	}
	ycc := d.ycc()
	if d.options.Transform != Told {
		ycc = d.options.Transform == YCbCr
	}
	if len(d.planes) == 4 {
		return d.inks(ycc), nil
	}
	if !ycc {
		m := image.NewRGBA(bounds)
		d.interleave(m.Pix, m.Stride)
		for i := 3; i < len(m.Pix); i += 4 {
			m.Pix[i] = 255
		}
		return m, nil
	}
	m := &image.YCbCr{Rect: bounds}
	cb, cr := d.planes[1], d.planes[2]
	if ratio, ok := d.ratio(); ok {
		m.SubsampleRatio = ratio
		m.Y, m.Cb, m.Cr = first.samples, cb.samples, cr.samples
		m.YStride, m.CStride = 8*first.columns, 8*cb.columns
		return m, nil
	}
	m.SubsampleRatio, m.YStride, m.CStride = image.YCbCrSubsampleRatio444, d.Width, d.Width
	m.Y, m.Cb, m.Cr = d.spread(0), d.spread(1), d.spread(2)
	return m, nil
}

// spread repeats the samples of a plane to the size of the image.
func (d *decoder) spread(i int) []byte {
	out := make([]byte, d.Width*d.Height)
	for y := range d.Height {
		d.spreadRow(out[y*d.Width:][:d.Width], i, y, 1)
	}
	return out
}

// spreadRow writes row y of a plane at the size of the image to every step-th value of dst.
func (d *decoder) spreadRow(dst []byte, i, y, step int) {
	p := d.planes[i]
	hmax, vmax := d.maxSampling()
	row := p.samples[y*p.V/vmax*8*p.columns:]
	for x := range d.Width {
		dst[x*step] = row[x*p.H/hmax]
	}
}

// interleave writes the planes of an image, four values a pixel.
func (d *decoder) interleave(pix []byte, stride int) {
	for i := range d.planes {
		for y := range d.Height {
			d.spreadRow(pix[y*stride+i:], i, y, 4)
		}
	}
}

// inks makes an image of four inks. Where there is an Adobe segment they are stored inverted.
func (d *decoder) inks(ycc bool) image.Image {
	m := image.NewCMYK(image.Rect(0, 0, d.Width, d.Height))
	d.interleave(m.Pix, m.Stride)
	for i := 0; i < len(m.Pix); i += 4 {
		p := m.Pix[i:][:4]
		if ycc {
			r, g, b := toRGB(p[0], p[1], p[2])
			p[0], p[1], p[2] = 255-r, 255-g, 255-b
		}
		if d.Adobe >= 0 {
			p[0], p[1], p[2], p[3] = 255-p[0], 255-p[1], 255-p[2], 255-p[3]
		}
	}
	return m
}

// toRGB is the transform of JFIF (ITU-T T.871, clause 7).
func toRGB(y, cb, cr byte) (r, g, b byte) {
	l, u, v := int(y)<<16+1<<15, int(cb)-128, int(cr)-128
	clamp := func(v int) byte { return byte(min(max(v>>16, 0), 255)) }
	return clamp(l + 91881*v), clamp(l - 22554*u - 46802*v), clamp(l + 116130*u)
}
