package collection

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestDescribeSaysWhatWasReadAndWhatNot(t *testing.T) {
	all := pictures(t, "", 20)
	table := "file_name,sex,note,age,group\n"
	for i := range 18 {
		table += fmt.Sprintf("%04d.png,%s,remark %d,%d,p%d\n", i, []string{"f", `"m, or so"`}[i/12], i, i, i/2)
	}
	all["metadata.csv"] = []byte(table + "x.png,f,,,\n")
	for i := range 7 {
		all[fmt.Sprintf("bad%d.png", i)] = []byte("no image")
	}
	all["bad\x1b[31m.png"] = []byte{}
	c := opened(t, Options{}, all.folder(t)).Collections[0]
	text := strings.Join(c.Describe(), "\n")
	for _, want := range []string{
		"a: 28 images found, ",
		", 8 skipped\n",
		"\n  label sex of 18 of 20 images: f 12, \"m, or so\" 6\n",
		"\n  label note of 18 of 20 images: \"remark 0\" 1, ",
		"13 values more\n",
		"\n  20 images are 11 units: ",
		"\n  skipped: 7 files, \"bad0.png\", \"bad1.png\", \"bad2.png\", \"bad3.png\", \"bad4.png\" and 2 more: ",
		"\n  skipped: \"bad\\x1b[31m.png\" is empty",
		"\n  note: \"x.png\" is named in metadata.csv, but there is no such image",
		"\n  note: 10 files, \"0018.png\", \"0019.png\", ",
		"\n  note: the label \"note\" has 18 values for 18 images: too many to compare images by",
	} {
		if !strings.Contains(text+"\n", want) {
			t.Errorf("%q is missing of\n%s", want, text)
		}
	}
	if strings.ContainsRune(text, '\x1b') {
		t.Error("an escape sequence gets to the terminal")
	}
}

func TestDescribeOfManyReasonsIsShort(t *testing.T) {
	c := made("a", "0", "1")
	split([]*Collection{c}, 1, 0.1)
	var skipped []Skipped
	for i := range 1000 {
		skipped = append(skipped, Skipped{fmt.Sprint(i), fmt.Sprintf("is %d pixels wide", i)})
		c.Notes = append(c.Notes, Skipped{fmt.Sprint(i), "reason " + strings.Repeat("x", i%40)})
	}
	lines := c.Describe()
	if len(lines) > 5+mostReasons {
		t.Errorf("%d lines", len(lines))
	}
	if want := "  skipped: 1000 files, \"0\", \"1\", \"2\", \"3\", \"4\" and 995 more: is 0 pixels wide (the first; the others alike)"; !slices.Equal(byReason("skipped", skipped), []string{want}) {
		t.Errorf("lines %q", byReason("skipped", skipped))
	}
	if last := lines[len(lines)-1]; last != "  note: 700 more for other reasons" {
		t.Errorf("last line %q", last)
	}
}

func TestEveryLabelHasALine(t *testing.T) {
	c := made("a", "0 x=1", "1 x=1")
	split([]*Collection{c}, 1, 0.1)
	if got := c.Describe()[1]; got != "  label x of all images: 1 2" {
		t.Errorf("%q", got)
	}
	plain := made("a", "0", "1")
	split([]*Collection{plain}, 1, 0.1)
	if got := plain.Describe()[1]; got != "  no labels" {
		t.Errorf("%q", got)
	}
}

func TestNotesAreWrittenInFull(t *testing.T) {
	all := pictures(t, "", 6)
	all["bad, \"one\".png"] = []byte("no image")
	all["metadata.csv"] = []byte("file_name,age\nx.png,3\n0001.png,3\n")
	d := opened(t, Options{}, all.folder(t))
	var b bytes.Buffer
	if err := d.WriteNotes(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(d.Collections[0].Notes) + 2; len(rows) != n || rows[1][1] != `bad, "one".png` || rows[1][2] != "skipped" || rows[2][2] != "note" {
		t.Errorf("%d rows, want %d: %q", len(rows), n, rows)
	}
}
