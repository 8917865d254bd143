package net2net

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/weights"
)

func TestBothKindsOfFilesAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights")
	if err := weights.Write(path, file(t, small())); err != nil {
		t.Fatal(err)
	}
	if f, err := ReadFile(path); err != nil || len(f.Tensors()) == 0 {
		t.Error(err)
	}
	if f, err := ReadFile(filepath.Join("..", "weights", "checkpoint", "testdata", "legacy.ckpt")); err != nil || len(f.Tensors()) == 0 {
		t.Error(err)
	}
	if f, err := ReadFile(fixture.Path(t, "lightning.ckpt")); err != nil || len(f.Tensors()) == 0 {
		t.Error(err)
	}
}

func TestOtherFilesAreRefusedByName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	for _, content := range []string{"", "hello", "a longer text than a header"} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), "notes.txt") {
			t.Errorf("%q: error is %v", content, err)
		}
	}
	if _, err := ReadFile(path + ".none"); err == nil {
		t.Error("a file that is not there was read")
	}
}
