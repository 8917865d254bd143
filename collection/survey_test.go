package collection

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
)

// surveyed is what a survey of paths shows, by name of the file.
func surveyed(t *testing.T, visit Visitor, paths ...string) (*Dataset, map[string]File, error) {
	t.Helper()
	var specs []Spec
	for i, p := range paths {
		specs = append(specs, Spec{Name: string(rune('a' + i)), Path: p})
	}
	var mu sync.Mutex
	seen := map[string]File{}
	visit.File = func(f File) {
		mu.Lock()
		defer mu.Unlock()
		name := specs[f.Collection].Name + "/" + f.Name
		if _, twice := seen[name]; twice {
			t.Errorf("%s is shown twice", name)
		}
		if f.Picture != nil {
			m, _ := f.Picture.Stored()
			if m.Bounds().Empty() || FormatOf(f.Data) == "" || f.Reason != "" {
				t.Errorf("%s: a picture of %v, format %q, reason %q", name, m.Bounds(), FormatOf(f.Data), f.Reason)
			}
		}
		seen[name] = f
	}
	d, err := Survey(context.Background(), specs, Options{Size: 8, Seed: 1}, visit)
	return d, seen, err
}

func TestSurveyHasTheRowsAndTheSplitOfOpen(t *testing.T) {
	f := mixed(t)
	other := f.folder(t)
	for kind, path := range map[string]string{"folder": f.folder(t), "zip": writeFile(t, "x.zip", f.zip(t)), "tar": writeFile(t, "x.tar", f.tar(t))} {
		d, seen, err := surveyed(t, Visitor{}, path, other)
		if err != nil {
			t.Fatal(err)
		}
		want := opened(t, Options{Size: 8, Seed: 1}, path, other)
		for i, c := range d.Collections {
			w := want.Collections[i]
			if !slices.Equal(c.Items, w.Items) || !slices.Equal(c.Skipped, w.Skipped) || !slices.Equal(c.Notes, w.Notes) {
				t.Errorf("%s: items %v, skipped %v, notes %v; Open has %v, %v, %v", kind, c.Items, c.Skipped, c.Notes, w.Items, w.Skipped, w.Notes)
			}
			if !slices.Equal(c.Train, w.Train) || !slices.Equal(c.Validation, w.Validation) {
				t.Errorf("%s: split %v | %v; Open has %v | %v", kind, c.Train, c.Validation, w.Train, w.Validation)
			}
			for row, item := range c.Items {
				f, ok := seen[c.Name+"/"+item.File]
				if !ok || f.Row != row || (f.Picture != nil) != c.Usable(row) || (f.Reason == "") != c.Usable(row) {
					t.Errorf("%s: %s was shown as %+v", kind, item.File, f)
				}
				if c.Pixels(row) != nil {
					t.Errorf("%s: a survey keeps pixels of row %d", kind, row)
				}
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSurveyGoesOnAfterACollectionThatCannotBeRead(t *testing.T) {
	good, empty := pictures(t, "p", 4).folder(t), t.TempDir()
	failed := map[int]error{}
	d, seen, err := surveyed(t, Visitor{Failed: func(i int, err error) error { failed[i] = err; return nil }}, empty, good)
	if err != nil {
		t.Fatal(err)
	}
	var none *EmptyError
	if !errors.As(failed[0], &none) || len(failed) != 1 {
		t.Errorf("failed: %v", failed)
	}
	if len(seen) != 4 || len(d.Collections) != 2 || d.Collections[0].Found != 0 || len(d.Collections[1].Rows()) != 4 {
		t.Errorf("%d files shown; collections %+v", len(seen), d.Collections)
	}
	if _, _, err := surveyed(t, Visitor{}, empty, good); !errors.As(err, &none) {
		t.Errorf("without a word from the visitor: %v", err)
	}
}

func TestACollectionOfBrokenFilesIsSurveyed(t *testing.T) {
	d, seen, err := surveyed(t, Visitor{}, files{"1.png": []byte("no"), "2.jpg": nil}.folder(t))
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Collections[0]; c.Found != 2 || len(c.Skipped) != 2 || len(c.Train) != 0 || len(seen) != 2 {
		t.Errorf("%+v, %d shown", c, len(seen))
	}
}

func TestRevisitShowsTheFilesAskedFor(t *testing.T) {
	f := mixed(t)
	for _, path := range []string{f.folder(t), writeFile(t, "x.zip", f.zip(t)), writeFile(t, "x.tar", f.tar(t))} {
		var mu sync.Mutex
		var seen []string
		err := Revisit(context.Background(), Spec{Name: "a", Path: path}, []string{"dogs/1.bmp", "cats/2.JPG", "no such file"}, func(f File) {
			mu.Lock()
			defer mu.Unlock()
			if f.Picture != nil {
				seen = append(seen, f.Name)
			}
		})
		slices.Sort(seen)
		if err != nil || !slices.Equal(seen, []string{"cats/2.JPG", "dogs/1.bmp"}) {
			t.Errorf("%s: %v, %v", path, seen, err)
		}
	}
}

func TestStoppingASurveyReturnsAtOnce(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	var once sync.Once
	_, err := Survey(ctx, []Spec{{Name: "a", Path: pictures(t, "p", 200).folder(t)}}, Options{Size: 8}, Visitor{File: func(File) { once.Do(stop) }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a survey that was stopped: %v", err)
	}
}
