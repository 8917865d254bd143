package run

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFolderIsBusyWhileItIsTaken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if _, busy := Busy(dir); busy {
		t.Error("a folder that is not there is busy")
	}
	f, err := Take(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if process, busy := Busy(dir); !busy || process != os.Getpid() {
		t.Errorf("a folder that this process has taken: busy %t by %d", busy, process)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, busy := Busy(dir); busy {
		t.Error("a folder that was given back is busy")
	}
	// What a process leaves that was killed names another process by now, or none.
	left := t.TempDir()
	for _, text := range []string{"", "no number", "0", "-1", "999999999\n", "1\n"} {
		if err := os.WriteFile(filepath.Join(left, lockFile), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, busy := Busy(left); busy {
			t.Errorf("a lock file of %q that nobody holds makes the folder busy", text)
		}
		if stopped, err := Stop(left); stopped || err != nil {
			t.Errorf("stopping nobody: %t, %v", stopped, err)
		}
	}
}
