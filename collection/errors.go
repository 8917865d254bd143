package collection

import (
	"fmt"
	"strings"
)

// NotFoundError says that nothing is at a collection's path.
type NotFoundError struct {
	Name, Path string
	Err        error
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("collection %s: cannot open %s: %v", e.Name, e.Path, cause(e.Err))
}

func (e *NotFoundError) Unwrap() error { return e.Err }

// EmptyError says that a collection has no image that can be used.
type EmptyError struct {
	Name, Path string
	// Found is the number of image files found; all of them were skipped.
	Found int
	// First is the first of the skipped, where Found is not zero.
	First Skipped
}

func (e *EmptyError) Error() string {
	if e.Found == 0 {
		return fmt.Sprintf("collection %s: no images found in %s (looked for %s)", e.Name, e.Path, "."+strings.Join(imageExtensions()[:11], ", ."))
	}
	return fmt.Sprintf("collection %s: none of the %d images in %s can be read; the first, %s: %s", e.Name, e.Found, e.Path, e.First.File, e.First.Reason)
}

// DuplicateNameError says that two collections have the same name.
type DuplicateNameError struct{ Name string }

func (e *DuplicateNameError) Error() string {
	return fmt.Sprintf("two collections are called %s: give each its own name", e.Name)
}

// ArchiveError says that an archive cannot be read as a whole. An archive with single broken entries is no such
// error: they are skipped.
type ArchiveError struct {
	Path string
	Err  error
}

func (e *ArchiveError) Error() string { return fmt.Sprintf("archive %s: %v", e.Path, e.Err) }
func (e *ArchiveError) Unwrap() error { return e.Err }

// FormatError says that a path holds something that is no collection.
type FormatError struct{ Path, Reason string }

func (e *FormatError) Error() string { return fmt.Sprintf("%s: %s", e.Path, e.Reason) }

// SizeError says that images of a size cannot be made.
type SizeError struct{ Size int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("image size %d is not supported: choose one from %d to %d pixels", e.Size, MinSize, MaxSize)
}

// OptionError says that an option has a value outside its range.
type OptionError struct{ Option, Reason string }

func (e *OptionError) Error() string { return e.Option + ": " + e.Reason }

// SpecError says that a collection was given in a form that is not understood: an argument that is not NAME=PATH, or
// an entry of a YAML file.
type SpecError struct{ Where, Reason string }

func (e *SpecError) Error() string { return e.Where + ": " + e.Reason }

// MetadataError says that a file of labels cannot be understood. It stops the work even though an unreadable image
// does not, because pairs and groups protect the split: without their labels it would be wrong in silence.
type MetadataError struct {
	File   string
	Line   int // from 1; 0 where no single line is at fault
	Reason string
}

func (e *MetadataError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
}

// UnreadableError is what [Options.Strict] turns a skipped file into.
type UnreadableError struct {
	Name    string
	Skipped []Skipped
}

func (e *UnreadableError) Error() string {
	first := e.Skipped[0]
	more := ""
	if n := len(e.Skipped) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("collection %s: %s: %s%s", e.Name, first.File, first.Reason, more)
}
