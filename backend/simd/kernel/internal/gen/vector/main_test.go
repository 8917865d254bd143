package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestGeneratedFilesAreCurrent writes the files again and compares them with those that are committed, but for the
// first line, which names the command.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	names := []string{"vector_amd64.s", "vector_amd64_gen.go"}
	args := []string{"-out", filepath.Join(dir, names[0]), "-stubs", filepath.Join(dir, names[1]), "-pkg", "kernel"}
	if status := run(args); status != 0 {
		t.Fatalf("the generator ends with status %d", status)
	}
	for _, name := range names {
		if !bytes.Equal(body(t, filepath.Join(dir, name)), body(t, filepath.Join("..", "..", "..", name))) {
			t.Errorf("%s is not what the generator writes: run go generate ./backend/simd/kernel", name)
		}
	}
}

func body(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	return rest
}
