package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// drawn is the folder of the demo's portraits of a style.
func drawn(style string) string { return filepath.Join(demoDir, "portraits", style) }

func TestInspectWritesEveryFormOfItsReport(t *testing.T) {
	dir := t.TempDir()
	stdout, stderr, code := dataprism(t, dir, "inspect", "photo="+drawn("photo"), "oil="+drawn("oil"),
		"--json", "--html", "q.html", "--csv", "q.csv", "--keep", "keep.txt")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var r struct {
		Schema      int
		Collections []struct {
			Name                             string
			Found, Usable, Train, Validation int
			Skipped                          []struct{ File, Reason string }
			Labels                           map[string]map[string]int
		}
		Duplicates struct{ Exact, Near [][]string }
		Findings   []struct {
			Kind, Attribute, Sentence string
			Collections               []string
			Value, Low, High          float64
			N                         int
		}
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	if r.Schema != 1 || len(r.Collections) != 2 || r.Collections[0].Name != "photo" {
		t.Fatalf("%+v", r)
	}
	found := 0
	for _, c := range r.Collections {
		found += c.Found
		if c.Found == 0 || c.Found != c.Usable+len(c.Skipped) || c.Usable != c.Train+c.Validation || len(c.Labels["beard"]) == 0 {
			t.Errorf("%+v", c)
		}
	}
	if len(r.Findings) == 0 {
		t.Error("photos and oil paintings do not differ")
	}
	for _, f := range r.Findings {
		if f.Kind == "" || f.Sentence == "" || len(f.Collections) == 0 || f.Value < f.Low || f.Value > f.High || f.N == 0 {
			t.Errorf("%+v", f)
		}
	}
	for file, part := range map[string]string{"q.html": "Data quality of photo and oil", "q.csv": "collection,file_name", "keep.txt": "# photo", "keep.oil.txt": "# oil"} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || !bytes.Contains(data, []byte(part)) {
			t.Errorf("%s: %v, no %q in it", file, err, part)
		}
	}
	if again, stderr, code := dataprism(t, dir, "inspect", "photo=keep.photo.txt", "oil=keep.oil.txt"); code != 0 || !strings.Contains(again, "brightness") {
		t.Errorf("the lists are not read back: %d, %s", code, stderr)
	}
}

func TestInspectFailsOnLimits(t *testing.T) {
	photo := "photo=" + drawn("photo")
	for limit, want := range map[string]int{
		"collections.photo.usable<1000000":     3,
		"collections.*.skipped.length>1000000": 0,
		"collections.oil.usable>1":             1,
		"collections":                          2,
	} {
		_, stderr, code := dataprism(t, t.TempDir(), "inspect", photo, "--fail-on", limit)
		if code != want || want == 3 && !strings.Contains(stderr, "collections.photo.usable is") {
			t.Errorf("--fail-on %q: exit code %d, want %d: %s", limit, code, want, stderr)
		}
	}
}

func TestInspectRefusesWhatCannotBeMeantBeforeItWorks(t *testing.T) {
	photo := "photo=" + drawn("photo")
	for _, c := range []struct {
		args []string
		code int
		part string
	}{
		{nil, 2, "NAME=PATH"},
		{[]string{photo, photo}, 2, "photo"},
		{[]string{photo, "--validation", "2"}, 2, "validation"},
		{[]string{photo, "--background", "nothing"}, 2, "background"},
		{[]string{photo, "--html", "no/such/folder/q.html"}, 1, "no/such/folder"},
		{[]string{"x=" + filepath.Join(t.TempDir(), "none")}, 1, "cannot open"},
	} {
		stdout, stderr, code := dataprism(t, t.TempDir(), append([]string{"inspect"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.part) || stdout != "" || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
			t.Errorf("%v: exit code %d, want %d; %q", c.args, code, c.code, stderr)
		}
	}
}

func TestInspectReportsTheOthersWhereACollectionCannotBeRead(t *testing.T) {
	stdout, stderr, code := dataprism(t, t.TempDir(), "inspect", "photo="+drawn("photo"), "gone="+filepath.Join(t.TempDir(), "none"))
	if code != 1 || !strings.Contains(stderr, "could not read gone") || !strings.Contains(stdout, "gone cannot be read") || !strings.Contains(stdout, "brightness") {
		t.Errorf("exit code %d, %q, %q", code, stderr, stdout)
	}
}

func TestInspectStopsWhenInterrupted(t *testing.T) {
	// A list that names one image many times over by links keeps inspect at work for long.
	dir := t.TempDir()
	source := somePortrait(t, "photo")
	for i := range 3000 {
		if err := os.Symlink(source, filepath.Join(dir, strings.Repeat("x", i%50)+string(rune('a'+i%26))+time.Duration(i).String()+".png")); err != nil {
			t.Skip(err)
		}
	}
	out := filepath.Join(t.TempDir(), "q.html")
	cmd := exec.Command(binary, "inspect", "x="+dir, "--html", out)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Skip("it was done before: ", err)
	}
	err := cmd.Wait()
	if err == nil {
		t.Skip("it was done before it was stopped")
	}
	if !strings.Contains(stderr.String(), "stopped") || strings.Contains(stderr.String(), "goroutine") {
		t.Errorf("stopped: %v, %s", err, stderr.String())
	}
	if left, _ := os.ReadDir(filepath.Dir(out)); len(left) > 0 {
		t.Errorf("a stopped inspection left %v", left)
	}
}
