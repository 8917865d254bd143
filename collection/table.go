package collection

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of one table, so that a small file cannot ask for any memory.
const (
	// maxTableBytes is the largest file of labels that is read.
	maxTableBytes = 256 << 20
	// maxColumns is the most columns a table may have, and the most labels of a collection.
	maxColumns = 1000
	// maxCells is the most rows times columns of a table, and of the labels of a collection.
	maxCells = 200_000_000
	// maxLabelText is the longest value that is read from beside an image or out of a Parquet file, which hold much
	// that is no label. What is left out is counted.
	maxLabelText = 4096
	// maxTableText is how much text the different values of such a table's columns may have together. Where there is
	// more, the column with most of it is left out.
	maxTableText = 512 << 20
)

// table holds labels by the names of images: the content of a file of labels, or what lies beside the images of a
// shard. Its columns are coded, as those of a collection are, and end where no later row has a value, so that a table
// takes memory by its cells, not by its text.
//
// A reader fills it row by row:
//
//	t := newTable("shard.tar", "shard.tar", ".")
//	t.fileColumn = fileColumn
//	t.addRow(1)
//	err := t.set(fileColumn, "0001.jpg")
//	err = t.set("age", "34")
type table struct {
	name string // for messages
	file string // slash-separated, in the collection; for a file from elsewhere its path
	dir  string // the folder that names of images are relative to, in the collection
	use  tableUse
	// fileColumn is the column that says which image a row belongs to; "" where it is still to be found.
	fileColumn string

	columns []*tableColumn
	byName  map[string]*tableColumn
	lines   []int32 // where each row is in the file
	cells   int
	absent  map[string]int // words that stand for no value, and how often they did
	long    int            // values that were left out because of their length
	textLen int            // bytes of the different values
}

// tableUse says why a table is looked at, which decides how loud its troubles are.
type tableUse int8

const (
	// tableNamed is called metadata: what cannot be understood in it is an error.
	tableNamed tableUse = iota
	// tableGiven was named by the user and stands alone.
	tableGiven
	// tableFound has another name: it is used where it clearly speaks of the images, or else noted.
	tableFound
	// tableBeside lies beside an archive and may speak of other images too.
	tableBeside
	// tableOwn comes with the images: what lies beside each of them, or the other columns of their Parquet files.
	// What the other kinds say of an image comes before it.
	tableOwn
)

// tableColumn is one column: an index into its values for each row, or -1 for none; rows beyond the end have none.
type tableColumn struct {
	name    string
	values  []string
	codes   []int32
	index   map[string]int32
	textLen int  // bytes of the values
	left    bool // out, because of its text
}

func (c *tableColumn) at(row int) (string, bool) {
	if row < len(c.codes) && c.codes[row] >= 0 {
		return c.values[c.codes[row]], true
	}
	return "", false
}

func newTable(name, file, dir string) *table {
	return &table{name: name, file: file, dir: dir, byName: map[string]*tableColumn{}, absent: map[string]int{}}
}

func (t *table) fail(line int, format string, args ...any) error {
	return &MetadataError{t.name, line, fmt.Sprintf(format, args...)}
}

func (t *table) rows() int { return len(t.lines) }

// addRow begins a row that is at the given line of the file.
func (t *table) addRow(line int) { t.lines = append(t.lines, int32(min(line, 1<<31-1))) }

// set gives the last row a value in the column of that name, which it makes where there is none. A value of blanks or
// a word for no value is left out. Of two values for one column the later stays.
func (t *table) set(name, value string) error {
	c, err := t.column(name)
	if err != nil {
		return err
	}
	return t.setIn(c, value)
}

// column returns the column of a name, new where there is none.
func (t *table) column(name string) (*tableColumn, error) {
	if c := t.byName[name]; c != nil {
		return c, nil
	}
	if len(t.columns) == maxColumns {
		return nil, t.fail(t.line(), "has more than %d columns, such as %s: keep those that describe the images",
			maxColumns, examples(t.columnNames(), 3))
	}
	c := &tableColumn{name: strings.Clone(name), index: map[string]int32{}}
	t.columns, t.byName[c.name] = append(t.columns, c), c
	return c, nil
}

func (t *table) line() int {
	if len(t.lines) == 0 {
		return 0
	}
	return int(t.lines[len(t.lines)-1])
}

func (t *table) setIn(c *tableColumn, value string) error {
	value = strings.TrimSpace(value)
	if value == "" {
		return nil
	}
	if c.name != t.fileColumn && noValue(value) {
		t.absent[strings.Clone(value)]++
		return nil
	}
	if c.left {
		return nil
	}
	row := len(t.lines) - 1
	if more := row + 1 - len(c.codes); more > 0 {
		if t.cells += more; t.cells > maxCells {
			return t.fail(t.line(), "has too many columns for its rows, such as %s: at most %d million values are read",
				examples(t.columnNames(), 3), maxCells/1_000_000)
		}
		c.codes = slices.Grow(c.codes, more)
		for len(c.codes) <= row {
			c.codes = append(c.codes, -1)
		}
	}
	code, known := c.index[value]
	if !known {
		value = strings.Clone(value) // do not keep the line it was cut from
		code = int32(len(c.values))
		c.index[value] = code
		c.values = append(c.values, value)
		c.textLen += len(value)
		if t.textLen += len(value); t.textLen > maxTableText {
			t.leaveOut()
		}
	}
	if !c.left {
		c.codes[row] = code
	}
	return nil
}

// leaveOut drops the column with most text, but not the one that names images.
func (t *table) leaveOut() {
	var most *tableColumn
	for _, c := range t.columns {
		if c.name != t.fileColumn && (most == nil || c.textLen > most.textLen) {
			most = c
		}
	}
	if most == nil {
		return
	}
	t.textLen -= most.textLen
	t.cells -= len(most.codes)
	most.values, most.codes, most.index, most.textLen, most.left = nil, nil, nil, 0, true
}

// noValue tells the words that programs write where a value is missing. "None" is not one of them: it is also what
// people call a category.
func noValue(value string) bool {
	switch value {
	case "nan", "NaN", "NAN", "-nan", "-NaN", "NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "null", "NULL", "Null", "NaT":
		return true
	}
	return false
}

func (t *table) columnNames() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// examples quotes the first of the names, for messages.
func examples(names []string, most int) string {
	var quoted []string
	for _, name := range names[:min(most, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%q", shortened(name)))
	}
	return strings.Join(quoted, ", ")
}

// shortened cuts a text that is too long for a message.
func shortened(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && text[cut]&0xC0 == 0x80 { // within a character
		cut--
	}
	return text[:cut] + "…"
}
