package collection

import (
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestUnitsOfRowsAreNumberedInTheirOrder(t *testing.T) {
	a := made("a", "0 group=x", "1", "2 group=x", "3")
	b := made("b", "0", "1 group=x")
	split([]*Collection{a, b}, 1, 0.1)
	d := &Dataset{Collections: []*Collection{a, b}}
	if got := d.UnitsOf([]int{0, 1, 1, 0, 0}, []int{3, 1, 0, 2, 3}); !slices.Equal(got, []int{0, 1, 2, 1, 0}) {
		t.Errorf("units %v", got)
	}
}

// shade is a picture that differs from those of other numbers.
func shade(t testing.TB, n int) []byte {
	return pngOf(t, flat(6, 6, color.RGBA{uint8(n), uint8(n >> 8), 200, 255}))
}

func TestUnitsJoinPairsGroupsAndCopies(t *testing.T) {
	a := files{"0.png": shade(t, 0), "1.png": shade(t, 1), "2.png": shade(t, 2), "3.png": shade(t, 3), "4.png": shade(t, 4)}
	a["metadata.csv"] = []byte("file_name,pair,group\n0.png,p,\n1.png,,g\n2.png,,g\n")
	b := files{"0.png": shade(t, 10), "1.png": shade(t, 11), "copy.png": shade(t, 3), "broken.png": []byte("no image")}
	b["metadata.csv"] = []byte("file_name,pair,group\n0.png,p,\n1.png,,g\ncopy.png,,g\n")
	d := opened(t, Options{}, a.folder(t), b.folder(t))
	want := [][]int{{0, 1, 1, 1, 2}, {0, 1, 3, 1}}
	for i, units := range d.Units() {
		if !slices.Equal(units, want[i]) {
			t.Errorf("units %v of %q, want %v", units, fileNames(d.Collections[i]), want[i])
		}
	}
}

func TestCopiesStayOnOneSideAndAreNoted(t *testing.T) {
	a, b := files{}, files{}
	for i := range 40 {
		a[fmt.Sprintf("%02d.png", i)] = shade(t, i)
		b[fmt.Sprintf("x%02d.png", i)] = shade(t, 100+i)
	}
	for i := range 10 {
		a[fmt.Sprintf("copy of %02d.png", i)] = a[fmt.Sprintf("%02d.png", i)]                    // the same bytes
		b[fmt.Sprintf("y%02d.bmp", i)] = bmpOf(t, flat(6, 6, color.RGBA{uint8(i), 0, 200, 255})) // the same pixels
	}
	for seed := range uint64(5) {
		d := opened(t, Options{Seed: seed, Validation: 0.3}, a.folder(t), b.folder(t))
		sides := map[string]bool{}
		for i, c := range d.Collections {
			for _, row := range c.Rows() {
				_, held := slices.BinarySearch(c.Validation, row)
				pixels := string(c.Pixels(row))
				if other, seen := sides[pixels]; seen && other != held {
					t.Fatalf("seed %d: %s is on the other side of its copy", seed, c.Items[row].File)
				}
				sides[pixels] = held
			}
			said := 0
			for _, n := range c.Notes {
				if strings.Contains(n.Reason, "is the same image as") {
					said++
				}
			}
			if said != 10 {
				t.Errorf("%d copies are noted in collection %d", said, i)
			}
		}
		if noted := notesOn(d.Collections[1], "y03.bmp"); len(noted) != 1 || !strings.Contains(noted[0], `is the same image as "03.png" of a`) {
			t.Errorf("notes %q", noted)
		}
	}
}

func TestCopiesAreFoundWhereCollectionsAreFramedApart(t *testing.T) {
	dir, other := files{}, files{}
	for i := range 6 {
		dir[fmt.Sprint(i, ".png")] = pngOf(t, landmark(20+i, 20))
		other[fmt.Sprint(i, ".png")] = pngOf(t, landmark(20+i, 20))
	}
	specs := []Spec{{Name: "a", Path: dir.folder(t)}, {Name: "b", Path: other.folder(t), Frame: Frame{Side: 0.5}}}
	d, err := Open(t.Context(), specs, Options{Size: 8, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if u := d.Units(); !slices.Equal(u[0], u[1]) {
		t.Errorf("units %v", u)
	}
}

func TestAPathIsOneCollection(t *testing.T) {
	dir := pictures(t, "", 4).folder(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	for _, other := range []string{dir, dir + "/.", link} {
		var spec *SpecError
		if _, err := openPaths(t, Options{}, dir, other); !errors.As(err, &spec) || !strings.Contains(err.Error(), "is the same as collection a") {
			t.Errorf("%s: %v", other, err)
		}
	}
}

func TestNoFolderIsReadTwice(t *testing.T) {
	dir := pictures(t, "run5/", 4).folder(t)
	pictures(t, "run5/deep/", 2).writeTo(t, dir)
	outside := files{"o.png": shade(t, 77)}.folder(t)
	for link, target := range map[string]string{
		"latest": "run5", "again": "run5/deep", "run5/up": "..", "run5/deep/self": ".", "far": outside, "farther": outside, "zenith": filepath.Dir(dir),
	} {
		if !filepath.IsAbs(target) {
			target = filepath.FromSlash(target)
		}
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	c := opened(t, Options{}, dir).Collections[0]
	var inside []string
	for _, f := range fileNames(c) {
		if !strings.HasPrefix(f, "zenith/") { // what else lies beside the folder
			inside = append(inside, f)
		}
	}
	want := []string{"far/o.png", "run5/0000.png", "run5/0001.png", "run5/0002.png", "run5/0003.png", "run5/deep/0000.png", "run5/deep/0001.png"}
	if !slices.Equal(inside, want) {
		t.Errorf("files %q", inside)
	}
	if noted := notesOn(c, "latest"); len(noted) != 1 || !strings.Contains(noted[0], `is the folder "run5" again`) {
		t.Errorf("notes %v", c.Notes)
	}
}

func TestTooFewImagesAreRefusedInOneSentence(t *testing.T) {
	site := func(n int) func(i int) string { return func(i int) string { return fmt.Sprint("group=", i%n) } }
	for _, c := range []struct {
		what  string
		rows  []string
		train int
		want  string
	}{
		{"ten", numbered("f", 10, nil), 2, ""},
		{"four", numbered("f", 4, nil), 2, ""},
		{"three", numbered("f", 3, nil), 2, "collection a has 3 usable images, 2 to train on and 1 to measure with: at least 4 are needed, 2 to train on and 2 to measure with"},
		{"one", numbered("f", 1, nil), 2, "collection a has 1 usable image, 1 to train on and 0 to measure with: at least 4"},
		{"ten where twelve are trained on", numbered("f", 10, nil), 12, "collection a has 10 usable images, 8 to train on and 2 to measure with: at least 14 are needed, 12 to train on"},
		{"fourteen", numbered("f", 14, nil), 12, ""},
		{"four sites", numbered("f", 40, site(4)), 2, ""},
		{"three sites", numbered("f", 30, site(3)), 2, "the 30 images of collection a are only 3 units that can be told apart"},
		{"one site", numbered("f", 30, site(1)), 2, "the 30 images of collection a are only 1 unit that"},
		{"folders", []string{"train/1", "train/2", "train/3", "val/4"}, 2, "collection a has 3 images for training and 1 held out by its folders or table, which are 3 and 1 that can"},
		{"good folders", []string{"train/1", "train/2", "val/3", "val/4"}, 2, ""},
		{"nothing that can be read", []string{"-1", "-2"}, 2, "collection a has no usable image"},
	} {
		col := made("a", c.rows...)
		split([]*Collection{col}, 1, 0.1)
		err := (&Dataset{Collections: []*Collection{col}}).Enough(c.train)
		var few *TooFewError
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.what, err)
		case c.want != "" && (!errors.As(err, &few) || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: %v", c.what, err)
		}
	}
}
