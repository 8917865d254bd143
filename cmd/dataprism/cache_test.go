package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCacheCommandShowsAndClears(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "00112233445566778899aabbccddeeff.cache")
	for _, name := range []string{old, filepath.Join(dir, "ffeeddccbbaa99887766554433221100.index"), filepath.Join(dir, "notes.txt")} {
		if err := os.WriteFile(name, make([]byte, 2_000_000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-31 * 24 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	say := func(older time.Duration, clearing, asJSON bool) string {
		t.Helper()
		out.Reset()
		if err := cache(&out, dir, older, clearing, asJSON); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for _, says := range []string{"2 files, 4.0 MB", "another version", "1 files, 2.0 MB, were not used for 30 days"} {
		if text := say(0, false, false); !strings.Contains(text, says) {
			t.Errorf("%q does not say %q", text, says)
		}
	}
	var report cacheReport
	if err := json.Unmarshal([]byte(say(longUnused, false, true)), &report); err != nil || len(report.Files) != 1 || report.Files[0].File != old || report.Cleared {
		t.Errorf("%+v, %v", report, err)
	}
	if text := say(longUnused, true, false); !strings.Contains(text, "removed 1 files") || !strings.Contains(text, "2.0 MB") {
		t.Error(text)
	}
	say(0, true, false)
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != "notes.txt" {
		t.Errorf("left %v, %v", left, err)
	}
	if text := say(0, false, true); !strings.Contains(text, `"files": []`) {
		t.Error(text)
	}
}
