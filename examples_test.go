package dataprism

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryPublicPackageHasAnExampleThatRuns(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.Name}} {{.ImportPath}} {{.Dir}}", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile(`(?ms)^func Example\w*\(\) \{.*?^\t// (?:Unordered output|Output):`)
	for line := range strings.Lines(string(out)) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 3)
		name, path, dir := words[0], words[1], words[2]
		if name == "main" || strings.Contains(path, "/internal/") || path+"/" == module {
			continue
		}
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || example.Match(text)
		}
		if !found {
			t.Errorf("%s has no example with an output", path)
		}
	}
}
