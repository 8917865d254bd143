package dataprism

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const module = "github.com/dataprism/dataprism/"

// layers are the packages of ARCHITECTURE.md's table, in its order.
func layers(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(string(text), "\n## ")
	var names []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)`").FindAllStringSubmatch(table, -1) {
		names = append(names, row[1])
	}
	return names
}

// layerOf is the place in the table of a package: its own row or, for one that has none, the row of the folder it is
// in.
func layerOf(table []string, path string) int {
	best := -1
	for i, name := range table {
		if path == name || strings.HasPrefix(path, name+"/") {
			if best < 0 || len(name) > len(table[best]) {
				best = i
			}
		}
	}
	return best
}

func TestPackagesImportOnlyWhatStandsAboveThem(t *testing.T) {
	table := layers(t)
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	used := make([]bool, len(table))
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		name, found := strings.CutPrefix(words[0], module)
		if !found {
			continue // the root, which holds nothing but this test
		}
		at := layerOf(table, name)
		if at < 0 {
			t.Errorf("%s is not in the table of ARCHITECTURE.md", name)
			continue
		}
		used[at] = true
		for _, imported := range words[1:] {
			imported, ours := strings.CutPrefix(imported, module)
			if above := layerOf(table, imported); ours && above > at {
				t.Errorf("%s imports %s, which stands below it", name, imported)
			}
		}
	}
	for i, name := range table {
		if !used[i] {
			t.Errorf("ARCHITECTURE.md has a row for %s, which is no package", name)
		}
	}
}

// listeners are the packages that may speak with a network, as servers.
var listeners = map[string]bool{"studio": true, "cmd/dataprism": true}

var call = regexp.MustCompile(`\b(http\.(Get|Head|Post|PostForm|Client|DefaultClient|Transport|NewRequest\w*)|net\.(Dial\w*|Resolver)|tls\.Dial\w*)\b`)

func TestNothingIsCalledOverANetwork(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}|{{.Dir}}|{{join .Imports " "}}|{{join .GoFiles " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), "|")
		name := strings.TrimPrefix(fields[0], module)
		for _, imported := range strings.Fields(fields[2]) {
			if (imported == "net" || strings.HasPrefix(imported, "net/") && imported != "net/url") && !listeners[name] {
				t.Errorf("%s imports %s", name, imported)
			}
		}
		for _, file := range strings.Fields(fields[3]) {
			text, err := os.ReadFile(filepath.Join(fields[1], file))
			if err != nil {
				t.Fatal(err)
			}
			if found := call.Find(text); found != nil {
				t.Errorf("%s/%s has %s", name, file, found)
			}
		}
	}
}
