package quality

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/schema"
)

// folder is a folder with the given files.
func folder(t testing.TB, files map[string][]byte) string {
	t.Helper()
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

func inspected(t testing.TB, o Options, paths ...string) *Report {
	t.Helper()
	r, err := Inspect(context.Background(), specs(paths...), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(t, inspectSchema, r); err != nil {
		t.Errorf("the report is not what its schema says: %v", err)
	}
	return r
}

func specs(paths ...string) (out []collection.Spec) {
	for i, p := range paths {
		out = append(out, collection.Spec{Name: string(rune('a' + i)), Path: p})
	}
	return out
}

// scenes are n pictures, numbered from first.
func scenes(t testing.TB, first, n int, edit func(i int, m *image.RGBA) []byte) map[string][]byte {
	files := map[string][]byte{}
	for i := first; i < first+n; i++ {
		m := scene(48, 40, uint64(i))
		data := []byte(nil)
		if edit != nil {
			data = edit(i, m)
		} else {
			data = jpegOf(t, m, 85)
		}
		files[fmt.Sprintf("%04d.jpg", i)] = data
	}
	return files
}

func kinds(r *Report) (out []string) {
	for _, f := range r.Findings {
		out = append(out, f.Kind)
	}
	return out
}

func TestCountsReconcileAndCopiesAreNamed(t *testing.T) {
	files := scenes(t, 0, 30, nil)
	files["0000 copy.jpg"] = files["0000.jpg"]
	files["0001 large.png"] = pngOf(t, scaled(scene(48, 40, 1), 96, 80))
	files["broken.png"] = []byte("no image")
	other := scenes(t, 100, 20, nil)
	other["again.jpg"] = jpegOf(t, scene(48, 40, 2), 40)
	r := inspected(t, Options{Seed: 1}, folder(t, files), folder(t, other))

	for i, want := range []struct{ found, usable, skipped int }{{33, 32, 1}, {21, 21, 0}} {
		c := r.Collections[i]
		if c.Found != want.found || c.Usable != want.usable || len(c.Skipped) != want.skipped || c.Train+c.Validation != c.Usable {
			t.Errorf("%s: found %d, usable %d, skipped %v, %d + %d", c.Name, c.Found, c.Usable, c.Skipped, c.Train, c.Validation)
		}
	}
	if r.Collections[0].Skipped[0].File != "a/broken.png" {
		t.Errorf("skipped: %v", r.Collections[0].Skipped)
	}
	if want := [][]string{{"a/0000 copy.jpg", "a/0000.jpg"}}; !slices.EqualFunc(r.Duplicates.Exact, want, slices.Equal) {
		t.Errorf("exact: %v", r.Duplicates.Exact)
	}
	want := [][]string{{"a/0001 large.png", "a/0001.jpg"}, {"a/0002.jpg", "b/again.jpg"}}
	if !slices.EqualFunc(r.Duplicates.Near, want, slices.Equal) {
		t.Errorf("near: %v", r.Duplicates.Near)
	}
	// Of equal copies the first stays, else the larger and the less compressed.
	if want := []string{"a/0000.jpg", "a/0001.jpg", "b/again.jpg"}; !slices.Equal(r.Duplicates.Drop, want) {
		t.Errorf("drop: %v", r.Duplicates.Drop)
	}
	for _, kind := range []string{KindShared, KindDuplicates, KindSkipped} {
		if !slices.Contains(kinds(r), kind) {
			t.Errorf("no finding %s among %v", kind, kinds(r))
		}
	}
}

func TestCopiesAcrossTheSplitAreLeaks(t *testing.T) {
	files := map[string][]byte{}
	for name, data := range scenes(t, 0, 12, nil) {
		files["train/"+name] = data
	}
	for name, data := range scenes(t, 50, 6, nil) {
		files["val/"+name] = data
	}
	files["val/copy.jpg"] = jpegOf(t, scene(48, 40, 3), 50)
	r := inspected(t, Options{Seed: 1}, folder(t, files))
	if len(r.Duplicates.Leaks) != 1 {
		t.Fatalf("leaks: %+v", r.Duplicates.Leaks)
	}
	l := r.Duplicates.Leaks[0]
	if !slices.Equal(l.Train, []string{"a/train/0003.jpg"}) || !slices.Equal(l.Validation, []string{"a/val/copy.jpg"}) || !slices.Equal(l.Drop, []string{"a/val/copy.jpg"}) {
		t.Errorf("leak: %+v", l)
	}
	if f := r.Findings[0]; f.Kind != KindLeak || f.Value != 1 || f.N != 7 || !strings.HasPrefix(f.Sentence, "One of 7 held-out images has a copy among the training images") {
		t.Errorf("finding: %+v", f)
	}
}

func TestPairsAreNoCopiesOfEachOther(t *testing.T) {
	photo, blurry := scenes(t, 0, 12, nil), scenes(t, 0, 12, func(i int, m *image.RGBA) []byte { return jpegOf(t, blurred(m, 1), 85) })
	if r := inspected(t, Options{}, folder(t, photo), folder(t, blurry)); len(r.Duplicates.Near) != 12 {
		t.Errorf("without labels: %v", r.Duplicates.Near)
	}
	table := "file_name,pair\n"
	for name := range photo {
		table += name + "," + name + "\n"
	}
	photo["metadata.csv"], blurry["metadata.csv"] = []byte(table), []byte(table)
	r := inspected(t, Options{}, folder(t, photo), folder(t, blurry))
	if len(r.Duplicates.Near) != 0 || len(r.Duplicates.Drop) != 0 {
		t.Errorf("pairs are taken for copies: %v", r.Duplicates.Near)
	}
	if p := r.Collections[0].Pairs; p == nil || p.Images != 12 || p.Shared != 12 || p.Largest != 1 {
		t.Errorf("pairs: %+v", p)
	}
}

func TestPlantedDifferencesAreFoundWithTheirSign(t *testing.T) {
	plain := scenes(t, 0, 60, func(i int, m *image.RGBA) []byte { return jpegOf(t, withNoise(m, 1, uint64(i)), 90) })
	for attribute, plant := range map[string]struct {
		sign float64
		edit func(i int, m *image.RGBA) []byte
	}{
		"brightness":   {-1, func(i int, m *image.RGBA) []byte { return jpegOf(t, withNoise(lighter(m, 1, 40), 1, uint64(i)), 90) }},
		"sharpness":    {1, func(i int, m *image.RGBA) []byte { return jpegOf(t, withNoise(blurred(m, 2), 1, uint64(i)), 90) }},
		"noise":        {-1, func(i int, m *image.RGBA) []byte { return jpegOf(t, withNoise(m, 6, uint64(i)), 90) }},
		"jpeg_quality": {1, func(i int, m *image.RGBA) []byte { return jpegOf(t, withNoise(m, 1, uint64(i)), 20) }},
		"chroma":       {1, func(i int, m *image.RGBA) []byte { return jpegOf(t, grey(withNoise(m, 1, uint64(i))), 90) }},
		"border": {-1, func(i int, m *image.RGBA) []byte {
			return jpegOf(t, bordered(withNoise(m, 1, uint64(i)), Border{4, 0, 4, 0}, 0), 90)
		}},
		"side": {1, func(i int, m *image.RGBA) []byte { return jpegOf(t, withNoise(scaled(m, 36, 30), 1, uint64(i)), 90) }},
	} {
		r := inspected(t, Options{Seed: 1}, folder(t, plain), folder(t, scenes(t, 500, 60, plant.edit)))
		i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Kind == KindDifference && f.Attribute == attribute })
		if i < 0 {
			t.Errorf("%s: not found among %v", attribute, r.Findings)
			continue
		}
		f := r.Findings[i]
		if f.Value*plant.sign <= 0 || f.Low > f.Value || f.High < f.Value || f.Low <= 0 && f.High >= 0 {
			t.Errorf("%s: %+v", attribute, f)
		}
		if r.Apart == nil || r.Apart.Low <= 0.5 {
			t.Errorf("%s: the probe tells collections apart in %+v", attribute, r.Apart)
		}
	}
}

func TestHalvesOfOneCollectionGiveNoFinding(t *testing.T) {
	seeds := 20
	if testing.Short() {
		seeds = 6
	}
	files := map[string][]byte{}
	for i := range 160 {
		// Every attribute varies within the collection.
		m := withNoise(lighter(scene(40, 40, uint64(i)), 0.8+0.02*float64(i%10), float64(i%30)), float64(i%5), uint64(i))
		if i%4 == 0 {
			m = grey(m)
		}
		files[fmt.Sprintf("%04d.jpg", i)] = jpegOf(t, m, 50+i%50)
	}
	dir := folder(t, files)
	names := sortedKeys(files)
	found := 0
	for seed := range seeds {
		list := [2]string{}
		for i, name := range names {
			side := int(uint64(i*2654435761+seed*40503)>>7) & 1
			list[side] += filepath.Join(dir, name) + "\n"
		}
		lists := folder(t, map[string][]byte{"a.txt": []byte(list[0]), "b.txt": []byte(list[1])})
		r := inspected(t, Options{Seed: uint64(seed)}, filepath.Join(lists, "a.txt"), filepath.Join(lists, "b.txt"))
		if len(r.Findings) > 0 {
			found++
			t.Logf("seed %d: %v", seed, r.Findings)
		}
		if len(r.Differences) < 10 || r.Apart == nil {
			t.Fatalf("seed %d: %d differences, apart %v: nothing was measured", seed, len(r.Differences), r.Apart)
		}
	}
	if found > 1 {
		t.Errorf("%d of %d splits of one collection in halves give findings", found, seeds)
	}
}

func TestLabelsAreCountedAndCompared(t *testing.T) {
	with := func(first, women int) map[string][]byte {
		files := scenes(t, first, 40, nil)
		table := "file_name,gender,age\n"
		for i, name := range sortedKeys(files) {
			gender := "man"
			if i < women {
				gender = "woman"
			}
			if i == 39 {
				gender = ""
			}
			table += fmt.Sprintf("%s,%s,%d\n", name, gender, 20+(i*7)%20+women)
		}
		files["metadata.csv"] = []byte(table)
		return files
	}
	r := inspected(t, Options{}, folder(t, with(0, 5)), folder(t, with(100, 30)))
	if got := r.Collections[0].Labels["gender"]; got["woman"] != 5 || got["man"] != 34 || r.Collections[0].Unlabelled["gender"] != 1 {
		t.Errorf("labels %v, unlabelled %v", got, r.Collections[0].Unlabelled)
	}
	said := map[string]Finding{}
	for _, f := range r.Findings {
		said[f.Kind+" "+f.Attribute] = f
	}
	_, man := said["difference gender=man"]
	_, woman := said["difference gender=woman"]
	if man == woman {
		t.Errorf("the shares of one of two values should be said, not of both or none: %v", said)
	}
	if f := said["difference age"]; f.Value >= 0 || !strings.Contains(f.Sentence, "Images of b have a higher age than those of a") {
		t.Errorf("age: %+v", f)
	}
	if f := said["unlabelled gender"]; f.Value != 1 || f.N != 40 {
		t.Errorf("unlabelled: %+v", f)
	}
}

func TestOddImagesAreNamedWithWhatIsOdd(t *testing.T) {
	files := scenes(t, 0, 60, nil)
	files["0020.jpg"] = jpegOf(t, lighter(scene(48, 40, 20), 0.1, 0), 85)
	files["0030.jpg"] = jpegOf(t, withNoise(scene(48, 40, 30), 25, 1), 85)
	files["0040.jpg"] = jpegOf(t, bordered(scene(48, 40, 40), Border{Left: 12}, 0), 85)
	r := inspected(t, Options{}, folder(t, files))
	odd := map[string]string{}
	for _, o := range r.Collections[0].Odd {
		odd[o.File] = o.Attribute
		if o.Sentence == "" || o.Distance < oddDistance {
			t.Errorf("%+v", o)
		}
	}
	for file, attributes := range map[string][]string{"a/0020.jpg": {"brightness", "contrast", "crushed", "sharpness", "seen_sharpness"}, "a/0030.jpg": {"noise", "sharpness"}, "a/0040.jpg": {"border", "crushed"}} {
		if !slices.Contains(attributes, odd[file]) {
			t.Errorf("%s stands out by %q; all: %v", file, odd[file], odd)
		}
	}
	if len(odd) > 12 {
		t.Errorf("%d of 60 images stand out: %v", len(odd), odd)
	}
}

func TestTheReportIsTheSameWhateverTheNumberOfWorkers(t *testing.T) {
	dir := folder(t, scenes(t, 0, 40, nil))
	other := folder(t, scenes(t, 20, 40, nil))
	var first []byte
	for _, workers := range []int{1, 2, 7} {
		r := inspected(t, Options{Seed: 3, Workers: workers}, dir, other)
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(first, data) {
			t.Errorf("%d workers give another report", workers)
		}
	}
}

func TestTheJSONHasEveryListEvenIfNothingWasFound(t *testing.T) {
	data, err := json.Marshal(inspected(t, Options{}, folder(t, scenes(t, 0, 12, nil))))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte(":null")) && !bytes.Contains(data, []byte(`"apart":null`)) || bytes.Count(data, []byte(":null")) > 1 {
		t.Errorf("lists that are null in %s", data)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"schema", "collections", "duplicates", "findings"} {
		if fields[name] == nil {
			t.Errorf("no field %q", name)
		}
	}
}

func TestTheKeepListIsReadBackWithoutCopies(t *testing.T) {
	files := scenes(t, 0, 12, nil)
	files["sub/0000.jpg"] = files["0000.jpg"]
	files["#odd name.jpg"] = jpegOf(t, scene(48, 40, 77), 85)
	files["broken.png"] = []byte("no")
	dir := folder(t, files)
	r := inspected(t, Options{}, dir)
	for _, where := range []string{dir, t.TempDir()} {
		kept, err := r.KeepList(specs(dir), -1, where)
		if err != nil || kept.Files != 13 || len(kept.Unwritable) != 0 {
			t.Fatalf("%+v, %v", kept, err)
		}
		list := filepath.Join(where, "keep.txt")
		if err := os.WriteFile(list, []byte(kept.Text), 0o644); err != nil {
			t.Fatal(err)
		}
		again := inspected(t, Options{}, list)
		if c := again.Collections[0]; c.Found != 13 || c.Usable != 13 || len(again.Duplicates.Drop) != 0 {
			t.Errorf("read back: found %d, usable %d, %v, drop %v", c.Found, c.Usable, c.Skipped, again.Duplicates.Drop)
		}
		os.Remove(list)
	}
}

func TestTheCSVHasARowAFile(t *testing.T) {
	files := scenes(t, 0, 5, nil)
	files["broken.png"] = []byte("no")
	var out bytes.Buffer
	if err := inspected(t, Options{}, folder(t, files)).WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if !slices.Equal(rows[0][:4], []string{"collection", "file_name", "split", "skipped"}) {
		t.Errorf("columns %v", rows[0])
	}
	if last := rows[6]; last[1] != "broken.png" || last[2] != "" || last[3] == "" || last[7] != "" || rows[1][3] != "" || rows[1][7] != "jpeg" {
		t.Errorf("%v", rows)
	}
}

func TestCompressionIsToldInBytesPerPixel(t *testing.T) {
	lean := scenes(t, 500, 40, func(_ int, m *image.RGBA) []byte { return jpegOf(t, m, 20) })
	r := inspected(t, Options{Seed: 1}, folder(t, scenes(t, 0, 40, nil)), folder(t, lean))
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Attribute == "bytes_per_pixel" })
	if i < 0 {
		t.Fatalf("no finding of compression among %v", r.Findings)
	}
	if s := r.Findings[i].Sentence; strings.Count(s, " bytes per pixel") != 2 {
		t.Errorf("%s", s)
	}
}

func TestTotalsAreTrueWhereTheJSONListsFewer(t *testing.T) {
	files := scenes(t, 0, 12, nil)
	table := "file_name,hair\n"
	for i := range 10_300 {
		table += fmt.Sprintf("%04d.jpg,red\n", i)
	}
	files["metadata.csv"] = []byte(table)
	r := inspected(t, Options{}, folder(t, files))
	c := &r.Collections[0]
	all := slices.IndexFunc(c.Notes, func(n collection.Skipped) bool { return strings.HasPrefix(n.Reason, "288 more: ") })
	if all < 0 || c.NoteCount != c.NotesListed+288 || c.NotesListed != len(c.Notes)-1 {
		t.Fatalf("%d notes, %d of them listed among %d", c.NoteCount, c.NotesListed, len(c.Notes))
	}
	c.Odd, c.OddCount = make([]Odd, maxOdd), 133
	var out strings.Builder
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("  and %d more, of which --json lists %d\n", c.NoteCount-mostFiles, c.NotesListed-mostFiles),
		"  and 128 more, of which --json lists 45\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	if got := More(7, 7, "--json"); got != "and 7 more, see --json" {
		t.Errorf("%q", got)
	}
}

func TestTheTextSaysTheFindingsFirst(t *testing.T) {
	files := scenes(t, 0, 25, nil)
	files["copy\x1b[31m.jpg"] = files["0000.jpg"]
	var out strings.Builder
	if err := inspected(t, Options{}, folder(t, files)).WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.HasPrefix(text, "- ") || strings.Contains(text, "\x1b") || !strings.Contains(text, "brightness") {
		t.Errorf("%s", text)
	}
}
