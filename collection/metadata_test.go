package collection

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// cells writes a table as "file: column=value ...; ...".
func (t *table) cells() string {
	var rows []string
	for _, r := range t.rows {
		row := r.file + ":"
		for i, v := range r.values {
			row += " " + t.columns[i] + "=" + v
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "; ")
}

func TestMetadataIsRead(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"csv", "metadata.csv", "file_name,age,sex\na.png,3,f\nb/c.png, 4 ,\n", "a.png: age=3 sex=f; b/c.png: age=4 sex="},
		{"file name last", "metadata.csv", "age,file_name\n3,a.png\n", "a.png: age=3"},
		{"byte order mark and carriage returns", "metadata.csv", "\ufefffile_name,age\r\na.png,3\r\n", "a.png: age=3"},
		{"quotes", "metadata.csv", "file_name,text\na.png,\"x, \"\"y\"\"\"\n", `a.png: text=x, "y"`},
		{"semicolons", "metadata.csv", "file_name;age\na.png;3\n", "a.png: age=3"},
		{"tabs", "metadata.csv", "file_name\tage\na.png\t3\n", "a.png: age=3"},
		{"short row", "metadata.csv", "file_name,age,sex\na.png\n", "a.png:"},
		{"only names", "metadata.csv", "file_name\na.png\n", "a.png:"},
		{"jsonl", "metadata.jsonl", `{"file_name":"a.png","age":3,"w":1.50,"ok":false,"no":null,"s":"x y"}` + "\n\n" + `{"more":1,"file_name":"b.png"}`,
			"a.png: age=3 w=1.50 ok=false no= s=x y; b.png: age= w= ok= no= s= more=1"},
		{"nested", "metadata.jsonl", `{"file_name":"a.png","box":[1, 2],"o":{"a": "b"}}`, `a.png: box=[1,2] o={"a":"b"}`},
	} {
		table, err := readTable(c.file, c.file, strings.NewReader(c.text))
		if err != nil || table.cells() != c.want {
			t.Errorf("%s: %q, %v", c.name, table.cells(), err)
		}
	}
}

func TestMetadataErrorsSayWhere(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"empty", "metadata.csv", "", "metadata.csv: is empty"},
		{"no file name", "metadata.csv", "name,age\na,3\n", "metadata.csv:1: has no column file_name"},
		{"column twice", "metadata.csv", "file_name,a,a\n", `metadata.csv:1: has the column "a" twice`},
		{"long row", "metadata.csv", "file_name\na.png\nb.png,3\n", "metadata.csv:3: has 2 fields"},
		{"row without a name", "metadata.csv", "file_name,a\n,3\n", "metadata.csv:2: has no file_name"},
		{"open quote", "metadata.csv", "file_name,a\na.png,\"3\n", "metadata.csv:"},
		{"not text", "metadata.csv", "file_name\n\xff\n", "is not UTF-8"},
		{"list", "metadata.jsonl", "{\"file_name\":\"a\"}\n[1]\n", "metadata.jsonl:2: is not a JSON object"},
		{"cut off", "metadata.jsonl", `{"file_name":"a"`, "metadata.jsonl:1: is not a JSON object"},
		{"two on a line", "metadata.jsonl", `{"file_name":"a"}{}`, "more follows"},
		{"no name", "metadata.jsonl", `{"age":3}`, "metadata.jsonl:1: has no file_name"},
	} {
		_, err := readTable(c.file, c.file, strings.NewReader(c.text))
		var typed *MetadataError
		if !errors.As(err, &typed) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestDeeperAndLaterLabelsOverride(t *testing.T) {
	png := pngOf(t, landmark(8, 8))
	dir := files{
		"metadata.csv":     []byte("file_name,age,class\na/1.png,1,cat\na\\2.png,2,\na/1.png,9,\n"),
		"a/metadata.jsonl": []byte(`{"file_name":"./2.png","age":20}`),
		"a/1.png":          png, "a/2.png": png,
	}.folder(t)
	c := opened(t, Options{}, dir).Collections[0]
	for row, want := range []map[string]string{{"age": "9", "class": "cat"}, {"age": "20", "class": "a"}} {
		for name, value := range want {
			if got, _ := c.Label(row, name); got != value {
				t.Errorf("row %d: %s is %q, want %q", row, name, got, value)
			}
		}
	}
	if len(c.Notes) != 1 || !strings.Contains(c.Notes[0].Reason, "metadata.csv:4") {
		t.Errorf("notes %v", c.Notes)
	}
}

func TestManyRowsWithoutImagesAreCounted(t *testing.T) {
	rows := "file_name,age\n"
	for i := range 1000 {
		rows += fmt.Sprintf("%d.png,3\n", i)
	}
	dir := files{"metadata.csv": []byte(rows), "7.png": pngOf(t, landmark(8, 8))}.folder(t)
	notes := opened(t, Options{}, dir).Collections[0].Notes
	if len(notes) != maxTableNotes+1 || !strings.Contains(notes[maxTableNotes].Reason, "979 more rows") {
		t.Errorf("%d notes, the last %v", len(notes), notes[len(notes)-1])
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add("file_name,age\na.png,3\n", true)
	f.Add("file_name;age\na.png;\"3\n", true)
	f.Add(`{"file_name":"a.png","box":[1, 2],"n":null}`, false)
	f.Add(`{"file_name":"a.png"}{`, false)
	f.Fuzz(func(t *testing.T, text string, isCSV bool) {
		file := "metadata.jsonl"
		if isCSV {
			file = "metadata.csv"
		}
		table, err := readTable(file, file, strings.NewReader(text))
		if err != nil {
			var typed *MetadataError
			if !errors.As(err, &typed) {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		for _, r := range table.rows {
			if r.file == "" || len(r.values) > len(table.columns) {
				t.Fatalf("row %+v of columns %q", r, table.columns)
			}
		}
	})
}
