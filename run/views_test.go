package run

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/collection"
)

func TestViewsAreFramedAsEachCollectionIs(t *testing.T) {
	dir := t.TempDir()
	var sources []Source
	for k, name := range []string{"wide", "close"} {
		folder := filepath.Join(dir, name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range 8 {
			picture := image.NewGray(image.Rect(0, 0, 64, 64))
			for p := range picture.Pix {
				picture.Pix[p] = uint8(p*(i+3)/64 + 40*k)
			}
			file, err := os.Create(filepath.Join(folder, string(rune('a'+i))+".png"))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(file, picture), file.Close()); err != nil {
				t.Fatal(err)
			}
		}
		sources = append(sources, Source{Name: name, Path: folder})
	}
	c := Config{Data: Data{Sources: sources, Gray: true, Background: "#ffffff", Validation: 0.5}}
	c.Model.Autoencoder.Size, c.Model.Autoencoder.Channels = 32, 1
	options, err := c.Images()
	if err != nil {
		t.Fatal(err)
	}
	options.CacheDir = t.TempDir()
	ctx := context.Background()
	open := func() *collection.Dataset {
		d, err := OpenData(ctx, c, options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	if Views(open(), c) != nil {
		t.Error("collections that are framed alike have several views")
	}
	c.Data.Sources[1].Frame = collection.Frame{Side: 0.5, X: 0.1}
	d := open()
	for k := range sources {
		rows := d.Collections[k].Validation
		slices.Reverse(rows)
		seen, err := Views(d, c)(ctx, k, rows)
		if err != nil {
			t.Fatal(err)
		}
		numbers := slices.Repeat([]int{k}, len(rows))
		if !slices.Equal(seen[k], d.ImagesOf(numbers, rows)) {
			t.Errorf("%s: the view of its own frame is not what was read", sources[k].Name)
		}
		if slices.Equal(seen[0], seen[1]) {
			t.Errorf("%s: both views are the same", sources[k].Name)
		}
	}
	if err := os.Remove(filepath.Join(sources[0].Path, d.Collections[0].Items[d.Collections[0].Validation[0]].File)); err != nil {
		t.Fatal(err)
	}
	if _, err := Views(d, c)(ctx, 0, d.Collections[0].Validation); err == nil {
		t.Error("an image that is no longer there should be an error")
	}
}
