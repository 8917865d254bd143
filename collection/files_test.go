package collection

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"hash/fnv"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"sort"
	"testing"
)

// files are the contents of a collection by name.
type files map[string][]byte

func (f files) names() []string {
	names := make([]string, 0, len(f))
	for n := range f {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// folder writes the files to a new folder.
func (f files) folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	f.writeTo(t, dir)
	return dir
}

func (f files) writeTo(t testing.TB, dir string) {
	t.Helper()
	for name, data := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (f files) zip(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range f.names() {
		e, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		e.Write(f[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tar packs the files in the reverse of their order, which must not matter.
func (f files) tar(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	names := f.names()
	for i := range names {
		name := names[len(names)-1-i]
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(f[name]))}); err != nil {
			t.Fatal(err)
		}
		w.Write(f[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// pictures are n small images called prefix0000.png and so on, whose colours tell them and those of other prefixes
// apart.
func pictures(t testing.TB, prefix string, n int) files {
	f := files{}
	hash := fnv.New32a()
	io.WriteString(hash, prefix)
	for i := range n {
		f[fmt.Sprintf("%s%04d.png", prefix, i)] = pngOf(t, flat(6, 6, color.RGBA{uint8(i), uint8(i >> 8), uint8(hash.Sum32()), 255}))
	}
	return f
}

// opened opens collections named a, b, ... at the given paths.
func opened(t testing.TB, o Options, paths ...string) *Dataset {
	t.Helper()
	d, err := openPaths(t, o, paths...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func openPaths(t testing.TB, o Options, paths ...string) (*Dataset, error) {
	t.Helper()
	if o.Size == 0 {
		o.Size = 8
	}
	if o.CacheDir == "" {
		o.CacheDir = t.TempDir()
	}
	var specs []Spec
	for i, p := range paths {
		specs = append(specs, Spec{Name: string(rune('a' + i)), Path: p})
	}
	return Open(context.Background(), specs, o)
}

func fileNames(c *Collection) []string {
	var names []string
	for _, item := range c.Items {
		names = append(names, item.File)
	}
	return names
}

func filesOf(c *Collection, rows []int) []string {
	names := []string{}
	for _, row := range rows {
		names = append(names, c.Items[row].File)
	}
	return names
}
