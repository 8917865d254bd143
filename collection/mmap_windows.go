package collection

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// mapping is a file's content, read-only.
type mapping []byte

// mapFile maps the first n bytes of f, which may be closed afterwards.
func mapFile(f *os.File, n int64) (mapping, error) {
	if int64(int(n)) != n {
		return nil, errors.New("the file is too large for a 32-bit system")
	}
	h, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READONLY, uint32(n>>32), uint32(n), nil)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(h)
	addr, err := windows.MapViewOfFile(h, windows.FILE_MAP_READ, 0, 0, uintptr(n))
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&addr))), int(n)), nil
}

func (m mapping) unmap() error {
	return windows.UnmapViewOfFile(uintptr(unsafe.Pointer(unsafe.SliceData(m))))
}
