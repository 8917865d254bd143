package collection

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// besideImages is n images with what WebDataset and its kin lay beside them.
func besideImages(t testing.TB, n int) files {
	f := files{}
	image := pictures(t, "", n)
	for i := range n {
		key := fmt.Sprintf("s%04d", i)
		f[key+".png"] = image[fmt.Sprintf("%04d.png", i)]
		f[key+".json"] = fmt.Appendf(nil, `{"age": %d, "group": "g%d", "key": %q, "nothing": null, "score": NaN}`, 20+i, i/2, key)
		f[key+".cls"] = fmt.Appendf(nil, "%d\n", i%3)
		f[key+".txt"] = fmt.Appendf(nil, "\ufeffa person, number %d\r\n", i)
	}
	return f
}

func TestFilesBesideImagesAreLabels(t *testing.T) {
	f := besideImages(t, 12)
	half := func(from, to int) files {
		part := files{}
		for name, data := range f {
			if key := name[:5]; key >= fmt.Sprintf("s%04d", from) && key < fmt.Sprintf("s%04d", to) {
				part[name] = data
			}
		}
		return part
	}
	keys := map[string]bool{}
	for kind, path := range map[string]string{
		"folder": f.folder(t), "zip": writeFile(t, "x.zip", f.zip(t)), "tar": writeFile(t, "x.tar", f.tar(t)), "tgz": writeFile(t, "x.tgz", gzipped(t, f.tar(t))),
		"shards": files{"00000.tar": half(0, 5).tar(t), "00001.tar": half(5, 12).tar(t)}.folder(t),
	} {
		d := opened(t, Options{}, path)
		c := d.Collections[0]
		if len(c.Items) != 12 {
			t.Fatalf("%s: %d images", kind, len(c.Items))
		}
		for row := range c.Items {
			want := map[string]string{"age": fmt.Sprint(20 + row), "group": fmt.Sprintf("g%d", row/2), "key": fmt.Sprintf("s%04d", row),
				"class": fmt.Sprint(row % 3), "caption": fmt.Sprintf("a person, number %d", row)}
			if got := c.Labels(row); !maps.Equal(got, want) {
				t.Errorf("%s: %s has %v, want %v", kind, c.Items[row].File, got, want)
			}
		}
		if kind != "shards" {
			keys[d.Key()] = true
		}
	}
	if len(keys) != 1 {
		t.Error("folder and archives are different data")
	}
}

func TestSamplesShareWhatLiesBesideThem(t *testing.T) {
	image := pictures(t, "", 4)
	f := files{
		"a/s0.left.png": image["0000.png"], "a/s0.right.png": image["0001.png"], "a/s0.json": []byte(`{"age": 3, "eye": "both"}`),
		"a/s0.right.json": []byte(`{"eye": "right"}`), "b/s0.left.png": image["0002.png"], "other.png": image["0003.png"],
	}
	c := opened(t, Options{}, writeFile(t, "x.tar", f.tar(t))).Collections[0]
	var got []string
	for row, item := range c.Items {
		age, _ := c.Label(row, "age")
		eye, _ := c.Label(row, "eye")
		got = append(got, item.File+" "+age+" "+eye)
	}
	want := []string{"a/s0.left.png 3 both", "a/s0.right.png 3 right", "b/s0.left.png  ", "other.png  "}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTablesComeBeforeWhatLiesBesideImages(t *testing.T) {
	f := besideImages(t, 3)
	f["metadata.csv"] = []byte("file_name,age,class\ns0000.png,99,tall\n")
	f["readme.txt"] = []byte("about these images")
	c := opened(t, Options{}, f.folder(t)).Collections[0]
	if l := c.Labels(0); l["age"] != "99" || l["class"] != "tall" || l["caption"] == "" {
		t.Errorf("labels %v", l)
	}
	delete(f, "metadata.csv")
	f["people.csv"] = []byte("file_name,age\ns0000.png,98\ns0001.png,97\ns0002.png,96\n")
	c = opened(t, Options{}, f.folder(t)).Collections[0]
	if l := c.Labels(0); l["age"] != "98" || l["class"] != "0" {
		t.Errorf("with a table of another name: labels %v", l)
	}
}

func TestWhatLiesBesideImagesButIsNoLabelIsNoted(t *testing.T) {
	f := pictures(t, "", 6)
	f["0000.txt"] = []byte("0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.2 0.2\n")
	f["0001.json"] = []byte("[1, 2]")
	f["0002.json"] = []byte(`{"cut": `)
	f["0003.cls"] = []byte("caf\xe9")
	f["0004.json"] = []byte(`{"long": "` + strings.Repeat("x", maxLabelText+1) + `", "short": "y"}`)
	f["0005.json"] = []byte(`{"attributes": ` + strings.Repeat(" ", maxSidecarBytes) + `1}`)
	f["labels.txt"] = []byte("0 cat")
	for kind, path := range map[string]string{"folder": f.folder(t), "tar": writeFile(t, "x.tar", f.tar(t))} {
		c := opened(t, Options{}, path).Collections[0]
		if names := c.LabelNames(); !slices.Equal(names, []string{"short"}) {
			t.Errorf("%s: labels %q", kind, names)
		}
		notes := fmt.Sprint(c.Notes)
		for _, says := range []string{"{0000.txt lies beside an image and is not read for labels: it has numbers", "{0001.json lies", "{0002.json lies", "not UTF-8",
			"1 values of more than 4096 bytes", "{labels.txt may hold labels"} {
			if !strings.Contains(notes, says) {
				t.Errorf("%s: no note says %q: %s", kind, says, notes)
			}
		}
	}
}

func TestFoldersThatNumberPartsAreNoClasses(t *testing.T) {
	f := files{}
	for name, data := range besideImages(t, 8) {
		part := "00000/"
		if name >= "s0004" {
			part = "00001/"
		}
		f[part+name] = data
	}
	for name := range f {
		if strings.HasSuffix(name, ".cls") {
			delete(f, name)
		}
	}
	c := opened(t, Options{}, f.folder(t)).Collections[0]
	if names := c.LabelNames(); slices.Contains(names, "class") || !slices.Contains(names, "age") {
		t.Errorf("labels %q", names)
	}
}

func FuzzSidecar(f *testing.F) {
	f.Add("a.json", []byte(`{"a": 1, "b": [null], "c": {"d": "e"}, "f": NaN}`))
	f.Add("a.txt", []byte("1 2 3 4"))
	f.Add("a.b.cls", []byte("\ufeff7"))
	f.Fuzz(func(t *testing.T, file string, data []byte) {
		s := newSidecars()
		if err := s.add(file, int64(len(data)), strings.NewReader(string(data))); err != nil {
			return
		}
		l := &listing{entries: []entry{{withoutEnding(file) + ".png", ""}}}
		l.addSidecars(s, nil)
		if l.beside == nil {
			t.Fatalf("%q is not found beside %q", file, l.entries[0].file)
		}
		if _, _, err := bindLabels(l, []string{""}); err != nil {
			t.Fatal(err)
		}
	})
}
