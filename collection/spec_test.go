package collection

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParseSpec(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for _, c := range []struct {
		arg  string
		want Spec
		says string
	}{
		{"photos=pics/photos", Spec{Name: "photos", Path: "pics/photos"}, ""},
		{"a.b_c-1=x=y", Spec{Name: "a.b_c-1", Path: "x=y"}, ""},
		{"Gemälde=x", Spec{Name: "Gemälde", Path: "x"}, ""},
		{"a=~" + string(filepath.Separator) + "x", Spec{Name: "a", Path: filepath.Join(home, "x")}, ""},
		{"photos", Spec{}, "NAME=PATH"},
		{"=x", Spec{}, "name of the collection is missing"},
		{"a=", Spec{}, "path after = is missing"},
		{"all=x", Spec{}, "every collection"},
		{"-a=x", Spec{}, "must not start"},
		{"a b=x", Spec{}, "only letters, digits"},
		{"a/b=x", Spec{}, "only letters, digits"},
		{strings.Repeat("a", 65) + "=x", Spec{}, "longer than"},
		{"\xff=x", Spec{}, "UTF-8"},
	} {
		got, err := ParseSpec(c.arg)
		var typed *SpecError
		if !reflect.DeepEqual(got, c.want) || (err == nil) != (c.says == "") || err != nil && (!errors.As(err, &typed) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%q: %v, %v", c.arg, got, err)
		}
	}
}

func TestReadSpecs(t *testing.T) {
	abs := filepath.Join(t.TempDir(), "abs")
	for _, c := range []struct {
		name, yaml string
		want       []Spec // relative to the file's folder
		says       string
	}{
		{"list", "seed: 3\ncollections:\n  - {name: b, path: x/y}\n  - name: a\n    path: '" + abs + "'\n", []Spec{{Name: "b", Path: "x/y"}, {Name: "a", Path: abs}}, ""},
		{"map keeps its order", "collections:\n  z: 1\n  a: ./two\n", []Spec{{Name: "z", Path: "1"}, {Name: "a", Path: "two"}}, ""},
		{"tables", "collections:\n  - {name: a, path: x, metadata: labels.csv, file_column: scan}\n", []Spec{{Name: "a", Path: "x", Metadata: "labels.csv", FileColumn: "scan"}}, ""},
		{"tables in a map", "collections:\n  a: {path: x, metadata: t/labels.csv}\n  b: y\n", []Spec{{Name: "a", Path: "x", Metadata: "t/labels.csv"}, {Name: "b", Path: "y"}}, ""},
		{"none", "seed: 3\n", nil, `"collections"`},
		{"empty", "collections: []\n", nil, "is empty"},
		{"scalar", "collections: x\n", nil, "is missing"},
		{"twice", "collections:\n  - {name: a, path: x}\n  - {name: A, path: y}\n", nil, "give each its own name"},
		{"typo", "collections:\n  - {name: a, pth: x}\n", nil, `:2: unknown key "pth"`},
		{"no path", "collections:\n  - name: a\n", nil, ":2: collection a has no path"},
		{"no name", "collections:\n  - path: a\n", nil, "name of the collection is missing"},
		{"path is a list", "collections:\n  a: [x]\n", nil, "must be text"},
		{"no YAML", "collections: [\n", nil, "line"},
	} {
		path := writeFile(t, "c.yaml", []byte(c.yaml))
		got, err := ReadSpecs(path)
		for i := range c.want {
			if !filepath.IsAbs(c.want[i].Path) {
				c.want[i].Path = filepath.Join(filepath.Dir(path), c.want[i].Path)
			}
		}
		if !slices.EqualFunc(got, c.want, func(a, b Spec) bool { return reflect.DeepEqual(a, b) }) || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	if _, err := ReadSpecs(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func FuzzSpecs(f *testing.F) {
	f.Add([]byte("collections:\n  - {name: b, path: x/y}\n"))
	f.Add([]byte("collections: &a {x: *a}\n"))
	f.Add([]byte("a: &a [x]\ncollections: *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		specs, err := parseSpecs(data)
		for _, s := range specs {
			if err == nil && (checkName(s.Name) != nil || s.Path == "") {
				t.Fatalf("accepted %+v", s)
			}
		}
	})
}

func TestMetadataOfSpecsStartsAtTheFileThatNamesIt(t *testing.T) {
	dir := files{"sets/c.yaml": []byte("collections:\n  a: {path: x, metadata: labels.csv}\n  b: {path: y, metadata: within.csv}\n"), "sets/labels.csv": []byte("x")}.folder(t)
	specs, err := ReadSpecs(filepath.Join(dir, "sets", "c.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "sets", "labels.csv"); specs[0].Metadata != want || specs[1].Metadata != "within.csv" {
		t.Errorf("metadata %q and %q", specs[0].Metadata, specs[1].Metadata)
	}
	t.Chdir(dir)
	absolute, err := (Spec{Path: "sets", Metadata: filepath.Join("sets", "labels.csv")}).Absolute()
	if err != nil || !filepath.IsAbs(absolute.Path) || !filepath.IsAbs(absolute.Metadata) {
		t.Errorf("%+v, %v", absolute, err)
	}
}
