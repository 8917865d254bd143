package collection

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/dataprism/dataprism/internal/codec/netpbm"
)

// format is a file format of images that are read, told by the file's first bytes and not by its name.
type format string

const (
	formatUnknown format = ""
	formatJPEG    format = "JPEG"
	formatPNG     format = "PNG"
	formatGIF     format = "GIF"
	formatWebP    format = "WebP"
	formatBMP     format = "BMP"
	formatTIFF    format = "TIFF"
	formatNetpbm  format = "Netpbm"
)

// decoders counts the changes after which files give other pixels, or give pixels where they gave none. It is part of
// what a cache file is for.
const decoders = 1

// sniffed is how many of a file's first bytes tell what it is.
const sniffed = 512

// formatOf tells the format from the first sniffed bytes, or all of a shorter file.
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
	case has("BM") && len(head) >= 18 && isBitmap(head):
		return formatBMP
	case has("II\x2a\x00"), has("MM\x00\x2a"), has("II\x2b\x00\x08\x00"), has("MM\x00\x2b\x00\x08"):
		if has("II\x2a\x00") && len(head) >= 10 && string(head[8:10]) == "CR" {
			return formatUnknown // raw data of a camera
		}
		return formatTIFF
	case netpbm.Starts(head):
		return formatNetpbm
	}
	return formatUnknown
}

// isBitmap tells a bitmap's two letters from those of a text: the pixels start behind the header, whose length is one
// of a few.
func isBitmap(head []byte) bool {
	header := binary.LittleEndian.Uint32(head[14:])
	return header >= 12 && header <= 1024 && binary.LittleEndian.Uint32(head[10:]) >= 14+header
}

var errEmptyFile = errors.New("is empty")

// openStill reads what an image file declares, without decoding it.
func openStill(data []byte) (*still, error) {
	switch formatOf(data[:min(len(data), sniffed)]) {
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
	case formatNetpbm:
		return openNetpbm(data)
	}
	return nil, errors.New(notRead(data[:min(len(data), sniffed)]))
}
