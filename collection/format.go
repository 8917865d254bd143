package collection

import (
	"bytes"
	"errors"
)

// format is a file format of images, told by the file's first bytes and not
// by its name.
type format int

const (
	formatUnknown format = iota
	formatJPEG
	formatPNG
	formatGIF
	formatWebP
	formatBMP
	formatTIFF
)

// formatOf tells the format from the first 16 bytes or more.
func formatOf(head []byte) format {
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	switch {
	case has("\xff\xd8\xff"):
		return formatJPEG
	case has("\x89PNG\r\n\x1a\n"):
		return formatPNG
	case has("GIF87a"), has("GIF89a"):
		return formatGIF
	case has("RIFF") && len(head) >= 12 && string(head[8:12]) == "WEBP":
		return formatWebP
	case has("BM") && len(head) >= 14 && head[6] == 0 && head[7] == 0 && head[8] == 0 && head[9] == 0:
		return formatBMP
	case has("II\x2a\x00"), has("MM\x00\x2a"), has("II\x2b\x00\x08\x00\x00\x00"), has("MM\x00\x2b\x00\x08\x00\x00"):
		return formatTIFF
	}
	return formatUnknown
}

var (
	errNoImage   = errors.New("is not an image in a format that is read (JPEG, PNG, WebP, GIF, BMP, TIFF)")
	errEmptyFile = errors.New("is empty")
)

// openStill reads what an image file declares, without decoding it.
func openStill(data []byte) (*still, error) {
	switch formatOf(data) {
	case formatJPEG:
		return openJPEG(data)
	case formatPNG:
		return openPNG(data)
	case formatGIF:
		return openGIF(data)
	case formatWebP:
		return openWebP(data)
	case formatBMP:
		return openBMP(data)
	case formatTIFF:
		return openTIFF(data)
	}
	return nil, errNoImage
}
