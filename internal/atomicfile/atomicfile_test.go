package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func permissions(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestWriteReplacesTheWholeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	for _, text := range []string{"a long text", "short", ""} {
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := content(t, path); got != text {
			t.Errorf("%q, want %q", got, text)
		}
	}
	if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{"a.txt"}) {
		t.Errorf("the folder has %q", got)
	}
}

func TestWriteToARelativeNameStaysInTheFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := Write("a.txt", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, "."); !slices.Equal(got, []string{"a.txt"}) {
		t.Errorf("the folder has %q", got)
	}
}

func TestFailedWriteLeavesEverythingAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := Write(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := WriteFrom(path, func(w io.Writer) error {
		io.WriteString(w, "new")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if got := content(t, path); got != "old" {
		t.Errorf("content %q", got)
	}
	if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{"a.txt"}) {
		t.Errorf("the folder has %q", got)
	}
	if err := Write(filepath.Join(path, "b"), nil); err == nil {
		t.Error("a file in a file was written")
	}
	if err := Write(filepath.Dir(path), nil); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("writing to a folder: %v", err)
	}
}

func TestWriteKeepsThePermissionsOfTheFileItReplaces(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are another matter there")
	}
	path := filepath.Join(t.TempDir(), "a.txt")
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o666} {
		if err := Write(path, nil); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := Write(path, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if got := permissions(t, path); got != mode {
			t.Errorf("permissions %o, want %o", got, mode)
		}
	}
}

func TestWriteFollowsALink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	dir := t.TempDir()
	other := filepath.Join(dir, "other", "deep")
	if err := os.MkdirAll(other, 0o755); err != nil {
		t.Fatal(err)
	}
	there := filepath.Join(other, "there.txt")
	if err := os.WriteFile(there, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"absolute":      there,
		"relative":      filepath.Join("other", "deep", "there.txt"),
		"chain":         "relative",
		"dangling":      filepath.Join("other", "new.txt"),
		"folder":        other,
		"other/deep/up": filepath.Join("..", "up.txt"),
		"loop":          "loop back",
		"loop back":     "loop",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ link, lands string }{
		{"absolute", there}, {"relative", there}, {"chain", there},
		{"dangling", filepath.Join(dir, "other", "new.txt")},
		{filepath.Join("folder", "up"), filepath.Join(dir, "other", "up.txt")},
	} {
		if err := Write(filepath.Join(dir, c.link), []byte(c.link)); err != nil {
			t.Errorf("%s: %v", c.link, err)
			continue
		}
		if got := content(t, c.lands); got != c.link {
			t.Errorf("%s: %s has %q", c.link, c.lands, got)
		}
		if info, err := os.Lstat(filepath.Join(dir, c.link)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is a link no more", c.link)
		}
	}
	if err := Write(filepath.Join(dir, "loop"), nil); err == nil {
		t.Error("a circle of links was written to")
	}
}

func TestCommitAndAbortEndAFileOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("ab"), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the file is there before it is finished")
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	if err := f.Commit(); err == nil {
		t.Error("a file was finished twice")
	}
	if got := content(t, path); got != "\x00\x00ab" {
		t.Errorf("content %q", got)
	}
	f, err = Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Abort()
	if err := f.Commit(); err == nil {
		t.Error("a file that was given up was finished")
	}
	if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{"a"}) {
		t.Errorf("the folder has %q", got)
	}
}

func TestLongNamesCanBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 250))
	if err := Write(path, []byte("x")); err != nil {
		t.Fatal(err)
	}
}

func TestSweepRemovesWhatKilledWritersLeft(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-48 * time.Hour)
	for name, age := range map[string]time.Time{
		".model.safetensors.0123456789abcdef.tmp": old,
		".model.safetensors.99.tmp":               time.Now(),
		".hidden.tmp":                             old,
		"mine.12.tmp":                             old,
		"model.safetensors":                       old,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, age, age); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".folder.12.tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	keep := []string{".folder.12.tmp", ".hidden.tmp", "mine.12.tmp", "model.safetensors"}
	if err := Sweep(dir, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	want := append(slices.Clone(keep), ".model.safetensors.99.tmp")
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("a day: %q, want %q", got, want)
	}
	if err := Sweep(dir, 0); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, keep) {
		t.Errorf("all: %q, want %q", got, keep)
	}
	if err := Sweep(filepath.Join(dir, "none"), 0); err != nil {
		t.Error(err)
	}
}
