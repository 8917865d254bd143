package collection

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
)

// column holds one label of every row: an index into the values that occur,
// or -1 where the row has no such label.
type column struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
	Codes  []int32  `json:"codes"`
}

func (c *column) at(row int) (string, bool) {
	if code := c.Codes[row]; code >= 0 {
		return c.Values[code], true
	}
	return "", false
}

// columnBuilder fills columns, by name, as labels are found.
type columnBuilder struct {
	rows    int
	columns []*column
	byName  map[string]*column
	codes   map[*column]map[string]int32
}

func newColumnBuilder(rows int) *columnBuilder {
	return &columnBuilder{rows: rows, byName: map[string]*column{}, codes: map[*column]map[string]int32{}}
}

func (b *columnBuilder) set(row int, name, value string) {
	c := b.byName[name]
	if c == nil {
		c = &column{Name: name, Codes: slices.Repeat([]int32{-1}, b.rows)}
		b.byName[name] = c
		b.codes[c] = map[string]int32{}
		b.columns = append(b.columns, c)
	}
	code, ok := b.codes[c][value]
	if !ok {
		code = int32(len(c.Values))
		b.codes[c][value] = code
		c.Values = append(c.Values, value)
	}
	c.Codes[row] = code
}

func (b *columnBuilder) get(row int, name string) (string, bool) {
	if c := b.byName[name]; c != nil {
		return c.at(row)
	}
	return "", false
}

// labelsOf joins the tables of a listing to its files and adds the class
// folders. A table in a deeper folder, and a later row, overrides. Notes say
// what was overridden and which rows have no file.
func labelsOf(l *listing, classes []string) ([]*column, []Skipped) {
	rowOf := make(map[string]int, len(l.entries))
	for i, e := range l.entries {
		rowOf[e.file] = i
	}
	tables := slices.Clone(l.tables)
	sort.SliceStable(tables, func(i, j int) bool {
		if di, dj := depth(tables[i].dir), depth(tables[j].dir); di != dj {
			return di < dj
		}
		return tables[i].name < tables[j].name
	})
	b := newColumnBuilder(len(l.entries))
	var notes []Skipped
	for _, t := range tables {
		seen := map[int]bool{}
		found := tableNotes{table: t}
		for _, r := range t.rows {
			row, ok := findRow(rowOf, t.dir, r.file)
			if !ok {
				if !l.subset {
					found.add(r, "has labels for it, but there is no such image")
				}
				continue
			}
			if seen[row] {
				found.add(r, "has labels for it again: the last are used")
			}
			seen[row] = true
			for i, v := range r.values {
				if v != "" && t.columns[i] != "" {
					b.set(row, t.columns[i], v)
				}
			}
		}
		notes = append(notes, found.all()...)
	}
	for row, class := range classes {
		if _, has := b.get(row, LabelClass); class != "" && !has {
			b.set(row, LabelClass, class)
		}
	}
	return b.columns, notes
}

// maxTableNotes is how many rows of a table are noted one by one. Labels of a
// large set beside a few of its images are no reason for a note each.
const maxTableNotes = 20

type tableNotes struct {
	table *table
	notes []Skipped
	more  int
}

func (n *tableNotes) add(r tableRow, what string) {
	if len(n.notes) == maxTableNotes {
		n.more++
		return
	}
	n.notes = append(n.notes, Skipped{r.file, fmt.Sprintf("%s:%d %s", n.table.name, r.line, what)})
}

func (n *tableNotes) all() []Skipped {
	if n.more == 0 {
		return n.notes
	}
	return append(n.notes, Skipped{n.table.name, fmt.Sprintf("has %d more rows without an image or with labels given again", n.more)})
}

func depth(dir string) int {
	if dir == "." {
		return 0
	}
	return 1 + strings.Count(dir, "/")
}

// findRow looks a name of a table up, as written and, for tables written on
// Windows, with its backslashes as slashes.
func findRow(rowOf map[string]int, dir, file string) (int, bool) {
	for _, name := range []string{file, strings.ReplaceAll(file, `\`, "/")} {
		if !isAbsolute(name) {
			name = path.Join(dir, name)
		}
		if row, ok := rowOf[path.Clean(name)]; ok {
			return row, true
		}
	}
	return 0, false
}

// side says where a folder puts an image.
type side int8

const (
	sideOpen  side = iota // the seeded split decides
	sideTrain             // for training, as its folder says
	sideHeld              // held out, as its folder says
)

func heldOut(folder string) bool {
	switch strings.ToLower(folder) {
	case "val", "valid", "validation", "test":
		return true
	}
	return false
}

// arrange reads what the folders of a collection mean: which side of the
// split an image is on, and its class, the folder below train/, val/ or the
// collection itself ("a/b" for nested ones, "" for none). Folders split only
// where train/ stands beside a held-out one, and then images outside of both
// are for training; a lone train/ is just the place of all.
func arrange(files []string, archive bool) (sides []side, classes []string) {
	sides = make([]side, len(files))
	classes = make([]string, len(files))
	inner := make([]string, len(files))
	wrapper := ""
	if archive {
		wrapper = commonFolder(files)
	}
	hasHeld, hasTrain := false, false
	for i, f := range files {
		inner[i] = strings.TrimPrefix(f, wrapper)
		first, _, nested := strings.Cut(inner[i], "/")
		hasHeld = hasHeld || nested && heldOut(first)
		hasTrain = hasTrain || nested && strings.EqualFold(first, "train")
	}
	for i, f := range inner {
		if isAbsolute(f) || strings.HasPrefix(f, "../") {
			continue
		}
		first, rest, nested := strings.Cut(f, "/")
		isTrain := nested && strings.EqualFold(first, "train")
		isHeld := nested && heldOut(first) && hasTrain
		if isTrain || isHeld {
			f = rest
		}
		if hasTrain && hasHeld {
			sides[i] = sideTrain
			if isHeld {
				sides[i] = sideHeld
			}
		}
		if dir := path.Dir(f); dir != "." {
			classes[i] = dir
		}
	}
	return sides, classes
}

// commonFolder returns the outermost folder all files are in, with its slash,
// or "" where there is none or it has a meaning of its own.
func commonFolder(files []string) string {
	if len(files) == 0 {
		return ""
	}
	first, _, nested := strings.Cut(files[0], "/")
	if !nested || heldOut(first) || strings.EqualFold(first, "train") {
		return ""
	}
	for _, f := range files {
		if !strings.HasPrefix(f, first+"/") {
			return ""
		}
	}
	return first + "/"
}
