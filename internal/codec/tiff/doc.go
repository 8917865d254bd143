// Package tiff decodes the first image of TIFF files (TIFF 6.0, and BigTIFF) as people have them, which the decoder
// of golang.org/x/image does in part only.
//
// It reads strips and tiles, samples side by side or in planes, of 1 to 64 bits: unsigned, signed and floating point;
// grey, palettes, RGB, inks, YCbCr and CIE L*a*b*, with alpha; plain and compressed by LZW, Deflate, Zstandard,
// PackBits, JPEG and CCITT T.4 (one-dimensional) and T.6; both fill orders and all predictors. What else a file may
// be is refused by an [UnsupportedError] that names it.
//
// Samples of up to 16 bits keep their values, scaled so that the largest possible one is white. Values of other kinds
// have no such largest one. Integers of more bits are taken for the fewest of 8, 10, 12, 14, 16, 20, 24 and 32 bits
// that hold the image's largest value. Floating-point values are taken to go from 0 to 1, to 255 or to 65535,
// whichever holds the largest first. Where values are negative or lie beyond all of these, the image's smallest value
// is black and its largest white.
package tiff
