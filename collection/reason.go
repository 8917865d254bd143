package collection

import (
	"errors"
	"fmt"
	"image/png"
	"io"
	"slices"
	"strings"
)

// plainReason makes a decoder's error, or its panic on input it did not foresee, a reason to give to a user.
func plainReason(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("cannot be decoded: %v", r)
		return
	}
	var (
		pngFormat      png.FormatError
		pngUnsupported png.UnsupportedError
	)
	switch {
	case *err == nil:
	case errors.Is(*err, io.EOF), errors.Is(*err, io.ErrUnexpectedEOF), strings.HasSuffix((*err).Error(), "EOF"):
		*err = errTruncated
	case errors.As(*err, &pngFormat):
		*err = errors.New("is damaged: " + string(pngFormat))
	case errors.As(*err, &pngUnsupported):
		*err = fmt.Errorf("is a PNG of a kind that is not read (%s)", string(pngUnsupported))
	case isLibrarys(*err):
		*err = fmt.Errorf("is damaged: it cannot be decoded (%w)", *err)
	}
}

// isLibrarys tells errors of the packages that decode, whose texts start with their names, from our own.
func isLibrarys(err error) bool {
	name, _, found := strings.Cut(err.Error(), ": ")
	return found && slices.Contains([]string{"gif", "webp", "vp8", "vp8l", "riff", "flate", "zlib", "lzw", "png"}, name)
}

// errTruncated is the reason of a file whose end is missing.
var errTruncated = errors.New("is damaged or incomplete: it ends too early")
