// Package jpeg decodes the JPEG files that the standard library's image/jpeg does not: any sampling factors, one
// component a scan, Huffman tables left out (frames of motion JPEG), the height told after the first scan, tables
// apart from the image (JPEG in TIFF), and progressive images in a third of the memory.
//
// It reads 8-bit baseline, extended sequential and progressive images in Huffman coding (ITU-T T.81, SOF0 to SOF2) of
// one, three or four components. Images in arithmetic coding, hierarchical, lossless and 12-bit ones are refused by
// an [UnsupportedError] that says which of these they are. Damaged data is an error, never a guess at what was lost.
package jpeg
