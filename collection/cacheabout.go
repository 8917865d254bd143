package collection

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"os"
	"time"
)

// about says what a file of the cache is, for people who look at the cache.
type about struct {
	Path     string `json:"path"` // of the collection
	Images   int    `json:"images"`
	Size     int    `json:"size,omitempty"`
	Channels int    `json:"channels,omitempty"`
	Frame    *Frame `json:"frame,omitempty"`
}

// maxAboutPath is how much of a path is told; the first page of a file has no room for every one.
const maxAboutPath = 2000

// seal completes the first page of a file: head, what the file is, zeros and the page's checksum.
func (a about) seal(head []byte) []byte {
	if len(a.Path) > maxAboutPath {
		a.Path = "…" + a.Path[len(a.Path)-maxAboutPath:]
	}
	text, err := json.Marshal(a)
	if err != nil || len(head)+4+len(text) > headerLen-4 {
		text = nil // it is only told to people
	}
	head = binary.LittleEndian.AppendUint32(head, uint32(len(text)))
	head = append(head, text...)
	page := make([]byte, headerLen)
	copy(page, head)
	binary.LittleEndian.PutUint32(page[headerLen-4:], crc32.Checksum(page[:headerLen-4], castagnoli()))
	return page
}

// sealed tells whether a first page is as it was written.
func sealed(page []byte) bool {
	return len(page) == headerLen && crc32.Checksum(page[:headerLen-4], castagnoli()) == binary.LittleEndian.Uint32(page[headerLen-4:])
}

// aboutAt reads what a file is from its first page.
func aboutAt(page []byte, at int) about {
	var a about
	if n := int(binary.LittleEndian.Uint32(page[at:])); n <= headerLen-8-at {
		json.Unmarshal(page[at+4:at+4+n], &a) // what it does not say is not told
	}
	return a
}

// used marks a file of the cache as used today. Times of access are not kept by every system.
func used(path string) {
	t := time.Now()
	os.Chtimes(path, t, t) // who may not do that still may read the file
}
