package jpeg

import "errors"

// UnsupportedError says what kind of JPEG a file is that is not decoded.
type UnsupportedError string

func (e UnsupportedError) Error() string {
	return "is " + string(e) + ", a kind of JPEG that is not read"
}

// FormatError says in what a file is no valid JPEG.
type FormatError string

func (e FormatError) Error() string { return "is damaged: " + string(e) }

// ErrTruncated is the error of a file that ends too early.
var ErrTruncated = errors.New("is damaged or incomplete: it ends too early")
