package collection

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// parquetData is a file of testdata, made by pyarrow.
func parquetData(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "parquet", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParquetPartsAreOneCollectionWithItsSplit(t *testing.T) {
	c := opened(t, Options{}, filepath.Join("testdata", "parquet", "parts")).Collections[0]
	if len(c.Items) != 70 || len(c.Train) != 59 || len(c.Validation) != 10 {
		t.Fatalf("%d rows, %d for training, %d held out", len(c.Items), len(c.Train), len(c.Validation))
	}
	first := map[string]int{"test-00000-of-00001.parquet": 60, "train-00000-of-00002.parquet": 0, "train-00001-of-00002.parquet": 40}
	for row, item := range c.Items {
		part, inner := filepath.Split(item.File)
		var n int
		fmt.Sscan(strings.TrimLeft(inner, "0"), &n)
		i := first[strings.TrimSuffix(part, "/")] + n
		class, _ := c.Label(row, "label")
		age, _ := c.Label(row, "age")
		path, _ := c.Label(row, "image.path")
		want := []string{"cat", "dog"}[i%2]
		if i%50 == 49 {
			if c.Pixels(row) != nil || path != "" {
				t.Errorf("%s has an image", item.File)
			}
			continue
		}
		if p := c.Pixels(row); class != want || age != fmt.Sprint(20+i%5) || path != fmt.Sprintf("%d.png", i) || p == nil || p[0] != byte(i) || p[2] != 77 {
			t.Errorf("%s: label %q, age %q, path %q, pixels %v, want those of image %d", item.File, class, age, path, p[:3], i)
		}
	}
	if len(c.Skipped) != 1 || !strings.Contains(c.Skipped[0].Reason, "no image") {
		t.Errorf("skipped %v", c.Skipped)
	}
	noted := ""
	for _, n := range c.Notes {
		noted += n.Reason
	}
	if !strings.Contains(noted, `"tags.list.element" have lists`) {
		t.Errorf("notes %v", c.Notes)
	}
	if few := opened(t, Options{MaxImages: 7}, filepath.Join("testdata", "parquet", "parts", "train-*.parquet")).Collections[0]; few.Found != 60 || len(few.Items) != 7 {
		t.Errorf("%d found, %d rows", few.Found, len(few.Items))
	}
}

func TestParquetOfPlainBytes(t *testing.T) {
	c := opened(t, Options{}, filepath.Join("testdata", "parquet", "plain.parquet")).Collections[0]
	for row := range c.Items {
		label, _ := c.Label(row, "label")
		if p := c.Pixels(row); c.Items[row].File != fmt.Sprint(row) || p == nil || p[0] != byte(row) || label != fmt.Sprint(row%2) {
			t.Errorf("row %d, %s: label %q", row, c.Items[row].File, label)
		}
	}
}

func TestParquetAsATableOfLabels(t *testing.T) {
	f := pictures(t, "", 6)
	f["metadata.parquet"] = parquetData(t, "metadata.parquet")
	f["other.parquet"] = parquetData(t, "plain.parquet")
	for kind, path := range map[string]string{"folder": f.folder(t), "zip": writeFile(t, "x.zip", f.zip(t))} {
		c := opened(t, Options{}, path).Collections[0]
		for row := range c.Items {
			age, _ := c.Label(row, "age")
			pair, has := c.Label(row, "pair")
			if age != fmt.Sprint(30+row) || has != (row != 1) || has && !strings.HasPrefix(pair, "p") {
				t.Errorf("%s: row %d: age %q, pair %q", kind, row, age, pair)
			}
		}
		if len(c.Items) != 6 || !strings.Contains(fmt.Sprint(c.Notes), "has images itself") {
			t.Errorf("%s: %d rows, notes %v", kind, len(c.Items), c.Notes)
		}
	}
}

func TestParquetThatCannotBeReadSaysWhy(t *testing.T) {
	good := parquetData(t, "plain.parquet")
	bad := bytes.Clone(good)
	for i := 100; i < len(bad)/2; i++ {
		bad[i] = 0xff
	}
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"cut":    {good[:len(good)-9], "download that broke off"},
		"labels": {parquetData(t, "metadata.parquet"), "no column of images"},
		"pages":  {bad, "damaged"},
	} {
		path := writeFile(t, "x.parquet", c.data)
		if _, err := openPaths(t, Options{}, path); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := pictures(t, "", 3)
	f["metadata.parquet"] = good[:50]
	if _, err := openPaths(t, Options{}, f.folder(t)); err == nil || !strings.Contains(err.Error(), "metadata.parquet") {
		t.Errorf("a damaged table: %v", err)
	}
}

func FuzzParquet(f *testing.F) {
	f.Add(parquetData(f, "plain.parquet"))
	f.Fuzz(func(t *testing.T, data []byte) { listFuzzed(t, containerParquet, data) })
}
