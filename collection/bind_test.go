package collection

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// notesOn returns the reasons of the notes on a file.
func notesOn(c *Collection, file string) []string {
	var reasons []string
	for _, n := range c.Notes {
		if n.File == file {
			reasons = append(reasons, n.Reason)
		}
	}
	return reasons
}

func TestDeeperAndLaterLabelsOverride(t *testing.T) {
	png := pngOf(t, landmark(8, 8))
	dir := files{
		"metadata.csv":     []byte("file_name,age,class\na/1.png,1,cat\na\\2.png,2,\na/1.png,9,\n"),
		"a/metadata.jsonl": []byte(`{"file_name":"./2.png","age":20}`),
		"a/1.png":          png, "a/2.png": pngOf(t, landmark(8, 9)), "b/3.png": pngOf(t, landmark(9, 8)),
	}.folder(t)
	c := opened(t, Options{}, dir).Collections[0]
	for row, want := range []map[string]string{{"age": "9", "class": "cat"}, {"age": "20", "class": "a"}, {"class": "b"}} {
		for name, value := range want {
			if got, _ := c.Label(row, name); got != value {
				t.Errorf("row %d: %s is %q, want %q", row, name, got, value)
			}
		}
	}
	if noted := notesOn(c, "a/1.png"); len(noted) != 1 || !strings.Contains(noted[0], "more than one row in metadata.csv") {
		t.Errorf("notes %v", c.Notes)
	}
	if noted := notesOn(c, "b/3.png"); len(noted) != 1 || !strings.Contains(noted[0], "has no row in any of the tables") {
		t.Errorf("notes %v", c.Notes)
	}
}

func TestTablesAreFoundByWhatTheySay(t *testing.T) {
	const none = ""
	for _, c := range []struct {
		what        string
		tables      files
		label, note string // the label "age" of 0001.png, and part of a note
	}{
		{"metadata.csv", files{"metadata.csv": []byte("file_name,age\n0001.png,3\n")}, "3", "has no row in metadata.csv"},
		{"metadata.json", files{"metadata.json": []byte(`[{"file_name": "0001.png", "age": 3}]`)}, "3", "has no row in metadata.json"},
		{"another name", files{"labels.csv": []byte("file_name,age\n0000.png,2\n0001.png,3\n")}, "3", none},
		{"FairFace", files{"fairface_label_val.csv": []byte("file,age\nval/0000.png,2\nval/0001.png,3\n")}, "3", "when folders are left aside, such as \"val/0000.png\" for \"0000.png\""},
		{"column in other spelling", files{"metadata.csv": []byte("File Name,age\n0001.png,3\n")}, "3", none},
		{"column image_id", files{"metadata.csv": []byte("image_id,age\n0001.png,3\n")}, "3", none},
		{"a column ending in file_name", files{"metadata.csv": []byte("left_file_name,age\n0001.png,3\n")}, "3", none},
		{"the column with images of two that could name them", files{"metadata.csv": []byte("file,image,age\n7,0001.png,3\n")}, "3", none},
		{"a column of no such name", files{"metadata.csv": []byte("scan,age\n0001.png,3\n")}, "3", "its column \"scan\" is taken for the names of images"},
		{"a list without columns", files{"labels.csv": []byte("0000.png,2\n0001.png,3\n")}, none, "its column \"column 1\" is taken"},
		{"names of no image", files{"metadata.csv": []byte("file_name,age\nx.png,3\n")}, none, "gives NO labels: none of its 1 rows names an image here; its column \"file_name\" has names such as \"x.png\", the images have names such as \"0000.png\""},
		{"ids", files{"metadata.csv": []byte("id,age\n7,3\n")}, none, "its column \"id\" has names such as \"7\""},
		{"another table of no image", files{"results.csv": []byte("run,score\n7,3\n")}, none, "is not read for labels: none of its columns (\"run\", \"score\") has the names of images"},
		{"another table of few images", files{"results.csv": []byte("file,age\n0001.png,3\nx.png,3\ny.png,4\n")}, none, "only 1 of its 3 rows names an image here"},
		{"another table that is broken", files{"results.csv": []byte("a,a\n")}, none, `line 1 has the column "a" twice`},
		{"another table beside metadata", files{"metadata.csv": []byte("file_name,age\n0001.png,3\n"), "labels.csv": []byte("file_name,age\n0001.png,9\n")}, "3", "is not read for labels: they come from metadata.csv"},
		{"another table beside metadata of no image", files{"metadata.csv": []byte("file_name,age\nx.png,3\n"), "labels.csv": []byte("file_name,age\n0000.png,8\n0001.png,9\n")}, "9", "gives NO labels"},
		{"words for no value", files{"metadata.csv": []byte("file_name,age\n0001.png,nan\n")}, none, `says "nan" (1 times), which is taken for no value`},
		{"a spreadsheet", files{"labels.xlsx": []byte("PK")}, none, "save it as CSV"},
		{"a text", files{"list_attr_celeba.txt": []byte("2\n")}, none, "give it as the collection's metadata"},
	} {
		all := pictures(t, "", 4)
		for name, text := range c.tables {
			all[name] = text
		}
		col := opened(t, Options{}, all.folder(t)).Collections[0]
		if got, _ := col.Label(1, "age"); got != c.label {
			t.Errorf("%s: age %q, want %q", c.what, got, c.label)
		}
		if c.note != none && !slices.ContainsFunc(col.Notes, func(n Skipped) bool { return strings.Contains(n.Reason, c.note) }) {
			t.Errorf("%s: notes %v", c.what, col.Notes)
		}
	}
}

func TestManyTablesAreNotRead(t *testing.T) {
	all := pictures(t, "", 3)
	for i := range 20 {
		all[fmt.Sprintf("%02d.csv", i)] = []byte("a,b\n1,2\n")
	}
	c := opened(t, Options{}, all.folder(t)).Collections[0]
	left := 0
	for _, n := range c.Notes {
		if strings.Contains(n.Reason, "one of more than 16 tables") {
			left++
		}
	}
	if left != 4 {
		t.Errorf("%d of 20 tables left out", left)
	}
}

func TestManyRowsWithoutImagesAreCounted(t *testing.T) {
	rows := "file_name,age\n7.png,3\n"
	for i := range maxNotes + 500 {
		rows += fmt.Sprintf("x%d.png,3\n", i)
	}
	dir := files{"metadata.csv": []byte(rows), "7.png": pngOf(t, landmark(8, 8))}.folder(t)
	c := opened(t, Options{}, dir).Collections[0]
	list := c.Notes
	if all, listed := c.CountNotes(); all-listed != 500 || listed != len(list)-1 {
		t.Errorf("%d notes, %d of them listed among %d", all, listed, len(list))
	}
	named := 0
	for _, n := range list {
		if n.Reason == "is named in metadata.csv, but there is no such image" {
			named++
		}
	}
	if more := notesOn(&Collection{Notes: list}, ""); named != maxNotes || !strings.HasPrefix(more[0], "500 more: is named in metadata.csv") {
		t.Errorf("%d notes, and %q", named, more)
	}
}

func TestANoteThatReadsLikeACountIsOneNote(t *testing.T) {
	c := &Collection{Notes: []Skipped{{"", "500 more: is the same for every image"}, {"a.png", "is there twice"}}}
	if all, listed := c.CountNotes(); all != 2 || listed != 2 {
		t.Errorf("%d notes, %d of them listed", all, listed)
	}
}

func TestColumnsWithAMeaningKeepItInAnySpelling(t *testing.T) {
	all := pictures(t, "", 2)
	all["metadata.csv"] = []byte("file_name,Group,PAIR\n0000.png,g,p\n")
	c := opened(t, Options{}, all.folder(t)).Collections[0]
	if g, _ := c.Label(0, LabelGroup); g != "g" {
		t.Errorf("group %q", g)
	}
	if p, _ := c.Label(0, LabelPair); p != "p" {
		t.Errorf("pair %q", p)
	}
}

func TestRowsThatNameNoImageAreErrorsInMetadata(t *testing.T) {
	all := pictures(t, "", 2)
	all["metadata.csv"] = []byte("file_name,age\n0000.png,3\n,4\n")
	if _, err := openPaths(t, Options{}, all.folder(t)); err == nil || !strings.Contains(err.Error(), "metadata.csv:3: has no file_name") {
		t.Error(err)
	}
}
