package report

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/quality"
)

// patterns are n files of pictures that differ from each other, brighter by shift.
func patterns(t *testing.T, first, n int, shift uint8) map[string][]byte {
	files := map[string][]byte{}
	for i := first; i < first+n; i++ {
		m := image.NewRGBA(image.Rect(0, 0, 40, 32))
		for p := range 40 * 32 {
			x, y := p%40, p/40
			v := uint8((x*(i%7+3)/4*y*(i%5+2)/3+i*x*x/17)%150) + shift
			m.SetRGBA(x, y, color.RGBA{v, uint8(i * 9), 255 - v, 255})
		}
		var data bytes.Buffer
		if err := jpeg.Encode(&data, m, nil); err != nil {
			t.Fatal(err)
		}
		files[fmt.Sprintf("%d.jpg", i)] = data.Bytes()
	}
	return files
}

func written(t *testing.T, files map[string][]byte) string {
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAnInspectionsPageShowsFindingsNumbersAndPictures(t *testing.T) {
	a, b := patterns(t, 0, 30, 0), patterns(t, 100, 30, 90)
	a["train/3.jpg"], a["val/3 again.jpg"], a["val/<b>.jpg"] = a["3.jpg"], a["3.jpg"], []byte("no image")
	a["metadata.csv"] = []byte("file_name,hair,group\n1.jpg,red,p\n2.jpg,grey,q\n")
	specs := []collection.Spec{{Name: "a", Path: written(t, a)}, {Name: "b", Path: written(t, b)}}
	r, err := quality.Inspect(context.Background(), specs, quality.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	i := Inspection{Report: r, Made: "Made here."}
	files := i.Files()
	if i.Pictures, err = quality.Pictures(context.Background(), specs, files, 20); err != nil {
		t.Fatal(err)
	}
	if len(i.Pictures) != len(files) || len(files) < 24 {
		t.Errorf("%d pictures of %d files", len(i.Pictures), len(files))
	}
	for file, m := range i.Pictures {
		if m.Bounds().Dx() != 20 || m.Bounds().Dy() != 16 {
			t.Errorf("%s is shown at %v", file, m.Bounds())
		}
	}
	data, err := i.Page().HTML()
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for _, f := range r.Findings {
		if !strings.Contains(page, strings.NewReplacer("&", "&amp;", "'", "&#39;", "<", "&lt;", ">", "&gt;").Replace(f.Sentence)) {
			t.Errorf("the page lacks %q", f.Sentence)
		}
	}
	for _, want := range []string{"Data quality of a and b", "brightness", "Cliff&#39;s delta", "val/3 again.jpg", "&lt;b&gt;.jpg", "Two images of a belong to two groups, each to a group of its own; none has images in other collections.", "hair", "Made here.", "data:image/jpeg"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	for _, no := range []string{"<b>.jpg", "http://", "https://", "<script", "ZgotmplZ", "NaN", "%!"} {
		if strings.Contains(page, no) {
			t.Errorf("the page holds %q", no)
		}
	}
}

func TestThePageSaysHowManyNotesThereAre(t *testing.T) {
	c := quality.Collection{Name: "a", Notes: make([]collection.Skipped, 10_001), NoteCount: 12_492, NotesListed: 10_000}
	data, err := Inspection{Report: &quality.Report{Collections: []quality.Collection{c}}}.Page().HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"12492 notes on a", "and 12292 more, of which the JSON lists 9800"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
}

func TestAnInspectionOfOneCleanCollectionHasAPage(t *testing.T) {
	specs := []collection.Spec{{Name: "a", Path: written(t, patterns(t, 0, 12, 0))}}
	r, err := quality.Inspect(context.Background(), specs, quality.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := Inspection{Report: r}.Page().HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{"How they differ", ">Copies<", "<img", "NaN"} {
		if strings.Contains(string(data), no) {
			t.Errorf("the page holds %q", no)
		}
	}
}
