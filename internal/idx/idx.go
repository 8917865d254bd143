// Package idx reads the compressed IDX files in which MNIST and Fashion-MNIST are distributed, for benchmarks that
// print what the program reaches on them.
package idx

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Images are grey images with their classes.
type Images struct {
	Height, Width int
	Pixels        [][]byte // of each image, in rows from the top
	Class         []int
}

const (
	magicOfImages = 0x803
	magicOfLabels = 0x801
	mostBytes     = 1 << 30
)

// Read reads PART-images-idx3-ubyte.gz and PART-labels-idx1-ubyte.gz of a folder; part is "train" or "t10k".
func Read(folder, part string) (Images, error) {
	var d Images
	data, err := unpack(filepath.Join(folder, part+"-images-idx3-ubyte.gz"), magicOfImages, 16)
	if err != nil {
		return d, err
	}
	n := int(binary.BigEndian.Uint32(data[4:]))
	d.Height, d.Width = int(binary.BigEndian.Uint32(data[8:])), int(binary.BigEndian.Uint32(data[12:]))
	size := d.Height * d.Width
	if data = data[16:]; size <= 0 || len(data)/size != n || len(data)%size != 0 {
		return d, fmt.Errorf("%s: %d bytes are not %d images of %dx%d", part, len(data), n, d.Height, d.Width)
	}
	labels, err := unpack(filepath.Join(folder, part+"-labels-idx1-ubyte.gz"), magicOfLabels, 8)
	if err != nil {
		return d, err
	}
	if labels = labels[8:]; len(labels) != n {
		return d, fmt.Errorf("%s: %d labels of %d images", part, len(labels), n)
	}
	for i, label := range labels {
		d.Pixels, d.Class = append(d.Pixels, data[i*size:(i+1)*size]), append(d.Class, int(label))
	}
	return d, nil
}

func unpack(path string, magic uint32, head int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	data, err := io.ReadAll(io.LimitReader(unpacked, mostBytes))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(data) < head || binary.BigEndian.Uint32(data) != magic {
		return nil, fmt.Errorf("%s: it is no IDX file of the kind that its name says", path)
	}
	return data, nil
}
