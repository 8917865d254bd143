package collection

import "image"

// orientation is the EXIF tag of that name: how the stored image is turned to be upright. Values are 1 to 8 (Exif
// 2.32, section 4.6.4, tag 0x0112); 1 is upright as stored, 5 to 8 swap width and height.
type orientation uint8

const upright orientation = 1

// size returns the width and height of the upright image of a stored one of w columns and h rows.
func (o orientation) size(w, h int) (int, int) {
	if o >= 5 {
		return h, w
	}
	return w, h
}

// stored returns where the pixel (x, y) of the upright image is in the stored one, which has w columns and h rows.
func (o orientation) stored(x, y, w, h int) (int, int) {
	switch o {
	case 2: // mirrored
		return w - 1 - x, y
	case 3: // turned by 180 degrees
		return w - 1 - x, h - 1 - y
	case 4: // flipped
		return x, h - 1 - y
	case 5: // transposed
		return y, x
	case 6: // to be turned clockwise
		return y, h - 1 - x
	case 7: // transposed along the other diagonal
		return w - 1 - y, h - 1 - x
	case 8: // to be turned counter-clockwise
		return w - 1 - y, x
	}
	return x, y
}

// storedRect returns where the rectangle r of the upright image is in the stored one.
func (o orientation) storedRect(r image.Rectangle, w, h int) image.Rectangle {
	x0, y0 := o.stored(r.Min.X, r.Min.Y, w, h)
	x1, y1 := o.stored(r.Max.X-1, r.Max.Y-1, w, h)
	return image.Rect(min(x0, x1), min(y0, y1), max(x0, x1)+1, max(y0, y1)+1)
}
