package collection

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// String writes a table as "column=value ...; ...", without what is missing.
func (t *table) String() string {
	var rows []string
	for row := range t.rows() {
		var cells []string
		for _, c := range t.columns {
			if v, ok := c.at(row); ok {
				cells = append(cells, c.name+"="+v)
			}
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return strings.Join(rows, "; ")
}

func inUTF16(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

func TestMetadataIsRead(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"csv", "metadata.csv", "file_name,age,sex\na.png,3,f\nb/c.png, 4 ,\n", "file_name=a.png age=3 sex=f; file_name=b/c.png age=4"},
		{"file name last", "metadata.csv", "age,file_name\n3,a.png\n", "age=3 file_name=a.png"},
		{"byte order mark and carriage returns", "metadata.csv", "\ufefffile_name,age\r\na.png,3\r\n", "file_name=a.png age=3"},
		{"carriage returns alone", "metadata.csv", "file_name,age\ra.png,3\rb.png,4", "file_name=a.png age=3; file_name=b.png age=4"},
		{"UTF-16, little end first", "metadata.csv", inUTF16("file_name,age\né.png,3\n", binary.LittleEndian), "file_name=é.png age=3"},
		{"UTF-16, big end first", "metadata.csv", inUTF16("file_name\tage\né.png\t3\n", binary.BigEndian), "file_name=é.png age=3"},
		{"quotes", "metadata.csv", "file_name,text\na.png,\"x, \"\"y\"\"\"\n", `file_name=a.png text=x, "y"`},
		{"a quote within a field", "metadata.csv", "file_name,text\na.png,5\" tall\nb.png,\n", `file_name=a.png text=5" tall; file_name=b.png`},
		{"a comma in a quoted column", "metadata.csv", "\"file_name\";\"note, remarks\"\n\"a.png\";\"x\"\n", "file_name=a.png note, remarks=x"},
		{"semicolons", "metadata.csv", "file_name;age\na.png;3\n", "file_name=a.png age=3"},
		{"the line of Excel that names the separator", "metadata.csv", "sep=;\r\nfile_name;age\r\na,b.png;3\r\n", "file_name=a,b.png age=3"},
		{"tabs", "metadata.csv", "file_name\tage\na.png\t3\n", "file_name=a.png age=3"},
		{"bars", "metadata.csv", "file_name|age\na.png|3\n", "file_name=a.png age=3"},
		{"comments and blank lines first", "metadata.csv", "\n# by hand, at night\n\nfile_name,age\na.png,3\n", "file_name=a.png age=3"},
		{"a commented line of columns", "metadata.csv", "# file_name,age\na.png,3\n", "file_name=a.png age=3"},
		{"short row", "metadata.csv", "file_name,age,sex\na.png\n", "file_name=a.png"},
		{"only names", "metadata.csv", "file_name\na.png\n", "file_name=a.png"},
		{"separators without values", "metadata.csv", "file_name,age,\na.png,3,,,\n,,\n", "file_name=a.png age=3"},
		{"the row numbers of pandas", "metadata.csv", ",file_name\n0,a.png\n1,b.png\n", "column 1=0 file_name=a.png; column 1=1 file_name=b.png"},
		{"the row names of R", "metadata.csv", "file_name,age\n1,a.png,3\n", "column 1=1 file_name=a.png age=3"},
		{"words for no value", "metadata.csv", "file_name,a,b,c,d\nx.png,nan,NA,None,none\n", "file_name=x.png c=None d=none"},
		{"no line of columns", "labels.csv", "a.png,3\nb.png,4\n", "column 1=a.png column 2=3; column 1=b.png column 2=4"},
		{"attributes of CelebA", "list_attr_celeba.txt", "2\nMale Young \n000001.jpg -1  1\n000002.jpg  1 -1\n",
			"column 1=000001.jpg Male=-1 Young=1; column 1=000002.jpg Male=1 Young=-1"},
		{"identities of CelebA", "identity_CelebA.txt", "000001.jpg 2880\n000002.jpg 2937\n", "column 1=000001.jpg column 2=2880; column 1=000002.jpg column 2=2937"},
		{"jsonl", "metadata.jsonl", `{"file_name":"a.png","age":3,"w":1.50,"ok":false,"no":null,"s":"x y"}` + "\n\n" + `{"more":1,"file_name":"b.png"}`,
			"file_name=a.png age=3 w=1.50 ok=false s=x y; file_name=b.png more=1"},
		{"nested", "metadata.jsonl", `{"file_name":"a.png","box":[1, 2],"o":{"a": "b"}}`, `file_name=a.png box=[1,2] o={"a":"b"}`},
		{"NaN of Python", "metadata.jsonl", `{"file_name":"NaN \"NaN.png","a":NaN,"b":-Infinity,"c":[Infinity, 1]}`, `file_name=NaN "NaN.png c=[null,1]`},
		{"a list", "metadata.json", "[\n {\"file_name\": \"a.png\", \"age\": 3},\n {\"file_name\": \"b.png\"}\n]", "file_name=a.png age=3; file_name=b.png"},
		{"a list in a .jsonl", "metadata.jsonl", `[{"file_name": "a.png", "age": 3}]`, "file_name=a.png age=3"},
		{"rows over several lines", "metadata.jsonl", "{\n \"file_name\": \"a.png\"\n}\n{\n \"file_name\": \"b.png\"\n}\n", "file_name=a.png; file_name=b.png"},
		{"objects by name", "labels.json", `{"a.png": {"age": 3}, "b.png": {"age": 4}}`, "file_name=a.png age=3; file_name=b.png age=4"},
		{"values by name", "labels.json", `{"a.png": "cat", "b.png": "dog"}`, "file_name=a.png label=cat; file_name=b.png label=dog"},
		{"labels of StyleGAN", "dataset.json", `{"labels": [["0/a.png", 3], ["0/b.png", 4]]}`, "file_name=0/a.png class=3; file_name=0/b.png class=4"},
		{"no labels of StyleGAN", "dataset.json", `{"labels": null}`, ""},
	} {
		table, err := readTable(c.file, c.file, strings.NewReader(c.text))
		if err != nil || table.String() != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, table, err, c.want)
		}
	}
}

func TestMetadataErrorsSayWhere(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"empty", "metadata.csv", "", "metadata.csv: is empty"},
		{"blank", "metadata.csv", "\n \n# only a comment\n", "metadata.csv: is empty"},
		{"column twice", "metadata.csv", "file_name,a,a\n", `metadata.csv:1: has the column "a" twice`},
		{"long row", "metadata.csv", "# x\nfile_name\na.png\nb.png,3\n", "metadata.csv:4: has 2 fields"},
		{"open quote", "metadata.csv", "\nfile_name,a\na.png,\"3\nb.png,4\n", "metadata.csv:3: a quoted field has no end"},
		{"open quote beside a bare one", "metadata.csv", "file_name,a\nb.png,5\"\na.png,\"3\nb.png,4\n", "a quoted field has no end"},
		{"not text", "metadata.csv", "file_name\n\xff\n", "metadata.csv:2: is not UTF-8"},
		{"zeros", "metadata.csv", "file_name\n\x00\n", "is not text"},
		{"a number among rows", "metadata.jsonl", "{\"file_name\":\"a\"}\n7\n", "metadata.jsonl:2: is not a JSON object"},
		{"a list among rows", "metadata.jsonl", "{\"file_name\":\"a\"}\n[1]\n", "metadata.jsonl:2: is not a JSON object"},
		{"a number in a list", "metadata.json", "[\n{\"file_name\":\"a\"},\n7]\n", "metadata.json:3: is not a JSON object"},
		{"cut off", "metadata.jsonl", "{\"file_name\":\"b\"}\n" + `{"file_name":"a"`, "metadata.jsonl:2: is not complete JSON"},
		{"a word", "metadata.jsonl", "{\"file_name\":\"b\"}\n{\"file_name\":undefined}\n", "metadata.jsonl:2: is not JSON: invalid character 'u'"},
		{"COCO", "annotations.json", `{"images": [], "annotations": []}`, "is a COCO file"},
		{"labels of no pairs", "dataset.json", `{"labels": [1, 2]}`, "is not a list of pairs"},
	} {
		_, err := readTable(c.file, c.file, strings.NewReader(c.text))
		var typed *MetadataError
		if !errors.As(err, &typed) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestTablesOfTooManyColumnsAreRefusedWithExamples(t *testing.T) {
	var wide, keyed strings.Builder
	wide.WriteString("file_name")
	for i := range 2048 {
		fmt.Fprintf(&wide, ",e%d", i)
	}
	wide.WriteString("\na.png" + strings.Repeat(",0.5", 2048) + "\n")
	for i := range 20_000 {
		fmt.Fprintf(&keyed, "{\"file_name\": \"%d.png\", \"key%d\": 1}\n", i, i)
	}
	for file, text := range map[string]string{"metadata.csv": wide.String(), "metadata.jsonl": keyed.String()} {
		_, err := readTable(file, file, strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), "more than 1000 columns, such as \"file_name\", ") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestTablesTakeMemoryByTheirCells(t *testing.T) {
	table := newTable("x", "x", ".")
	table.cells = maxCells - 2
	for i := range 3 {
		table.addRow(i)
		err := table.set("age", "3")
		if full := i == 2; (err != nil) != full {
			t.Errorf("row %d: %v", i, err)
		}
	}
	sparse := newTable("x", "x", ".")
	for i := range 1000 {
		sparse.addRow(i)
		if err := sparse.set("file_name", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		if i < 10 {
			sparse.set("rare", "yes")
		}
	}
	if sparse.cells != 1010 {
		t.Errorf("%d cells for 1000 names and 10 values at the start", sparse.cells)
	}
}

func FuzzMetadata(f *testing.F) {
	names := []string{"metadata.csv", "metadata.jsonl", "labels.json", "list.txt"}
	f.Add("file_name,age\na.png,3\n", 0)
	f.Add("file_name;age\na.png;\"3\n", 0)
	f.Add("sep=;\na\"b;c\n\"\"x;1", 0)
	f.Add("\xff\xfef\x00i\x00", 0)
	f.Add(`{"file_name":"a.png","box":[1, 2],"n":null}`, 1)
	f.Add(`{"file_name":"a.png"}{`, 1)
	f.Add(`{"labels": [["a.png", NaN]]}`, 2)
	f.Add(`{"a.png": {"": 1, "b": [-Infinity]}}`, 2)
	f.Add("2\na b\nx.jpg 1 -1\n", 3)
	f.Fuzz(func(t *testing.T, text string, name int) {
		file := names[uint(name)%uint(len(names))]
		table, err := readTable(file, file, strings.NewReader(text))
		if err != nil {
			var typed *MetadataError
			if !errors.As(err, &typed) {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		cells := 0
		for _, c := range table.columns {
			cells += len(c.codes)
			if len(c.codes) > table.rows() || c.name == "" {
				t.Fatalf("column %q of %d rows has %d", c.name, table.rows(), len(c.codes))
			}
			for _, code := range c.codes {
				if code < -1 || int(code) >= len(c.values) {
					t.Fatalf("code %d of %d values", code, len(c.values))
				}
			}
			for _, v := range c.values {
				if v == "" || strings.TrimSpace(v) != v {
					t.Fatalf("value %q", v)
				}
			}
		}
		if cells != table.cells {
			t.Fatalf("%d cells, counted as %d", cells, table.cells)
		}
	})
}
