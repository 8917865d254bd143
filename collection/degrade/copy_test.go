package degrade

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/collection/portraits"
)

// people are a few portraits as a data set.
func people(t *testing.T) *collection.Dataset {
	t.Helper()
	dir := t.TempDir()
	specs, err := portraits.Write(context.Background(), dir, portraits.Options{Count: 40, Size: 32, Seed: 1, Styles: portraits.Styles()[:1]})
	if err != nil {
		t.Fatal(err)
	}
	return open(t, specs...)
}

func open(t *testing.T, specs ...collection.Spec) *collection.Dataset {
	t.Helper()
	d, err := collection.Open(context.Background(), specs, collection.Options{Size: 32, Seed: 1, Validation: 0.2, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestCopiesArePairsOfTheirOriginalsOnOneSideOfTheSplit(t *testing.T) {
	d := people(t)
	var specs []collection.Spec
	for name, fault := range map[string]*Fault{"plain": nil, "grain": {Noise, 0.1}, "few": {Keep, 0.5}} {
		dir := t.TempDir()
		if err := Copy(context.Background(), dir, d, 0, fault, 7, nil); err != nil {
			t.Fatal(err)
		}
		specs = append(specs, collection.Spec{Name: name, Path: dir})
	}
	copies := open(t, specs...)
	sides := map[string]bool{}
	for _, c := range copies.Collections {
		want := 40
		if c.Name == "few" {
			want = 20
		}
		if len(c.Rows()) != want {
			t.Errorf("%s has %d images, want %d", c.Name, len(c.Rows()), want)
		}
		for _, held := range []bool{false, true} {
			rows := c.Train
			if held {
				rows = c.Validation
			}
			for _, row := range rows {
				pair, ok := c.Label(row, collection.LabelPair)
				if !ok {
					t.Fatalf("%s row %d has no pair", c.Name, row)
				}
				if before, seen := sides[pair]; seen && before != held {
					t.Errorf("copies of %s are on both sides of the split", pair)
				}
				sides[pair] = held
			}
		}
		if value, ok := c.Label(0, "hair"); !ok || value == "" {
			t.Errorf("%s has lost its labels", c.Name)
		}
		if c.Name == "plain" {
			for row := range c.Items {
				if string(c.Pixels(row)) != string(d.Collections[0].Pixels(row)) {
					t.Fatalf("row %d of the plain copy has other pixels", row)
				}
			}
		}
	}
}

func TestCopyStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Copy(ctx, t.TempDir(), people(t), 0, &Fault{Blur, 1}, 1, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if err := Copy(context.Background(), filepath.Join(t.TempDir(), "gone"), people(t), 0, nil, 1, nil); err == nil {
		t.Error("a folder that is not there is written to")
	}
}
