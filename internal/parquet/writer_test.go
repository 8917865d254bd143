package parquet

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/written.parquet, which testdata/check.py then reads")

// written are columns with gaps, of as many rows as take several bytes of levels, and more of them than a short list
// has.
func written() []Series {
	var list []Series
	for c := range 17 {
		s := Series{Name: fmt.Sprintf("column %d é", c)}
		for row := range 100 {
			switch {
			case c%2 == 0 && (row+c)%7 == 0:
				s.Numbers = append(s.Numbers, math.NaN())
			case c%2 == 0:
				s.Numbers = append(s.Numbers, float64(row*c)/8)
			case (row+c)%5 == 0:
				s.Texts = append(s.Texts, "")
			default:
				s.Texts = append(s.Texts, fmt.Sprintf("word %d ü", row*c))
			}
		}
		list = append(list, s)
	}
	return list
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	var file bytes.Buffer
	if err := Write(&file, written()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "written.parquet")
	if *update {
		if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Its bytes are those that pyarrow has read as they were meant.
	if golden, err := os.ReadFile(path); err != nil || !bytes.Equal(golden, file.Bytes()) {
		t.Errorf("the file is not that of testdata (%v): go test ./internal/parquet -run Written -update, then testdata/check.py", err)
	}
	f, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if f.Rows != 100 || len(f.Columns) != 17 {
		t.Fatalf("%d rows of %d columns", f.Rows, len(f.Columns))
	}
	for i, s := range written() {
		c := f.Columns[i]
		if c.Name() != s.Name || c.Text() != (s.Numbers == nil) {
			t.Errorf("column %d is %q, text is %t", i, c.Name(), c.Text())
		}
		cursor, err := f.Column(i)
		if err != nil {
			t.Fatal(err)
		}
		for row := range 100 {
			v, err := cursor.Next()
			if err != nil {
				t.Fatal(err)
			}
			want, null := "", false
			if s.Numbers != nil {
				want, null = c.Format(v), math.IsNaN(s.Numbers[row])
				if !null && math.Float64frombits(v.bits) != s.Numbers[row] {
					t.Errorf("%s, row %d: %s, want %v", s.Name, row, want, s.Numbers[row])
				}
			} else if want, null = s.Texts[row], s.Texts[row] == ""; !null && string(v.Bytes) != want {
				t.Errorf("%s, row %d: %q, want %q", s.Name, row, v.Bytes, want)
			}
			if v.Null != null {
				t.Errorf("%s, row %d: null is %t", s.Name, row, v.Null)
			}
		}
		if _, err := cursor.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s goes on: %v", s.Name, err)
		}
	}
}

func TestColumnsOfDifferentLengthsAreNotWritten(t *testing.T) {
	for _, columns := range [][]Series{nil, {{Name: "a", Texts: []string{"x"}}, {Name: "b", Numbers: []float64{1, 2}}}} {
		if err := Write(io.Discard, columns); err == nil {
			t.Errorf("%v are written", columns)
		}
	}
}
