package collection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// readJSON reads a table of JSON objects, one a row: one a line (JSONL), one after the other, or in one list. It also
// reads an object whose names are those of images, {"1.png": {"age": 34}} or {"1.png": "cat"}, and the dataset.json
// of StyleGAN, {"labels": [["1.png", 3], ...]}. Numbers keep their text, true and false become those words, lists and
// objects compact JSON; null, and the NaN and Infinity that Python writes, are no value.
func (t *table) readJSON(data []byte) error {
	data = withoutNaN(data)
	r := &jsonReader{table: t, data: data, decoder: json.NewDecoder(bytes.NewReader(data))}
	for {
		line := r.line()
		raw, err := r.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case raw[0] == '[' && t.rows() == 0 && len(t.columns) == 0:
			if err := t.readList(raw, line); err != nil {
				return err
			}
		case raw[0] != '{':
			return t.fail(line, "is not a JSON object: a row is {%q: \"1.png\", ...}", fileColumn)
		default:
			if err := t.readObject(raw, line); err != nil {
				return err
			}
		}
	}
}

// jsonReader reads one JSON value after the other and knows its line.
type jsonReader struct {
	table   *table
	data    []byte
	decoder *json.Decoder
	counted int // bytes whose line feeds are in lines
	lines   int
}

// line is that of the next value, or of the end.
func (r *jsonReader) line() int {
	at := int(r.decoder.InputOffset())
	for at < len(r.data) && (strings.IndexByte(" \t\r\n,", r.data[at]) >= 0) {
		at++
	}
	r.lines += bytes.Count(r.data[r.counted:at], []byte("\n"))
	r.counted = at
	return r.lines + 1
}

func (r *jsonReader) next() (json.RawMessage, error) {
	line := r.line()
	var raw json.RawMessage
	err := r.decoder.Decode(&raw)
	switch {
	case err == io.EOF:
		return nil, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, r.table.fail(line, "is not complete JSON: it ends within what starts here")
	case err != nil:
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			line = 1 + bytes.Count(r.data[:min(int(syntax.Offset), len(r.data))], []byte("\n"))
		}
		return nil, r.table.fail(line, "is not JSON: %v", err)
	}
	return raw, nil
}

// readList reads a list of objects.
func (t *table) readList(raw json.RawMessage, line int) error {
	r := &jsonReader{table: t, data: raw, decoder: json.NewDecoder(bytes.NewReader(raw)), lines: line - 1}
	if _, err := r.decoder.Token(); err != nil {
		return t.fail(line, "is not JSON: %v", err)
	}
	for r.decoder.More() {
		line := r.line()
		row, err := r.next()
		if err != nil {
			return err
		}
		if row[0] != '{' {
			return t.fail(line, "is not a JSON object: a row is {%q: \"1.png\", ...}", fileColumn)
		}
		if err := t.addObject(row, line); err != nil {
			return err
		}
	}
	return nil
}

// readObject reads an object that may be a row or a table of its own.
func (t *table) readObject(raw json.RawMessage, line int) error {
	names, values, err := objectFields(raw)
	if err != nil {
		return t.fail(line, "is not JSON: %v", err)
	}
	field := func(name string) json.RawMessage {
		for i := range names {
			if names[i] == name {
				return values[i]
			}
		}
		return nil
	}
	if t.rows() == 0 {
		if labels := field("labels"); labels != nil && len(names) == 1 {
			return t.readPairs(labels, line)
		}
		if field("images") != nil && field("annotations") != nil {
			return t.fail(line, "is a COCO file, whose annotations are of parts of images: write what is true of each image as rows {%q: \"1.png\", ...}", fileColumn)
		}
		if isMapping(names, values) {
			return t.readMapping(names, values, line)
		}
	}
	return t.addFields(names, values, line)
}

// readPairs reads StyleGAN's labels: pairs of a name and a class.
func (t *table) readPairs(raw json.RawMessage, line int) error {
	t.fileColumn = fileColumn
	if _, err := t.column(fileColumn); err != nil {
		return err
	}
	var pairs [][]json.RawMessage
	if err := json.Unmarshal(raw, &pairs); err != nil {
		return t.fail(line, `"labels" is not a list of pairs ["1.png", class]`)
	}
	for _, pair := range pairs {
		var name string
		if len(pair) != 2 || json.Unmarshal(pair[0], &name) != nil {
			return t.fail(line, `"labels" is not a list of pairs ["1.png", class]`)
		}
		if err := t.addFields([]string{fileColumn, LabelClass}, []json.RawMessage{pair[0], pair[1]}, line); err != nil {
			return err
		}
	}
	return nil
}

// isMapping tells an object whose names are those of images from a row: most of them look like it, or all values are
// objects.
func isMapping(names []string, values []json.RawMessage) bool {
	images, objects := 0, 0
	for i, name := range names {
		if namesImage(name) {
			images++
		}
		if values[i][0] == '{' {
			objects++
		}
	}
	return len(names) > 0 && (2*images > len(names) || objects == len(names))
}

func (t *table) readMapping(names []string, values []json.RawMessage, line int) error {
	t.fileColumn = fileColumn
	for i, name := range names {
		t.addRow(line)
		if err := t.set(fileColumn, name); err != nil {
			return err
		}
		if values[i][0] != '{' {
			if err := t.setJSON("label", values[i]); err != nil {
				return err
			}
			continue
		}
		inner, innerValues, err := objectFields(values[i])
		if err != nil {
			return t.fail(line, "is not JSON: %v", err)
		}
		for k := range inner {
			if inner[k] == fileColumn {
				continue
			}
			if err := t.setJSON(inner[k], innerValues[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *table) addObject(raw json.RawMessage, line int) error {
	names, values, err := objectFields(raw)
	if err != nil {
		return t.fail(line, "is not JSON: %v", err)
	}
	return t.addFields(names, values, line)
}

func (t *table) addFields(names []string, values []json.RawMessage, line int) error {
	t.addRow(line)
	for i, name := range names {
		if err := t.setJSON(strings.TrimSpace(name), values[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) setJSON(name string, raw json.RawMessage) error {
	value, err := plainValue(raw)
	if err != nil {
		return t.fail(t.line(), "is not JSON: %v", err)
	}
	if name == "" {
		name = "column " + strconv.Itoa(len(t.columns)+1)
	}
	return t.set(name, value)
}

// objectFields returns the names and values of a JSON object in its order.
func objectFields(text []byte) (names []string, values []json.RawMessage, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, nil, fmt.Errorf("%v is no name", key)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, nil, err
		}
		names, values = append(names, name), append(values, raw)
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

// withoutNaN replaces the words that Python writes for numbers that JSON does not know by null. No line moves.
func withoutNaN(data []byte) []byte {
	words := []string{"-Infinity", "Infinity", "NaN"}
	if !bytes.Contains(data, []byte("NaN")) && !bytes.Contains(data, []byte("Infinity")) {
		return data
	}
	out := make([]byte, 0, len(data))
	quoted := false
	for at := 0; at < len(data); {
		b := data[at]
		switch {
		case quoted && b == '\\' && at+1 < len(data):
			out = append(out, b, data[at+1])
			at += 2
			continue
		case b == '"':
			quoted = !quoted
		case !quoted && (b == 'N' || b == 'I' || b == '-'):
			if n := wordAt(data[at:], words); n > 0 {
				out = append(out, "null"...)
				at += n
				continue
			}
		}
		out = append(out, b)
		at++
	}
	return out
}

// wordAt is the length of the word that text starts with, 0 where it is none of them.
func wordAt(text []byte, words []string) int {
	for _, w := range words {
		if bytes.HasPrefix(text, []byte(w)) {
			return len(w)
		}
	}
	return 0
}
