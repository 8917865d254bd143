package collection

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// CacheFile is a file of the cache.
type CacheFile struct {
	File  string    `json:"file"`
	Bytes int64     `json:"bytes"`
	Used  time.Time `json:"used"` // when a collection was last read from it
	// Path is that of the collection it belongs to, "" where the file does not say, as one that is damaged.
	Path   string `json:"path,omitempty"`
	Images int    `json:"images,omitempty"`
	// Size and Channels are those of its images, Frame the part of each that they show; all are zero in an index,
	// which holds names and labels.
	Size     int    `json:"size,omitempty"`
	Channels int    `json:"channels,omitempty"`
	Frame    *Frame `json:"frame,omitempty"`
	// Unfinished says that the file is being written, or was left by a process that was killed.
	Unfinished bool `json:"unfinished,omitempty"`
}

// CacheDir is the folder of the cache where [Options.CacheDir] names none.
func CacheDir() string {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	return filepath.Join(base, "dataprism")
}

// cacheName matches the names of the cache's files, the unfinished ones included; what else is in the folder belongs
// to somebody else.
var cacheName = regexp.MustCompile(`^(\.?)[0-9a-f]{32}\.(cache|index)(\.[0-9a-f]+\.tmp)?$`)

// ListCache returns the files of the cache in a folder, the one used last first. A folder that is not there has none.
func ListCache(dir string) ([]CacheFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot list the cache in %s: %w", dir, cause(err))
	}
	var files []CacheFile
	for _, e := range entries {
		match := cacheName.FindStringSubmatch(e.Name())
		if match == nil || !e.Type().IsRegular() || (match[1] == ".") != (match[3] != "") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it was removed in the meantime
		}
		f := CacheFile{File: filepath.Join(dir, e.Name()), Bytes: info.Size(), Used: info.ModTime(), Unfinished: match[3] != ""}
		if !f.Unfinished {
			f.describe(match[2])
		}
		files = append(files, f)
	}
	slices.SortStableFunc(files, func(a, b CacheFile) int { return b.Used.Compare(a.Used) })
	return files, nil
}

// describe reads what the file says of itself.
func (f *CacheFile) describe(kind string) {
	r, err := os.Open(f.File)
	if err != nil {
		return
	}
	defer r.Close()
	page := make([]byte, headerLen)
	if _, err := io.ReadFull(r, page); err != nil || !sealed(page) {
		return
	}
	at, version := headerAbout, uint32(cacheVersion)
	if kind == "index" {
		at, version = indexAbout, indexVersion
	}
	if binary.LittleEndian.Uint32(page[8:]) != version {
		return // of another version of the program, which will not be read again
	}
	a := aboutAt(page, at)
	f.Path, f.Images, f.Size, f.Channels, f.Frame = a.Path, a.Images, a.Size, a.Channels, a.Frame
}

// ClearCache removes files of the cache, and returns how many bytes are free again. It goes on after one that cannot
// be removed; data sets that are open keep what they have.
func ClearCache(files []CacheFile) (freed int64, err error) {
	for _, f := range files {
		switch removed := os.Remove(f.File); {
		case removed == nil:
			freed += f.Bytes
		case !errors.Is(removed, fs.ErrNotExist):
			err = errors.Join(err, removed)
		}
	}
	return freed, err
}
