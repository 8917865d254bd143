package collection

// Floats writes 8-bit values as float32 in [-1, 1], the range that models read; dst and pixels are equally long.
func Floats(dst []float32, pixels []byte) {
	for i, b := range pixels {
		dst[i] = float32(b)/127.5 - 1
	}
}

// ImagesOf returns the images of the given rows, each of the collection with the number at the same place, as
// [n, Size, Size, Channels] in [-1, 1].
func (d *Dataset) ImagesOf(collections, rows []int) []float32 {
	width := d.Size * d.Size * d.Channels
	images := make([]float32, len(rows)*width)
	for i, row := range rows {
		Floats(images[i*width:(i+1)*width], d.Collections[collections[i]].Pixels(row))
	}
	return images
}
