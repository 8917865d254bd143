package collection

import (
	"errors"
	"fmt"
	"image/png"
	"io"
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
	}
}

// errTruncated is the reason of a file whose end is missing.
var errTruncated = errors.New("is damaged or incomplete: it ends too early")
