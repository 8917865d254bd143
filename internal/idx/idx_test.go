package idx

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

func write(t *testing.T, path string, data ...byte) {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(data)
	w.Close()
	if err := os.WriteFile(path, packed.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestImagesAreReadWithTheirClasses(t *testing.T) {
	dir := t.TempDir()
	images, labels := filepath.Join(dir, "train-images-idx3-ubyte.gz"), filepath.Join(dir, "train-labels-idx1-ubyte.gz")
	write(t, images, 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 11, 20, 21)
	write(t, labels, 0, 0, 8, 1, 0, 0, 0, 2, 7, 3)
	d, err := Read(dir, "train")
	if err != nil || d.Height != 1 || d.Width != 2 || !bytes.Equal(d.Pixels[1], []byte{20, 21}) || d.Class[0] != 7 {
		t.Errorf("%+v, %v", d, err)
	}
	write(t, labels, 0, 0, 8, 1, 0, 0, 0, 1, 7)
	if _, err := Read(dir, "train"); err == nil {
		t.Error("fewer labels than images are no error")
	}
	write(t, images, 0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 10)
	if _, err := Read(dir, "train"); err == nil {
		t.Error("images that end early are no error")
	}
	if _, err := Read(dir, "t10k"); err == nil {
		t.Error("files that are not there are no error")
	}
}
