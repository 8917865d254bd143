package collection

import (
	"fmt"
	"strings"
	"testing"
)

func TestNamesInTablesFindTheirImages(t *testing.T) {
	for _, c := range []struct {
		what, root, dir, files, name, want string
		how                                matched
	}{
		{"as it is", "", ".", "a.png b.png", "b.png", "b.png", matchExact},
		{"from the table's folder", "", "x", "x/a.png y/a.png", "a.png", "x/a.png", matchExact},
		{"from the collection's folder", "", "x", "x/a.png y/a.png", "y/a.png", "y/a.png", matchExact},
		{"a dot before", "", ".", "a.png", "./a.png", "a.png", matchExact},
		{"backslashes", "", ".", "x/a.png", `x\a.png`, "x/a.png", matchExact},
		{"an absolute name in a list", "", ".", "/d/x/a.png", "/d/x/a.png", "/d/x/a.png", matchExact},
		{"upper case", "", ".", "IMG.JPG", "img.jpg", "IMG.JPG", matchSpelling},
		{"composed accents", "", ".", "Mu\u0308ller.png", "M\u00fcller.png", "Mu\u0308ller.png", matchSpelling},
		{"a name in Latin-1", "", ".", "caf\xe9.png", "café.png", "caf\xe9.png", matchSpelling},
		{"an escaped name in Latin-1", "", ".", "caf%E9.png", "café.png", "caf%E9.png", matchSpelling},
		{"escapes", "", ".", "a~b.png", "a%20b.png", "a b.png", matchSpelling},
		{"an address", "", ".", "a.png", "https://host/x/a.png?w=500", "a.png", matchSpelling},
		{"no ending", "", ".", "a.png b.png", "b", "b.png", matchEnding},
		{"another ending", "", ".", "a.png b.png", "b.jpg", "b.png", matchEnding},
		{"a dot that is no ending", "", ".", "v1.5.png v1.png", "v1.5", "v1.5.png", matchEnding},
		{"bare names for images in folders", "", ".", "images/a.png images/b.png", "b.png", "images/b.png", matchFolders},
		{"folders for bare images", "/data/faces", ".", "a.png", "images/a.png", "a.png", matchFolders},
		{"an absolute name of this machine", "/data/faces", ".", "x/a.png", "/data/faces/x/a.png", "x/a.png", matchFolders},
		{"an absolute name of another", "/data/faces", ".", "x/a.png", `C:\Users\anna\faces\x\A.png`, "x/a.png", matchSpelling},
		{"below the table's folder first", "", "x", "x/1/a.png y/a.png", "a.png", "x/1/a.png", matchFolders},
		{"elsewhere", "", "labels", "images/a.png", "a.png", "images/a.png", matchFolders},
		{"two that could be meant", "", ".", "x/a.png y/a.png", "a.png", "", matchAmbiguous},
		{"two endings", "", ".", "a.png a.jpg", "a", "", matchAmbiguous},
		{"two in other case", "", ".", "a.png A.png", "A.PNG", "", matchAmbiguous},
		{"folders that contradict", "", ".", "x/a.png", "y/a.png", "", matchNone},
		{"another part of the data set", "/fairface/val", ".", "a.png", "train/a.png", "", matchNone},
		{"another held-out part", "/faces/test", ".", "a.png", "/faces/val/a.png", "", matchNone},
		{"the same part in other words", "/faces/training", ".", "a.png", "train/a.png", "a.png", matchFolders},
		{"nothing", "", ".", "a.png", "b.png", "", matchNone},
		{"no name at all", "", ".", "a.png", "/", "", matchNone},
	} {
		files := strings.Fields(c.files)
		for i, f := range files {
			files[i] = strings.ReplaceAll(f, "~", " ")
		}
		x := newNameIndex(files, c.root)
		rows, how := x.match(c.dir, []string{c.name})
		got := ""
		if how[0] != matchNone && how[0] != matchAmbiguous {
			got = x.files[rows[0]]
		}
		if got != c.want || how[0] != c.how {
			t.Errorf("%s: %q finds %q, kind %d, want %q, kind %d", c.what, c.name, got, how[0], c.want, c.how)
		}
	}
}

func TestTwoNamesNeverMeanOneImage(t *testing.T) {
	for _, c := range []struct{ files, names, want string }{
		{"a.png", "x/a.png y/a.png", "- -"},
		{"a.png", "a.png x/a.png", "a.png -"},
		{"a.png b.png", "a.jpg a.gif b", "- - b.png"},
		{"a.png a.jpg", "a.png a.gif", "a.png -"},
	} {
		x := newNameIndex(strings.Fields(c.files), "")
		rows, how := x.match(".", strings.Fields(c.names))
		var got []string
		for i, h := range how {
			if h == matchNone || h == matchAmbiguous {
				got = append(got, "-")
			} else {
				got = append(got, x.files[rows[i]])
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s for %s: %q, want %s", c.names, c.files, got, c.want)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("x/a.png\ny/a.png", "A.png\nb\n%zz", "x")
	f.Add("caf\xe9.png\n/d/a", "http://h/a?b\n../a\n//", ".")
	f.Fuzz(func(t *testing.T, files, names, dir string) {
		x := newNameIndex(strings.Split(files, "\n"), "/data/train")
		list := strings.Split(names, "\n")
		rows, how := x.match(dir, list)
		owner := map[int32]string{}
		for i, h := range how {
			if h == matchNone || h == matchAmbiguous || h == matchExact {
				continue
			}
			if rows[i] < 0 || int(rows[i]) >= len(x.files) {
				t.Fatalf("row %d of %d", rows[i], len(x.files))
			}
			if other, taken := owner[rows[i]]; taken {
				t.Fatalf("%q and %q both mean %q", other, list[i], x.files[rows[i]])
			}
			owner[rows[i]] = list[i]
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	const n = 100_000
	files, names := make([]string, n), make([]string, n)
	for i := range n {
		files[i] = fmt.Sprintf("images/%03d/%06d.jpg", i%500, i)
		names[i] = fmt.Sprintf(`D:\faces\images\%03d\%06d.png`, i%500, i)
	}
	for b.Loop() {
		newNameIndex(files, "/data/faces").match(".", names)
	}
}
