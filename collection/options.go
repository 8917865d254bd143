package collection

import (
	"image/color"
	"runtime"
)

// The sides of the squares that can be made, in pixels.
const (
	MinSize = 4
	MaxSize = 1024
)

// DefaultValidation is the share of images held out where none is given.
const DefaultValidation = 0.1

// Options say how the images of a data set are read. The zero value of every field but Size is a sensible choice.
type Options struct {
	// Size is the side of the square each image becomes, in pixels, from MinSize to MaxSize.
	Size int
	// Gray makes images of one channel, the luma 0.299 R + 0.587 G + 0.114 B (BT.601), instead of three, RGB.
	Gray bool
	// Background is what transparent images are laid on; nil is white. Its own alpha is ignored.
	Background color.Color
	// Pad keeps the whole of an image, in the middle of a square of the background, instead of its centre square
	// alone. A Frame is then part of that larger square.
	Pad bool
	// Frame is the part of an image's centre square that Picture.Square keeps; Open takes the frame of each Spec
	// instead.
	Frame Frame
	// Depth is how many bits the values of images of 16 are taken for at the least, so that they keep the brightness that they
	// have among others; 0 is as many as they use. See [Collection.Depth].
	Depth int
	// MaxImages is the most images to take of each collection; 0 takes all. The choice is uniform, depends on Seed
	// and not on the order of files, and prefers the same values of "pair" in every collection.
	MaxImages int
	// Seed decides the choice of MaxImages and the split.
	Seed uint64
	// Validation is the share of each collection that is held out, above 0 and below 1; 0 means DefaultValidation. A
	// collection with folders of its own for it (val, valid, validation or test) is split by them.
	Validation float64
	// Strict makes files that cannot be read an error, which lists all of them.
	Strict bool
	// CacheDir is the folder of the cache; "" is dataprism under os.UserCacheDir, or under os.TempDir where there is
	// no such folder.
	CacheDir string
	// Workers is how many images are decoded at once; 0 is one for each processor.
	Workers int
	// Progress is called, never twice at a time, as a collection is read: often, and fast work must not wait for it.
	Progress func(Progress)
	// visit is shown each file, by several goroutines at a time.
	visit func(place int, f File)
}

func (o Options) channels() int {
	if o.Gray {
		return 1
	}
	return 3
}

// complete returns o with defaults in place of zeros, or says which option is out of range.
func (o Options) complete() (Options, error) {
	if o.Size < MinSize || o.Size > MaxSize {
		return o, &SizeError{Size: o.Size}
	}
	if o.Depth < 0 || o.Depth > 16 {
		return o, &OptionError{"depth", "must be from 0 to 16 bits"}
	}
	if o.MaxImages < 0 {
		return o, &OptionError{"max images", "must not be negative"}
	}
	if !(o.Validation >= 0 && o.Validation < 1) {
		return o, &OptionError{"validation", "the share held out must be from 0 to below 1"}
	}
	if o.Workers < 0 {
		return o, &OptionError{"workers", "must not be negative"}
	}
	if o.Validation == 0 {
		o.Validation = DefaultValidation
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Background == nil {
		o.Background = color.White
	}
	if o.CacheDir == "" {
		o.CacheDir = CacheDir()
	}
	return o, nil
}

// background returns the background as opaque 8-bit RGB.
func (o Options) background() color.RGBA {
	if o.Background == nil {
		return color.RGBA{255, 255, 255, 255}
	}
	c := color.NRGBAModel.Convert(o.Background).(color.NRGBA)
	return color.RGBA{c.R, c.G, c.B, 255}
}
