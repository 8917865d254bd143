//go:build unix

package atomicfile

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// The umask belongs to the whole process: no test of this package runs beside another.
func TestNewFilesHonourTheUmask(t *testing.T) {
	for _, c := range []struct{ mask, want int }{{0o077, 0o600}, {0o022, 0o644}, {0o002, 0o664}} {
		path := filepath.Join(t.TempDir(), "a")
		before := syscall.Umask(c.mask)
		err := Write(path, []byte("x"))
		syscall.Umask(before)
		if err != nil {
			t.Fatal(err)
		}
		if got := permissions(t, path); int(got) != c.want {
			t.Errorf("umask %03o: permissions %o, want %o", c.mask, got, c.want)
		}
	}
}

func TestPipesAndDevicesAreWrittenToAsTheyAre(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		f, err := os.Open(pipe)
		if err != nil {
			got <- err.Error()
			return
		}
		data, _ := io.ReadAll(f)
		got <- string(data)
	}()
	if err := Write(pipe, []byte("through")); err != nil {
		t.Fatal(err)
	}
	select {
	case text := <-got:
		if text != "through" {
			t.Errorf("the reader got %q", text)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing came through")
	}
	if err := Write(os.DevNull, []byte("x")); err != nil {
		t.Error(err)
	}
}
