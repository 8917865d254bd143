package collection

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestListsOfManyHabitsAreRead(t *testing.T) {
	dir := pictures(t, "pics/", 4).folder(t)
	pictures(t, "my pics/", 4).writeTo(t, dir)
	want := []string{"pics/0000.png", "pics/0001.png", "pics/0003.png"}
	for _, c := range []struct{ what, name, text string }{
		{"plain", "list.txt", "pics/0000.png\npics/0001.png\npics/0003.png\n"},
		{"backslashes", "list.txt", "pics\\0000.png\r\npics\\0001.png\r\n.\\pics\\0003.png\r\n"},
		{"quotes", "list.txt", "\"pics/0000.png\"\n'pics/0001.png'\n\"pics\\0003.png\"\n"},
		{"paths and labels", "train.txt", "pics/0000.png 1\npics/0001.png 2\npics/0003.png 1\n"},
		{"paths and labels with commas", "train.txt", "pics/0000.png,1\npics/0001.png,2\npics/0003.png,1\n"},
		{"table", "list.csv", "path,label\npics/0000.png,1\npics/0001.png,2\n./pics/0003.png,1\n"},
		{"table of a column of no such name", "list.csv", "label,scan\n1,pics\\0000.png\n2,pics/0001.png\n1,pics/0003.png\n"},
		{"table of JSON", "list.jsonl", `{"image": "pics/0000.png"} {"image": "pics/0001.png"} {"image": "pics/0003.png"}`},
	} {
		c2 := opened(t, Options{}, files{c.name: []byte(c.text)}.writeBeside(t, dir)).Collections[0]
		if got := fileNames(c2); !slices.Equal(got, want) || len(c2.Skipped) > 0 {
			t.Errorf("%s: files %q, skipped %v", c.what, got, c2.Skipped)
		}
		if c.name == "list.csv" {
			if label, _ := c2.Label(1, "label"); label != "2" {
				t.Errorf("%s: label %q of %q", c.what, label, c2.LabelNames())
			}
		}
		if c.name == "train.txt" {
			if label, _ := c2.Label(1, "column 2"); label != "2" {
				t.Errorf("%s: label %q of %q", c.what, label, c2.LabelNames())
			}
		}
		os.Remove(filepath.Join(dir, c.name))
	}
	spaces := opened(t, Options{}, files{"list.txt": []byte("my pics/0000.png\nmy pics/0002.png\n")}.writeBeside(t, dir)).Collections[0]
	if got := fileNames(spaces); len(spaces.Skipped) > 0 || !slices.Equal(got, []string{"my pics/0000.png", "my pics/0002.png"}) {
		t.Errorf("files %q, skipped %v", got, spaces.Skipped)
	}
}

func TestListsSayWhatIsWrong(t *testing.T) {
	dir := pictures(t, "", 2).folder(t)
	for text, want := range map[string]string{
		"https://host/0.png\n": "is an address",
		".\n":                  "is a folder",
		"no.png\n":             "cannot be opened",
	} {
		var empty *EmptyError
		_, err := openPaths(t, Options{}, files{"list.txt": []byte(text)}.writeBeside(t, dir))
		if !errors.As(err, &empty) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	var metadata *MetadataError
	if _, err := openPaths(t, Options{}, files{"list.csv": []byte("a,b\n1,2\n")}.writeBeside(t, dir)); !errors.As(err, &metadata) || !strings.Contains(err.Error(), "has no column of paths") {
		t.Error(err)
	}
}

func TestListsAreNotCutAtTheLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("a.png\n", 200)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxListBytes+1); err != nil {
		t.Skip(err)
	}
	if _, err := openPaths(t, Options{}, path); err == nil || !strings.Contains(err.Error(), "is longer than the 256 MiB") {
		t.Error(err)
	}
}

func TestListsKeepClassAndSplitWhateverTheirPaths(t *testing.T) {
	all := files{}
	for i := range 24 {
		part := []string{"train", "val"}[min(i/18, 1)]
		all[fmt.Sprintf("%s/%s/%02d.png", part, []string{"young", "old"}[i%2], i)] = shade(t, i)
	}
	dir := all.folder(t)
	relative := strings.Join(all.names(), "\n")
	absolute := dir + "/" + strings.Join(all.names(), "\n"+dir+"/")
	for what, path := range map[string]string{
		"relative": files{"list.txt": []byte(relative)}.writeBeside(t, dir),
		"absolute": writeFile(t, "list.txt", []byte(filepath.ToSlash(absolute))),
		"windows":  files{"w.txt": []byte(strings.ReplaceAll(relative, "/", `\`))}.writeBeside(t, dir),
	} {
		c := opened(t, Options{}, path).Collections[0]
		classes := map[string]int{}
		for row := range c.Items {
			class, _ := c.Label(row, LabelClass)
			classes[class]++
		}
		if len(c.Train) != 18 || len(c.Validation) != 6 || classes["young"] != 12 || classes["old"] != 12 {
			t.Errorf("%s: %d for training, %d held out, classes %v", what, len(c.Train), len(c.Validation), classes)
		}
	}
}
