//go:build !unix && !windows

package collection

import (
	"errors"
	"os"
)

// mapping is a file's content, read-only.
type mapping []byte

// mapFile reads the first n bytes of f: this system cannot map files.
func mapFile(f *os.File, n int64) (mapping, error) {
	if int64(int(n)) != n {
		return nil, errors.New("the file is too large for a 32-bit system")
	}
	m := make(mapping, n)
	_, err := f.ReadAt(m, 0)
	return m, err
}

func (m mapping) unmap() error { return nil }
