package collection

import (
	"fmt"
	"image"
	"slices"
)

// Values of 16 bits are often fewer bits in truth, as of cameras, microscopes and scanners of 12 bits, that were
// written into 16 without being scaled: taken as they are, they are black. Such an image uses none of the upper bits.
// It is taken for one of the fewest of 8, 10, 12 and 14 bits that hold its values, and is scaled to the whole range.
// The images of a collection are taken for as many bits as the one that uses most, so that they keep their brightness
// to each other.

// usedBits is the fewest of 8, 10, 12, 14 and 16 bits that hold the values of an image of 16 bits; 0 of one of 8
// bits, and of one that is black.
func usedBits(m image.Image) int {
	largest := uint16(0)
	switch m := m.(type) {
	case *image.Gray16:
		largest = largest16(m.Pix, 2, 1)
	case *image.RGBA64:
		largest = largest16(m.Pix, 8, 3)
	case *image.NRGBA64:
		largest = largest16(m.Pix, 8, 3)
	}
	if largest == 0 {
		return 0
	}
	bits := 8
	for bits < 16 && largest >= 1<<bits {
		bits += 2
	}
	return bits
}

// largest16 is the largest of the first n values, the higher byte first, of each pixel of so many bytes.
func largest16(pix []byte, pixel, n int) (largest uint16) {
	for i := 0; i+pixel <= len(pix); i += pixel {
		for j := i; j < i+2*n; j += 2 {
			largest = max(largest, uint16(pix[j])<<8|uint16(pix[j+1]))
		}
	}
	return largest
}

// stretch scales values of so many bits to 16, alpha not among them.
func stretch(m image.Image, bits int) {
	if bits <= 0 || bits >= 16 {
		return
	}
	switch m := m.(type) {
	case *image.Gray16:
		stretch16(m.Pix, 2, 1, bits)
	case *image.RGBA64:
		stretch16(m.Pix, 8, 3, bits)
		for i := 0; i+8 <= len(m.Pix); i += 8 { // colours are multiplied by alpha
			p := m.Pix[i:][:8]
			alpha := uint16(p[6])<<8 | uint16(p[7])
			for j := 0; j < 6; j += 2 {
				v := min(uint16(p[j])<<8|uint16(p[j+1]), alpha)
				p[j], p[j+1] = byte(v>>8), byte(v)
			}
		}
	case *image.NRGBA64:
		stretch16(m.Pix, 8, 3, bits)
	}
}

func stretch16(pix []byte, pixel, n, bits int) {
	largest := uint32(1)<<bits - 1
	for i := 0; i+pixel <= len(pix); i += pixel {
		for j := i; j < i+2*n; j += 2 {
			v := min(uint32(pix[j])<<8|uint32(pix[j+1]), largest) * 65535 / largest
			pix[j], pix[j+1] = byte(v>>8), byte(v)
		}
	}
}

// shrunk is a copy of an image that was stretched from so many bits, as if it had been stretched from more, alpha not among them.
func shrunk(m image.Image, from, to int) image.Image {
	largest, whole := uint64(1)<<from-1, uint64(1)<<min(16, to)-1
	shrink := func(pix []byte, pixel, n int) []byte {
		pix = slices.Clone(pix)
		for i := 0; i+pixel <= len(pix); i += pixel {
			for j := i; j < i+2*n; j += 2 {
				v := (uint64(pix[j])<<8 | uint64(pix[j+1])) * largest / whole
				pix[j], pix[j+1] = byte(v>>8), byte(v)
			}
		}
		return pix
	}
	switch m := m.(type) {
	case *image.Gray16:
		return &image.Gray16{Pix: shrink(m.Pix, 2, 1), Stride: m.Stride, Rect: m.Rect}
	case *image.RGBA64:
		return &image.RGBA64{Pix: shrink(m.Pix, 8, 3), Stride: m.Stride, Rect: m.Rect}
	case *image.NRGBA64:
		return &image.NRGBA64{Pix: shrink(m.Pix, 8, 3), Stride: m.Stride, Rect: m.Rect}
	}
	return m
}

// depthNote is what is noted of an image of which fewer bits are used.
func depthNote(bits int) string {
	return fmt.Sprintf("has 16 bits a value but uses no more than %d of them: its values are scaled to the whole range", bits)
}
