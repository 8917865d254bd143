//go:build unix

package collection

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// mapping is a file's content, read-only.
type mapping []byte

// mapFile maps the first n bytes of f, which may be closed afterwards.
func mapFile(f *os.File, n int64) (mapping, error) {
	if int64(int(n)) != n {
		return nil, errors.New("the file is too large for a 32-bit system")
	}
	return unix.Mmap(int(f.Fd()), 0, int(n), unix.PROT_READ, unix.MAP_SHARED)
}

func (m mapping) unmap() error { return unix.Munmap(m) }
