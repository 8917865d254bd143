package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/weigh"
)

// weighed weighs the demo's run by the given flags, and returns weigh.json and the lines of weights.csv.
func weighed(t *testing.T, args ...string) (weigh.Result, [][]string, string) {
	t.Helper()
	dir := t.TempDir()
	stdout, _ := must(t, dir, append([]string{"weigh", runDir(), "-o", "out", "--json", "--cache", filepath.Join(demoDir, "cache")}, args...)...)
	var r weigh.Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("stdout is not the result alone: %v", err)
	}
	if kept := read(t, filepath.Join(dir, "out", weighFile)); kept != stdout {
		t.Error("the file holds something else than what is printed")
	}
	lines, err := csv.NewReader(strings.NewReader(read(t, filepath.Join(dir, "out", weightsFile)))).ReadAll()
	if err != nil || len(lines) != r.N+1 {
		t.Fatalf("%d lines of %d rows, %v", len(lines), r.N, err)
	}
	return r, lines, filepath.Join(dir, "out")
}

func TestEveryRuleWeighsTheDemo(t *testing.T) {
	for name, test := range map[string]struct {
		args    []string
		columns string
		found   func(weigh.Result) bool
	}{
		"context": {[]string{"--label", "smile", "--context", "hair"}, "file,weight",
			func(r weigh.Result) bool {
				return r.Context != nil && len(r.Context.Cells) == 4 && r.Effective.Rows > 100
			}},
		"collection as context": {[]string{"--label", "hair", "--context", "collection"}, "file,weight",
			func(r weigh.Result) bool { return len(r.Context.Cells) == 6 && r.Context.Before.AUC.Low > 0.5 }},
		"pool": {[]string{"--label", "smile", "--context", "hair", "--pool", "photo", "--keep", "20"}, "file,weight",
			func(r weigh.Result) bool { return r.Pool.Chosen == 20 && len(r.Collections) == 3 }},
		"nearest": {[]string{"--density", "photo", "--keep", "40"}, "file,weight,score",
			func(r weigh.Result) bool {
				return r.Density.Kept == 40 && r.Effective.Rows == 40 && len(r.Collections) == 2
			}},
		"likelihood": {[]string{"--density", "photo", "--keep", "25%", "--rule", "likelihood", "--label", "smile"}, "file,weight,score",
			func(r weigh.Result) bool { return r.Density.Kept == (r.N+2)/4 && len(r.Density.Composition) > 0 }},
		"odds": {[]string{"--density", "photo", "--keep", "0.5", "--rule", "odds", "--of", "oil"}, "file,weight,score",
			func(r weigh.Result) bool { return strings.Join(r.Collections, " ") == "oil" }},
		"shallow": {[]string{"--label", "hair=long", "--shallow", "--cue", "posterior"}, "file,weight,p_low",
			func(r weigh.Result) bool { return len(r.Shallow.Ladder) == 7 && r.Shallow.Cue == "posterior" }},
		"contributor": {[]string{"--label", "smile", "--contributor", "skin"}, "file,weight",
			func(r weigh.Result) bool { return r.Contributors.Count == 3 }},
	} {
		t.Run(name, func(t *testing.T) {
			r, lines, out := weighed(t, test.args...)
			if !test.found(r) {
				t.Errorf("the result is %+v", r)
			}
			if got := strings.Join(lines[0], ","); got != test.columns {
				t.Errorf("the columns are %s", got)
			}
			if !strings.Contains(lines[1][0], "/") {
				t.Errorf("a file is called %s", lines[1][0])
			}
			list := read(t, filepath.Join(out, pathsFile))
			if n := strings.Count(list, ".png\n"); n != listed(r) {
				t.Errorf("%d paths are listed", n)
			}
			if name == "context" || name == "nearest" {
				again, _, _ := weighed(t, test.args...)
				if a, b := toJSON(t, r), toJSON(t, again); !bytes.Equal(a, b) {
					t.Error("the same seed gives another result")
				}
			}
			for _, name := range r.Collections {
				text, err := os.ReadFile(filepath.Join(out, "paths."+name+".txt"))
				if has := err == nil && len(text) > 0; has != (len(r.Collections) > 1 && anyWeight(lines, name)) {
					t.Errorf("the list of %s has %d bytes, %v", name, len(text), err)
				}
			}
		})
	}
}

// Every file that is written is printed, and no collection of which nothing is kept has a list.
func TestWeighPrintsEveryFileThatItWrites(t *testing.T) {
	for args, want := range map[string]string{
		"--label smile --context hair":       "weights.csv paths.txt paths.photo.txt paths.oil.txt paths.anime.txt weigh.json",
		"--density photo --keep 1":           "weights.csv paths.txt paths.oil.txt weigh.json",
		"--density photo --keep 40 --of oil": "weights.csv paths.txt weigh.json",
	} {
		dir := t.TempDir()
		stdout, stderr := must(t, dir, append([]string{"weigh", runDir(), "-o", "out", "--cache", filepath.Join(demoDir, "cache")}, strings.Fields(args)...)...)
		var printed []string
		for _, name := range strings.Fields(stdout[strings.LastIndex(stdout, "\n\n"):]) {
			printed = append(printed, filepath.Base(name))
		}
		if got := strings.Join(printed, " "); got != want {
			t.Errorf("%s prints %s, want %s", args, got, want)
		}
		entries, err := os.ReadDir(filepath.Join(dir, "out"))
		if err != nil || len(entries) != len(printed) {
			t.Errorf("%s writes %v, %v", args, entries, err)
		}
		if unlisted := !strings.Contains(want, "paths.anime.txt") && strings.Contains(want, "paths.oil.txt"); unlisted != strings.Contains(stderr, "no image of anime is among the listed") {
			t.Errorf("%s does not say which collection has no list: %s", args, stderr)
		}
	}
}

// Of two results in one folder the later one's lists are there, and no others.
func TestListsOfAnEarlierResultGo(t *testing.T) {
	dir := t.TempDir()
	args := []string{"weigh", runDir(), "--label", "smile", "--context", "hair", "-o", "out", "--cache", filepath.Join(demoDir, "cache")}
	stdout, _ := must(t, dir, args...)
	if !strings.Contains(stdout, "effective number of images") {
		t.Errorf("what is printed does not say the effective number: %s", stdout)
	}
	read(t, filepath.Join(dir, "out", "paths.anime.txt"))
	must(t, dir, append(args, "--of", "oil,photo")...)
	if _, err := os.Stat(filepath.Join(dir, "out", "paths.anime.txt")); err == nil {
		t.Error("a list of the earlier result is still there")
	}
	read(t, filepath.Join(dir, "out", "paths.photo.txt"))
}

// anyWeight says whether an image of the collection has a weight in the lines of weights.csv.
func anyWeight(lines [][]string, collection string) bool {
	return slices.ContainsFunc(lines, func(line []string) bool { return strings.HasPrefix(line[0], collection+"/") && line[1] != "0" })
}

// listed is how many paths a result lists.
func listed(r weigh.Result) int {
	if r.Density != nil || r.Pool != nil {
		return int(r.Effective.Rows)
	}
	return r.N
}

func toJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWeighSaysWhatItCannotDo(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		args string
		code int
		says string
	}{
		{"--label smile", exitUsage, "give one of"},
		{"--label smile --shallow --context hair", exitUsage, "give one of"},
		{"--shallow", exitUsage, "--label"},
		{"--label hair --context hair", exitUsage, "independent of itself"},
		{"--density photo", exitUsage, "--keep"},
		{"--density photo --keep 0", exitUsage, "neither a number"},
		{"--density fresco --keep 5", exitUsage, "fresco"},
		{"--density photo --keep 5 --of photo", exitUsage, "--of names photo"},
		{"--pool photo --label smile --shallow --keep 5", exitUsage, "--context"},
		{"--density photo --keep 5 --rule luck", exitUsage, "luck"},
		{"--label moustache --shallow", exitFailed, "there are"},
		{"--label smile --shallow --cue smell", exitFailed, "smell"},
	} {
		args := append([]string{"weigh", runDir(), "-o", "out", "--cache", filepath.Join(demoDir, "cache")}, strings.Fields(test.args)...)
		stdout, stderr, code := dataprism(t, dir, args...)
		if code != test.code || !strings.Contains(stderr, test.says) || stdout != "" {
			t.Errorf("%s: exit code %d, %q does not say %q", test.args, code, stderr, test.says)
		}
	}
}
