package collection

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// readSeparated reads a table whose first line names the columns: comma-separated values, or what spreadsheets and
// data sets make of them. The separator is the one of , ; tab and | that the first line has most of, or blanks where
// it has none of them and the file is a .txt (CelebA's lists). Left out before the first line: blank lines, comments
// that start with "#", Excel's "sep=;", and a count of the rows. Lines may end in LF, CRLF or CR. Where the first
// line already has the name of an image, the columns have none, and are called "column 1" and so on.
func (t *table) readSeparated(data []byte) error {
	data = withLineFeeds(data)
	first, comma, skipped := preamble(data)
	rest := data[first:]
	if len(bytes.TrimSpace(rest)) == 0 {
		return t.fail(0, "is empty: the first line names the columns, %s among them", fileColumn)
	}
	if comma == 0 {
		comma = separatorOf(firstLine(rest), strings.EqualFold(path.Ext(t.file), ".txt"))
	}
	err := t.readRecords(&records{data: rest, comma: comma, line: skipped})
	if errors.Is(err, csv.ErrBareQuote) {
		t.forget()
		err = t.readRecords(&records{data: rest, comma: comma, line: skipped, lazy: true})
	}
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		return t.fail(skipped+parse.StartLine, `a quoted field has no end, or text follows its end (within quotes, " is written ""): %v`, parse.Err)
	}
	return err
}

// forget empties a table for another way of reading it.
func (t *table) forget() {
	fresh := newTable(t.name, t.file, t.dir)
	t.columns, t.byName, t.lines, t.cells, t.absent = fresh.columns, fresh.byName, nil, 0, fresh.absent
}

// withLineFeeds replaces the line ends of old spreadsheets, a carriage return alone.
func withLineFeeds(data []byte) []byte {
	feeds := bytes.Count(data, []byte("\n"))
	alone := bytes.Count(data, []byte("\r")) - bytes.Count(data, []byte("\r\n"))
	if alone <= feeds {
		return data
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
}

func firstLine(data []byte) []byte {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bytes.TrimRight(line, "\r")
}

// preamble returns where the line with the names of the columns starts, the separator where a line gives it, and how
// many lines come before.
func preamble(data []byte) (at int, comma rune, lines int) {
	for at < len(data) {
		line := firstLine(data[at:])
		text := bytes.TrimSpace(line)
		_, err := strconv.Atoi(string(text))
		switch {
		case len(text) == 0, err == nil:
		case text[0] == '#':
			name, _, _ := strings.Cut(strings.TrimLeft(string(text), "# "), string(separatorOf(text, true)))
			if isFileColumn(strings.Trim(name, `"`)) {
				return at + bytes.IndexByte(line, '#') + 1, comma, lines
			}
		case len(line) == len("sep=;") && bytes.EqualFold(line[:4], []byte("sep=")) && strings.IndexByte(",;\t|:", line[4]) >= 0:
			comma = rune(line[4])
		default:
			return at, comma, lines
		}
		lines++
		next := bytes.IndexByte(data[at:], '\n')
		if next < 0 {
			return len(data), comma, lines
		}
		at += next + 1
	}
	return at, comma, lines
}

// blanks is the separator of columns that stand apart by any number of blanks.
const blanks = ' '

// separatorOf returns the separator of which line has most outside of quotes.
func separatorOf(line []byte, text bool) rune {
	best, most := ',', 0
	for _, comma := range ",;\t|" {
		n, quoted := 0, false
		for _, r := range string(line) {
			if r == '"' {
				quoted = !quoted
			} else if r == comma && !quoted {
				n++
			}
		}
		if n > most {
			best, most = comma, n
		}
	}
	if most == 0 && text {
		return blanks
	}
	return best
}

// records reads the fields of one line after the other.
type records struct {
	data  []byte
	comma rune
	line  int // lines before data
	lazy  bool

	csv *csv.Reader
}

// next returns a line's fields, which are valid until the next call, and its number.
func (r *records) next() ([]string, int, error) {
	if r.comma == blanks {
		for len(r.data) > 0 {
			line := firstLine(r.data)
			r.data = r.data[min(len(line)+1, len(r.data)):]
			r.line++
			if fields := strings.Fields(string(line)); len(fields) > 0 {
				return fields, r.line, nil
			}
		}
		return nil, 0, io.EOF
	}
	if r.csv == nil {
		r.csv = csv.NewReader(bytes.NewReader(r.data))
		r.csv.Comma, r.csv.LazyQuotes = r.comma, r.lazy
		r.csv.FieldsPerRecord = -1
		r.csv.ReuseRecord = true
	}
	fields, err := r.csv.Read()
	if err != nil {
		return nil, 0, err
	}
	at, _ := r.csv.FieldPos(0)
	if r.lazy {
		for _, f := range fields {
			// A quote that is only part of a text would take the lines after it for the same field.
			if strings.Contains(f, "\n") {
				return nil, 0, &csv.ParseError{StartLine: at, Line: at, Err: csv.ErrQuote}
			}
		}
	}
	return fields, r.line + at, nil
}

func (t *table) readRecords(r *records) error {
	head, line, err := r.next()
	if err != nil {
		return err
	}
	names := make([]string, len(head))
	for i, name := range head {
		names[i] = strings.TrimSpace(name)
	}
	var first []string // a line of values that has been read already
	firstAt := line
	if slices.ContainsFunc(names, namesImage) {
		first, names = slices.Clone(names), make([]string, len(names))
	} else if first, firstAt, err = r.next(); err == nil {
		first = slices.Clone(first)
		// A table written with the names of its rows has a column more than its first line says.
		if len(first) == len(names)+1 && strings.TrimSpace(first[len(first)-1]) != "" {
			names = slices.Insert(names, 0, "")
		}
	} else if err != io.EOF {
		return err
	}
	columns := make([]*tableColumn, len(names))
	for i, name := range names {
		if name == "" {
			name = fmt.Sprintf("column %d", i+1)
		}
		if t.byName[name] != nil {
			return t.fail(line, "has the column %q twice", name)
		}
		if columns[i], err = t.column(name); err != nil {
			return err
		}
	}
	for at := firstAt; ; {
		if first != nil {
			if err := t.addRecord(columns, first, at); err != nil {
				return err
			}
		}
		if first, at, err = r.next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// addRecord adds a line's fields as a row, unless all are empty.
func (t *table) addRecord(columns []*tableColumn, fields []string, line int) error {
	for len(fields) > len(columns) && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	if len(fields) > len(columns) {
		return t.fail(line, "has %d fields where the first line names %d columns", len(fields), len(columns))
	}
	if !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" }) {
		return nil
	}
	t.addRow(line)
	for i, value := range fields {
		if err := t.setIn(columns[i], value); err != nil {
			return err
		}
	}
	return nil
}

// namesImage tells whether a text looks like the name of an image file.
func namesImage(text string) bool {
	return endings[strings.TrimPrefix(strings.ToLower(path.Ext(text)), ".")] == roleImage
}
