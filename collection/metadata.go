package collection

import (
	"bytes"
	"encoding/binary"
	"io"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Labels with a meaning of their own.
const (
	// LabelPair connects images of different collections that show the same subject.
	LabelPair = "pair"
	// LabelGroup connects images that must not be torn apart by a split, such as those of one person or one site.
	LabelGroup = "group"
	// LabelClass is the folder an image is in, where metadata has no column of that name.
	LabelClass = "class"
)

// IsContent says whether a label is about what images show, and not about which of them belong together, as [LabelPair] and
// [LabelGroup] are.
func IsContent(label string) bool { return label != LabelPair && label != LabelGroup }

// fileColumn is the column that says which image a row of labels belongs to, as Hugging Face calls it.
const fileColumn = "file_name"

// readTable reads a file of labels: name is what messages call it, file its slash-separated path in the collection.
// Its name decides how it is read: .json and .jsonl as JSON, .parquet as such, others as text with separated columns.
func readTable(name, file string, r io.Reader) (*table, error) {
	t := newTable(name, file, path.Dir(file))
	data, err := io.ReadAll(io.LimitReader(r, maxTableBytes+1))
	if err != nil {
		return nil, t.fail(0, "cannot be read: %v", cause(err))
	}
	if len(data) > maxTableBytes {
		return nil, t.fail(0, "is larger than 256 MiB")
	}
	switch strings.ToLower(path.Ext(file)) {
	case ".parquet":
		err = t.readParquet(data)
	case ".json", ".jsonl", ".ndjson":
		if data, err = t.text(data); err == nil {
			err = t.readJSON(data)
		}
	default:
		if data, err = t.text(data); err == nil {
			err = t.readSeparated(data)
		}
	}
	t.seal()
	return t, err
}

// seal ends the filling of a table.
func (t *table) seal() {
	for _, c := range t.columns {
		c.index = nil
	}
}

// text returns data as UTF-8 without a byte order mark. UTF-16 is converted where it has one.
func (t *table) text(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		data = fromUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		data = fromUTF16(data[2:], binary.BigEndian)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		line := 1 + bytes.Count(data[:firstInvalid(data)], []byte("\n"))
		return nil, t.fail(line, "is not UTF-8 text: save it as UTF-8")
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, t.fail(0, "is not text: save it as CSV in UTF-8")
	}
	return data, nil
}

func fromUTF16(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

func firstInvalid(data []byte) int {
	for at := 0; at < len(data); {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n <= 1 {
			return at
		}
		at += n
	}
	return len(data)
}
