package collection

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// labelledPeople are 270 pictures: women and men in turn, but every ninth without a gender, aged 0 to 89, with hats
// that are worn by two; three in a row are a group.
func labelledPeople(t testing.TB) files {
	f := pictures(t, "p", 270)
	table := "file_name,gender,age,hat,group\n"
	for i, name := range f.names() {
		gender := []string{"female", "male"}[i%2]
		if i%9 == 0 {
			gender = ""
		}
		hat := "no"
		if i < 2 {
			hat = "yes"
		}
		table += fmt.Sprintf("%s,%s,%d,%s,g%d\n", name, gender, i%90, hat, i/3)
	}
	f["metadata.csv"] = []byte(table)
	return f
}

func cellsIn(t testing.TB, path, by string) ([]Spec, []Skipped, Options, error) {
	t.Helper()
	labels, err := ParseBy(by)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Size: 8, CacheDir: t.TempDir()}
	cells, notes, err := Cells(context.Background(), []Spec{{Name: "a", Path: path}}, labels, o)
	return cells, notes, o, err
}

func namesOf(specs []Spec) string {
	var names []string
	for _, s := range specs {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}

// A cell has the images of its labels and no others, from whatever the collection lies in; those without one of the
// labels are counted and are in none.
func TestCellsDivideTheImagesThatHaveTheLabels(t *testing.T) {
	f := labelledPeople(t)
	zip := writeFile(t, "people.zip", f.zip(t))
	for kind, path := range map[string]string{"folder": f.folder(t), "zip": zip} {
		cells, notes, o, err := cellsIn(t, path, "gender,age:30,60")
		if err != nil || len(notes) > 0 {
			t.Fatalf("%s: %v, %v", kind, notes, err)
		}
		if want := "a.female.age_under_30"; len(cells) != 6 || cells[0].Name != want || cells[0].Of != "a" {
			t.Errorf("%s: the cells are %s", kind, namesOf(cells))
		}
		d, err := Open(context.Background(), cells, o)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]string{}
		for _, c := range d.Collections {
			for row, item := range c.Items {
				if other, twice := seen[item.File]; twice {
					t.Errorf("%s: %s is in %s and %s", kind, item.File, other, c.Name)
				}
				seen[item.File] = c.Name
				gender, _ := c.Label(row, "gender")
				age, _ := c.Number(row, "age")
				if ages := []string{"under_30", "30_to_59", "60_and_over"}; c.Name != "a."+gender+".age_"+ages[int(age)/30] {
					t.Errorf("%s: a %s of %g is in %s", kind, gender, age, c.Name)
				}
				if got, want := c.Pixels(row), f[filepath.Base(item.File)]; got == nil || want == nil {
					t.Errorf("%s: %s has no pixels", kind, item.File)
				}
			}
			if c.Found != len(c.Items) || !slices.ContainsFunc(c.Notes, func(n Skipped) bool { return strings.HasPrefix(n.Reason, "30 of the 270 images") }) {
				t.Errorf("%s: %s has %d of %d images, and the notes %v", kind, c.Name, len(c.Items), c.Found, c.Notes)
			}
		}
		if len(seen) != 240 {
			t.Errorf("%s: %d images are in cells, want the 240 that have a gender", kind, len(seen))
		}
		groups := map[string]bool{} // whether a group is held out
		for _, c := range d.Collections {
			for side, rows := range map[bool][]int{false: c.Train, true: c.Validation} {
				for _, row := range rows {
					group, _ := c.Label(row, "group")
					if was, known := groups[group]; known && was != side {
						t.Errorf("%s: the group %s is on both sides of the split", kind, group)
					}
					groups[group] = side
				}
			}
		}
		d.Close()
	}
}

func TestCellsAreCalledByWhatSpeaksForItself(t *testing.T) {
	dir := labelledPeople(t).folder(t)
	for by, want := range map[string]string{
		"gender":        "a.female a.male",
		"hat":           "a.hat_no",
		"age:45":        "a.age_under_45 a.age_45_and_over",
		"age:29.5,60.5": "a.age_under_29_5 a.age_29_5_to_60_5 a.age_60_5_and_over",
	} {
		cells, notes, _, err := cellsIn(t, dir, by)
		if err != nil || namesOf(cells) != want {
			t.Errorf("by %s: %s, %v", by, namesOf(cells), err)
		}
		if by == "hat" && (len(notes) != 1 || notes[0].Reason != "a.hat_yes is left out: it has 2 images, fewer than 20") {
			t.Errorf("what is too small is noted as %v", notes)
		}
	}
}

func TestLabelsThatCannotSplitSayWhy(t *testing.T) {
	dir := labelledPeople(t).folder(t)
	for by, says := range map[string]string{
		"beard":     `there are "gender", "age", "hat", "group"`,
		"age":       "90 different numbers: give cuts, such as age:25,45",
		"group":     "90 values, more than 16",
		"gender:5":  "no numbers",
		"age:1,2,3": "", // the ranges are too small, but one
		"age:1000":  "",
		"age:5,10,15,20,25,30,35,40,45,50,55,60,65,70,75,80,85": "no 20 images",
	} {
		if _, _, _, err := cellsIn(t, dir, by); says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("by %s: the error is %v", by, err)
		}
	}
	for text, says := range map[string]string{
		"": "missing", "a,,b": "missing", "age:x": "no number", "age:3,2": "ascend", "a,a": "twice", ":4": "missing", "age:1,:2": "missing",
	} {
		if by, err := ParseBy(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q is read as %v, %v", text, by, err)
		}
	}
	by, err := ParseBy("gender,age:25,45,hat")
	if want := []By{{Label: "gender"}, {"age", []float64{25, 45}}, {Label: "hat"}}; err != nil || !reflect.DeepEqual(by, want) {
		t.Errorf("labels are read as %v, %v", by, err)
	}
}

// The images of a path may be in several collections where no image can be in two of them.
func TestOnePathMayHaveCollectionsThatAreApart(t *testing.T) {
	dir := labelledPeople(t).folder(t)
	number := func(x float64) *float64 { return &x }
	low, high := Where{Label: "age", Below: number(40)}, Where{Label: "age", From: number(40)}
	woman, man := Where{Label: "gender", Value: "female"}, Where{Label: "gender", Value: "male"}
	for _, c := range []struct {
		a, b  []Where
		apart bool
	}{
		{[]Where{woman}, []Where{man}, true},
		{[]Where{low}, []Where{high}, true},
		{[]Where{woman, low}, []Where{woman, high}, true},
		{[]Where{{Label: "age", Value: "41"}}, []Where{low}, true},
		{[]Where{{Label: "age", Value: "41"}}, []Where{high}, false},
		{[]Where{woman}, []Where{low}, false},
		{[]Where{woman}, nil, false},
		{nil, nil, false},
	} {
		d, err := Open(context.Background(), []Spec{{Name: "a", Path: dir, Where: c.a}, {Name: "b", Path: dir, Where: c.b}}, Options{Size: 8, CacheDir: t.TempDir()})
		if err == nil {
			d.Close()
		}
		if (err == nil) != c.apart {
			t.Errorf("%v and %v: %v", c.a, c.b, err)
		}
	}
	if _, err := Open(context.Background(), []Spec{{Name: "a", Path: dir, Where: []Where{{Label: "age"}}}}, Options{Size: 8, CacheDir: t.TempDir()}); err == nil {
		t.Error("a condition of neither a value nor bounds is taken")
	}
}

func FuzzParseBy(f *testing.F) {
	f.Add("gender,age:25,45")
	f.Add("age:1e400,:,,")
	f.Fuzz(func(t *testing.T, text string) {
		by, err := ParseBy(text)
		if err == nil && len(by) == 0 {
			t.Errorf("%q has no labels", text)
		}
		for _, b := range by {
			if len(b.Cuts) > 0 {
				ranges(b)
			}
		}
	})
}
