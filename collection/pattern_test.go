package collection

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestBracesNameFilesOneByOne(t *testing.T) {
	for _, c := range []struct {
		pattern string
		want    []string
	}{
		{"a.tar", []string{"a.tar"}},
		{"s-{08..11}.tar", []string{"s-08.tar", "s-09.tar", "s-10.tar", "s-11.tar"}},
		{"s-{8..11}.tar", []string{"s-8.tar", "s-9.tar", "s-10.tar", "s-11.tar"}},
		{"{train,val}-{0..1}.tar", []string{"train-0.tar", "train-1.tar", "val-0.tar", "val-1.tar"}},
		{"{a}*", []string{"a*"}},
	} {
		if got, err := expandBraces(c.pattern); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", c.pattern, got, err)
		}
	}
	for pattern, says := range map[string]string{
		"a{0..1": `without "}"`, "{b..c}": "no range", "{5..1}": "no range", "{0..100000}": "more than", "{-1..2}": "no range",
		"{0..999}{0..999}": "more than", "{0..99999999999999999999}": "no range",
	} {
		if got, err := expandBraces(pattern); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %d names, %v", pattern, len(got), err)
		}
	}
}

func TestPatternsMatchFilesOnceAndInOrder(t *testing.T) {
	dir := files{"b/2.tar": nil, "a/1.tar": nil, "a/2.tar": nil, "a/x.txt": nil}.folder(t)
	names := func(pattern string) string {
		found, err := matchPattern(filepath.Join(dir, pattern))
		if err != nil {
			return err.Error()
		}
		for i, f := range found {
			found[i], _ = filepath.Rel(dir, f)
			found[i] = filepath.ToSlash(found[i])
		}
		return strings.Join(found, " ")
	}
	for pattern, want := range map[string]string{
		"*/*.tar":      "a/1.tar a/2.tar b/2.tar",
		"a/{1..2}.*":   "a/1.tar a/2.tar",
		"{b,a}/?.tar":  "a/1.tar a/2.tar b/2.tar",
		"{a,a}/1.tar":  "a/1.tar",
		"c*":           "",
		"a/{1..3}.tar": "3.tar is not there: name the files that are, or use a * for all of them",
	} {
		if got := names(pattern); got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
	if got, want := patternFolder(filepath.Join("x", "y", "{a,b}", "*.tar")), filepath.Join("x", "y"); got != want {
		t.Errorf("folder %q, want %q", got, want)
	}
	if got := patternFolder("*.tar"); got != "." {
		t.Errorf("folder %q", got)
	}
}

func FuzzBraces(f *testing.F) {
	f.Add("s-{08..11}{a,b}.tar")
	f.Add("}{")
	f.Fuzz(func(t *testing.T, pattern string) {
		names, err := expandBraces(pattern)
		if err == nil && (len(names) == 0 || len(names) > maxShards) {
			t.Fatalf("%d names", len(names))
		}
	})
}
