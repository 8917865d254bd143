package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/picturetest"
	"github.com/dataprism/dataprism/run"
)

// Projections of the images of a folder are a collection: they lie in folders as those do, and have their labels.
func TestProjectionsOfAFolderKeepItsFoldersAndLabels(t *testing.T) {
	dir := t.TempDir()
	portraits, _ := filepath.Glob(filepath.Join(demoDir, "portraits", "photo", "*.png"))
	names := []string{"anna/1.png", "anna/2.png", "ben/1.png", "1.png"}
	for i, name := range names {
		put(t, read(t, portraits[i]), filepath.Join(dir, "scans", filepath.FromSlash(name)))
	}
	put(t, "file_name,age,group,as,pair\nanna/1.png,31,anna,x,p\nanna/2.png,32,anna,x,\nben/1.png,,,,q\n", filepath.Join(dir, "scans", "metadata.csv"))
	project := func(to, into string) string {
		t.Helper()
		stdout, _ := must(t, dir, "project", runDir(), "scans", "--from", "photo", "--to", to, "--single", into)
		return stdout
	}
	for range 2 { // what was written is written again, and no image of the folder that it lies in
		if stdout := project("oil", filepath.Join("scans", "out")); strings.Count(stdout, "\n") != len(names)+2 || !strings.Contains(stdout, filepath.Join("scans", "out", "metadata.csv")) {
			t.Errorf("written are %q", stdout)
		}
	}
	project("anime", filepath.Join("scans", "out"))
	set, err := collection.Survey(t.Context(), []collection.Spec{{Name: "out", Path: filepath.Join(dir, "scans", "out")}}, collection.Options{Size: 32}, collection.Visitor{File: func(collection.File) {}})
	if err != nil {
		t.Fatal(err)
	}
	out, seen := set.Collections[0], 0
	for row, item := range out.Items {
		labels := out.Labels(row)
		style := labels["as"]
		of := strings.TrimSuffix(item.File, "-as-"+style+".png")
		want := map[string]map[string]string{
			"anna/1": {"age": "31", "group": "anna", "pair": "p", "class": "anna"}, "anna/2": {"age": "32", "group": "anna", "class": "anna"},
			"ben/1": {"group": "q", "pair": "q", "class": "ben"}, "1": {"group": filepath.Join("scans", "1.png")},
		}[of]
		if want == nil || style != "oil" && style != "anime" {
			t.Errorf("%s is there, as %q", item.File, style)
			continue
		}
		seen++
		want["as"], want["from"], want["of"] = style, "photo", filepath.Join("scans", filepath.FromSlash(of)+".png")
		if !maps.Equal(labels, want) {
			t.Errorf("%s has the labels %v, want %v", item.File, labels, want)
		}
	}
	if seen != 2*len(names) {
		t.Errorf("%d projections, want %d", seen, 2*len(names))
	}
	foreign := "file_name,x\n1.png,2\n"
	put(t, foreign, filepath.Join(dir, "mine", "metadata.csv"))
	if _, stderr := must(t, dir, "project", runDir(), "scans", "--from", "photo", "--to", "oil", "--single", "mine"); !strings.Contains(stderr, "not a table of projections") {
		t.Errorf("it says %q", stderr)
	}
	if read(t, filepath.Join(dir, "mine", "metadata.csv")) != foreign {
		t.Error("a table of others is written over")
	}
}

// An image of few bits among 16 has the brightness that it would have among the images of its collection.
func TestProjectedImagesAreTakenForTheBitsOfTheirCollection(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "run"), os.DirFS(runDir())); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "run", run.ConfigFile)
	text := read(t, config)
	if err := os.WriteFile(config, []byte(strings.Replace(text, "        - name: photo\n", "        - name: photo\n          depth: 12\n", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	portrait := decoded(t, somePortrait(t, "photo"))
	deep, dark := image.NewNRGBA64(portrait.Bounds()), image.NewNRGBA(portrait.Bounds())
	for y := range portrait.Bounds().Dy() {
		for x := range portrait.Bounds().Dx() {
			r, g, b, _ := portrait.At(x, y).RGBA()
			deep.SetNRGBA64(x, y, color.NRGBA64{uint16(r >> 6), uint16(g >> 6), uint16(b >> 6), 65535}) // ten bits, a quarter of twelve
			dark.SetNRGBA(x, y, color.NRGBA{uint8(r >> 10), uint8(g >> 10), uint8(b >> 10), 255})
		}
	}
	for name, picture := range map[string]image.Image{"deep": deep, "dark": dark} {
		var data bytes.Buffer
		if err := png.Encode(&data, picture); err != nil {
			t.Fatal(err)
		}
		put(t, data.String(), filepath.Join(dir, name+".png"))
	}
	must(t, dir, "project", "run", "deep.png", "dark.png", "--from", "photo", "--to", "photo", "--size", "64", "--single", "each")
	of, as := decoded(t, filepath.Join(dir, "each", "deep-as-photo.png")), decoded(t, filepath.Join(dir, "each", "dark-as-photo.png"))
	if difference := picturetest.Difference(of, as); difference > 2 {
		t.Errorf("the image of ten bits is %.1f off from what it is among those of twelve", difference)
	}
}

func TestGreyPicturesHaveOneChannel(t *testing.T) {
	picture := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for v := range 256 {
		picture.SetRGBA(v%16, v/16, color.RGBA{uint8(v), uint8(v), uint8(v), 255})
	}
	one, ok := grey(picture).(*image.Gray)
	if !ok {
		t.Fatalf("the picture is a %T", grey(picture))
	}
	for v := range 256 {
		if got := one.GrayAt(v%16, v/16).Y; got != uint8(v) {
			t.Errorf("%d became %d", v, got)
		}
	}
}

// put makes a file, and the folder that it lies in.
func put(t *testing.T, content, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}
