package dataprism

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// pages are the Markdown files of the repository, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata" || entry.Name() == "dist"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 5 {
		t.Fatalf("only %d pages are found", len(found))
	}
	return found
}

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	inCode  = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*?)\s*$`)
)

// anchors are the fragments that the headings of a page have on the sites that show Markdown: lower case, hyphens for
// spaces, and nothing but letters, digits, hyphens and underscores.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		title := link.ReplaceAllString(h[1], "]")
		found[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, title)] = true
	}
	return found
}

func TestLinksOfPagesLeadSomewhere(t *testing.T) {
	all := pages(t)
	for path, page := range all {
		prose := inCode.ReplaceAllString(fence.ReplaceAllString(page, ""), "")
		for _, l := range link.FindAllStringSubmatch(prose, -1) {
			if strings.Contains(l[1], "://") || strings.HasPrefix(l[1], "mailto:") {
				continue
			}
			target, fragment, _ := strings.Cut(l[1], "#")
			if target == "" {
				target = path
			} else {
				target = filepath.Join(filepath.Dir(path), target)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", path, l[1])
			} else if fragment != "" && !anchors(all[filepath.Clean(target)])[fragment] {
				t.Errorf("%s links to %s, which has no such heading", path, l[1])
			}
		}
	}
}

func TestEveryPageIsReachedFromTheReadme(t *testing.T) {
	all := pages(t)
	reached := map[string]bool{}
	var follow func(path string)
	follow = func(path string) {
		if reached[path] {
			return
		}
		reached[path] = true
		for _, l := range link.FindAllStringSubmatch(all[path], -1) {
			target, _, _ := strings.Cut(l[1], "#")
			if target = filepath.Join(filepath.Dir(path), target); all[target] != "" {
				follow(target)
			}
		}
	}
	follow("README.md")
	for path := range all {
		if !reached[path] {
			t.Errorf("no link leads from README.md to %s", path)
		}
	}
}

func TestReadmeNamesTheLicenceOfEveryModule(t *testing.T) {
	readme := pages(t)["README.md"]
	_, table, _ := strings.Cut(readme, "\n## Licences")
	named := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\w+\.[\w./, -]+?)(?: \([^)]+\))? \| [^|\n]+ \|$`).FindAllStringSubmatch(table, -1) {
		folder := ""
		for _, path := range strings.Split(row[1], ", ") {
			if strings.Contains(path, "/") {
				folder = path[:strings.LastIndex(path, "/")+1]
			} else {
				path = folder + path // "golang.org/x/image, sync"
			}
			named[path] = true
		}
	}
	used := map[string]bool{}
	for _, system := range []string{"linux", "windows", "darwin"} {
		list := exec.Command("go", "list", "-deps", "-test", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./...")
		list.Env = append(os.Environ(), "GOOS="+system)
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		for path := range strings.Lines(string(out)) {
			used[strings.TrimSpace(path)] = true
		}
	}
	for path := range used {
		if !named[path] {
			t.Errorf("README.md names no licence of %s", path)
		}
	}
	for path := range named {
		if !used[path] {
			t.Errorf("README.md names the licence of %s, which nothing imports", path)
		}
	}
}

func TestPromisesNameTestsThatAreThere(t *testing.T) {
	out, err := exec.Command("git", "grep", "-hoE", `^func (Test|Fuzz)\w+`, "--", "*_test.go").Output()
	if err != nil {
		t.Skip("this is no clone: ", err)
	}
	there := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		there[strings.TrimPrefix(strings.TrimSpace(line), "func ")] = true
	}
	rows := regexp.MustCompile(`(?m)^\|.*\|$`).FindAllString(pages(t)["SECURITY.md"], -1)
	for _, row := range rows[2:] { // after the head of the table
		named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(row, -1)
		if len(named) == 0 {
			t.Errorf("a promise without a test: %s", row)
		}
		for _, name := range named {
			if !there[name[1]] {
				t.Errorf("SECURITY.md names %s, which is no test", name[1])
			}
		}
	}
}
