package icc

import (
	"encoding/binary"
	"math"
	"sync"
)

// readCurve reads a curve from values to linear light, both from 0 to 1 (ICC.1:2022, sections 10.6 and 10.18).
func readCurve(b []byte) (func(float64) float64, error) {
	if len(b) < 12 {
		return nil, ErrFormat
	}
	switch string(b[:4]) {
	case "curv":
		n := uint64(binary.BigEndian.Uint32(b[8:]))
		values := b[12:]
		if n > uint64(len(values))/2 {
			return nil, ErrFormat
		}
		switch n {
		case 0:
			return func(x float64) float64 { return x }, nil
		case 1:
			gamma := float64(binary.BigEndian.Uint16(values)) / 256
			return func(x float64) float64 { return math.Pow(x, gamma) }, nil
		}
		return func(x float64) float64 {
			at := x * float64(n-1)
			i := min(int(at), int(n)-2)
			low, high := float64(binary.BigEndian.Uint16(values[2*i:])), float64(binary.BigEndian.Uint16(values[2*i+2:]))
			return (low + float64((high-low)*(at-float64(i)))) / 65535
		}, nil
	case "para":
		return parametric(int(binary.BigEndian.Uint16(b[8:])), b[12:])
	}
	return nil, ErrFormat
}

// parametric is a curve by one of five formulas.
func parametric(kind int, b []byte) (func(float64) float64, error) {
	counts := [...]int{1, 3, 4, 5, 7}
	if kind >= len(counts) || len(b) < 4*counts[kind] {
		return nil, ErrFormat
	}
	var p [7]float64
	for i := range counts[kind] {
		p[i] = s15Fixed16(b[4*i:])
	}
	g, a, bb, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	power := func(x float64) float64 { return math.Pow(max(float64(a*x)+bb, 0), g) }
	switch kind {
	case 0:
		return func(x float64) float64 { return math.Pow(x, g) }, nil
	case 1, 2:
		if a == 0 {
			return nil, ErrFormat
		}
		return func(x float64) float64 {
			if x >= -bb/a {
				return power(x) + c // zero in kind 1
			}
			return c
		}, nil
	case 3:
		return func(x float64) float64 {
			if x >= d {
				return power(x)
			}
			return c * x
		}, nil
	}
	return func(x float64) float64 {
		if x >= d {
			return power(x) + e
		}
		return float64(c*x) + f
	}, nil
}

// encoder is sRGB's curve from linear light in linearBits bits to a byte.
var encoder = sync.OnceValue(func() *[linearMost + 1]byte {
	var table [linearMost + 1]byte
	for i := range table {
		v := float64(i) / linearMost
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = float64(1.055*math.Pow(v, 1/2.4)) - 0.055
		}
		table[i] = byte(math.Round(v * 255))
	}
	return &table
})
