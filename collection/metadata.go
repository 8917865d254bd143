package collection

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"
)

// Labels with a meaning of their own.
const (
	// LabelPair connects images of different collections that show the same
	// subject.
	LabelPair = "pair"
	// LabelGroup connects images that must not be torn apart by a split, such
	// as those of one person or one site.
	LabelGroup = "group"
	// LabelClass is the folder an image is in, where metadata has no column
	// of that name.
	LabelClass = "class"
)

// fileColumn is the column that says which image a row of labels belongs to.
const fileColumn = "file_name"

// maxTableBytes is the largest file of labels that is read.
const maxTableBytes = 256 << 20

// table is the content of one metadata.csv or metadata.jsonl.
type table struct {
	name    string // for messages
	dir     string // its folder in the collection; file names are relative to it
	columns []string
	rows    []tableRow
}

type tableRow struct {
	file   string
	line   int
	values []string // of the columns; may be shorter than they are
}

// readTable reads a file of labels: name is what messages call it, file its
// slash-separated path in the collection.
func readTable(name, file string, r io.Reader) (*table, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxTableBytes+1))
	if err != nil {
		return nil, &MetadataError{name, 0, "cannot be read: " + cause(err).Error()}
	}
	if len(data) > maxTableBytes {
		return nil, &MetadataError{name, 0, "is larger than 256 MiB"}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, &MetadataError{name, 0, "is not UTF-8 text: save it as UTF-8"}
	}
	t := &table{name: name, dir: path.Dir(file)}
	if strings.HasSuffix(strings.ToLower(file), ".csv") {
		err = t.readCSV(data)
	} else {
		err = t.readJSONL(data)
	}
	return t, err
}

func (t *table) fail(line int, format string, args ...any) error {
	return &MetadataError{t.name, line, fmt.Sprintf(format, args...)}
}

// readCSV reads comma-separated values; semicolons or tabs are taken where
// the first line has no comma.
func (t *table) readCSV(data []byte) error {
	header, _, _ := bytes.Cut(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	if bytes.IndexByte(header, ',') < 0 {
		for _, comma := range ";\t" {
			if bytes.ContainsRune(header, comma) {
				r.Comma = comma
				break
			}
		}
	}
	names, err := r.Read()
	if err == io.EOF {
		return t.fail(0, "is empty: the first line names the columns, %s among them", fileColumn)
	}
	if err != nil {
		return t.csvError(err)
	}
	fileAt := -1
	seen := map[string]bool{}
	for i, n := range names {
		n = strings.TrimSpace(n)
		if seen[n] && n != "" {
			return t.fail(1, "has the column %q twice", n)
		}
		seen[n] = true
		if n == fileColumn {
			fileAt = i
			continue
		}
		t.columns = append(t.columns, n)
	}
	if fileAt < 0 {
		return t.fail(1, "has no column %s: it says which image a row belongs to", fileColumn)
	}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return t.csvError(err)
		}
		line, _ := r.FieldPos(0)
		if len(record) > len(names) {
			return t.fail(line, "has %d fields where the first line names %d columns", len(record), len(names))
		}
		if fileAt >= len(record) || strings.TrimSpace(record[fileAt]) == "" {
			return t.fail(line, "has no %s", fileColumn)
		}
		row := tableRow{file: strings.TrimSpace(record[fileAt]), line: line}
		for i, v := range record {
			if i != fileAt {
				row.values = append(row.values, strings.TrimSpace(v))
			}
		}
		t.rows = append(t.rows, row)
	}
}

func (t *table) csvError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return t.fail(parse.Line, "%v", parse.Err)
	}
	return t.fail(0, "%v", err)
}

// readJSONL reads one JSON object a line. Numbers keep their text, true and
// false become those words, null is no value, and lists and objects become
// compact JSON.
func (t *table) readJSONL(data []byte) error {
	index := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 16<<20)
	line := 0
	for lines.Scan() {
		line++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		if text[0] != '{' {
			return t.fail(line, "is not a JSON object")
		}
		names, values, err := objectFields(text)
		if err != nil {
			return t.fail(line, "is not a JSON object: %v", err)
		}
		row := tableRow{line: line}
		for i, name := range names {
			if name == fileColumn {
				row.file = strings.TrimSpace(values[i])
				continue
			}
			at, ok := index[name]
			if !ok {
				at = len(t.columns)
				index[name] = at
				t.columns = append(t.columns, name)
			}
			for len(row.values) <= at {
				row.values = append(row.values, "")
			}
			row.values[at] = strings.TrimSpace(values[i])
		}
		if row.file == "" {
			return t.fail(line, "has no %s", fileColumn)
		}
		t.rows = append(t.rows, row)
	}
	if err := lines.Err(); err != nil {
		return t.fail(line+1, "%v", err)
	}
	return nil
}

// objectFields returns the names and values of a JSON object in its order.
func objectFields(text []byte) (names, values []string, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, nil, err
		}
		value, err := plainValue(raw)
		if err != nil {
			return nil, nil, err
		}
		names = append(names, key.(string))
		values = append(values, value)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, errors.New("more follows the object")
	}
	return names, values, nil
}

func plainValue(raw json.RawMessage) (string, error) {
	switch raw[0] {
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case 'n':
		return "", nil
	case '{', '[':
		var b bytes.Buffer
		err := json.Compact(&b, raw)
		return b.String(), err
	}
	return string(raw), nil
}
