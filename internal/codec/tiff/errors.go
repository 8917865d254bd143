package tiff

import "errors"

// UnsupportedError says what kind of TIFF a file is that is not decoded.
type UnsupportedError string

func (e UnsupportedError) Error() string {
	return "is a TIFF " + string(e) + ", a kind that is not read"
}

// FormatError says in what a file is no valid TIFF.
type FormatError string

func (e FormatError) Error() string { return "is damaged: " + string(e) }

// ErrTruncated is the error of a file that ends too early.
var ErrTruncated = errors.New("is damaged or incomplete: it ends too early")
