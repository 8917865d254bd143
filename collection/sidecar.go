package collection

import (
	"bytes"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// sidecars are small files that lie beside images under their names and say what is true of them, as WebDataset,
// img2dataset and kohya's tools lay them out: an object of labels (.json), a class (.cls), a caption (.txt,
// .caption). A file belongs to the images that are called as it is without its ending, or else to those of its
// sample: whose names begin so up to their first dot, as s0.left.png and s0.right.png do for s0.json.
type sidecars struct {
	table *table           // a row for each file
	last  map[string]int32 // the last row of each name without ending
	next  []int32          // the row before of the same name, -1 for none
	fails notes
}

// LabelCaption is the label that a text beside an image becomes.
const LabelCaption = "caption"

// maxSidecarBytes is the longest file that is looked at.
const maxSidecarBytes = 1 << 20

// isSidecar tells whether a file of a role may lie beside an image to say something of it, by its name.
func isSidecar(file string, r role) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".json", ".cls", ".txt", ".caption":
		return (r == roleIgnored || r == roleUnread) && !ignoredName(path.Base(file))
	}
	return false
}

func newSidecars() *sidecars {
	s := &sidecars{table: newTable("files beside the images", "files beside the images", "."), last: map[string]int32{}}
	s.table.fileColumn = rowName
	return s
}

// withoutEnding is a file's name without the part behind its last dot.
func withoutEnding(file string) string { return strings.TrimSuffix(file, path.Ext(file)) }

// sampleOf is a file's name up to the first dot of its last part.
func sampleOf(file string) string {
	folder, base := path.Split(file)
	base, _, _ = strings.Cut(base, ".")
	return folder + base
}

// add reads a file, the only one that may be read after add has returned. What is wrong with it is noted.
func (s *sidecars) add(file string, size int64, content io.Reader) error {
	if size > maxSidecarBytes {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(content, maxSidecarBytes))
	if err != nil {
		return err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	s.table.addRow(0)
	if trouble, err := s.fill(file, data); err != nil {
		return err
	} else if trouble != "" {
		s.fails.add(file, "lies beside an image and is not read for labels: "+trouble)
	}
	row := int32(s.table.rows() - 1)
	name := withoutEnding(file)
	before, ok := s.last[name]
	if !ok {
		before = -1
	}
	s.next = append(s.next, before)
	s.last[name] = row
	return nil
}

// fill gives the table's last row what a file says. It returns what is wrong with the file; an error is of the table.
func (s *sidecars) fill(file string, data []byte) (trouble string, err error) {
	if !utf8.Valid(data) {
		return "it is not UTF-8 text", nil
	}
	text := strings.TrimSpace(string(data))
	switch strings.ToLower(path.Ext(file)) {
	case ".cls":
		return "", s.set(LabelClass, text)
	case ".txt", ".caption":
		if isNumbers(text) {
			return "it has numbers, not words", nil
		}
		return "", s.set(LabelCaption, text)
	}
	if !strings.HasPrefix(text, "{") {
		return "it is no JSON object", nil
	}
	names, values, err := objectFields(withoutNaN(data))
	if err != nil {
		return "it is no JSON object", nil
	}
	for i, name := range names {
		value, err := plainValue(values[i])
		if err != nil {
			return "it is no JSON object", nil
		}
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if err := s.set(name, value); err != nil {
			return "", err
		}
	}
	return "", nil
}

func (s *sidecars) set(name, value string) error {
	if len(value) > maxLabelText {
		s.table.long++
		return nil
	}
	return s.table.set(name, value)
}

// isNumbers tells boxes and keypoints from captions: several numbers and nothing else in the first line.
func isNumbers(text string) bool {
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	for _, f := range fields {
		if strings.Trim(f, "0123456789.-+eE,") != "" {
			return false
		}
	}
	return len(fields) >= 4
}

// join makes a table of what the files say of images, and notes those that could not be read. It returns nil where no
// file belongs to an image.
func (s *sidecars) join(l *listing) *table {
	t := newTable(s.table.name, s.table.file, ".")
	t.use, t.fileColumn, t.absent, t.long = tableOwn, rowName, s.table.absent, s.table.long
	rows := make([]int32, 0, len(l.entries)) // of the images that are spoken of
	said := make([][2]int32, 0, len(l.entries))
	for i, e := range l.entries {
		own, called := s.last[withoutEnding(e.file)]
		sample, sampled := s.last[sampleOf(e.file)]
		if !called && !sampled {
			continue
		}
		if !called {
			own = -1
		}
		if !sampled {
			sample = -1
		}
		rows = append(rows, int32(i))
		said = append(said, [2]int32{own, sample})
		t.addRow(0)
	}
	if len(rows) == 0 {
		return nil
	}
	names := &tableColumn{name: rowName, codes: make([]int32, len(rows))}
	for i, row := range rows {
		names.values = append(names.values, l.entries[row].file)
		names.codes[i] = int32(i)
	}
	t.columns = []*tableColumn{names}
	for _, c := range s.table.columns {
		t.columns = append(t.columns, s.joined(c, said))
	}
	// The order of files in an archive is nobody's intent.
	slices.SortFunc(t.columns[1:], func(a, b *tableColumn) int { return strings.Compare(a.name, b.name) })
	for _, c := range t.columns {
		t.byName[c.name] = c
	}
	l.notes = append(l.notes, s.fails.all()...)
	return t
}

// addSidecars gives a listing, whose entries are in order, the labels that lie beside its images. unread are files
// that may have been such; the others are noted.
func (l *listing) addSidecars(s *sidecars, unread []Skipped) {
	if s == nil {
		return
	}
	t := s.join(l)
	if t != nil {
		l.tables = append(l.tables, t)
		l.beside = t
	}
	if len(unread) == 0 {
		return
	}
	images := imageNames(l.entries)
	for _, u := range unread {
		if !images[withoutEnding(u.File)] {
			l.notes = append(l.notes, u)
		}
	}
}

// imageNames are the names without ending under which files beside images are found.
func imageNames(entries []entry) map[string]bool {
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[withoutEnding(e.file)] = true
		names[sampleOf(e.file)] = true
	}
	return names
}

// joined is a column by images. What a file says that has an image's own name comes before what its sample's says.
func (s *sidecars) joined(c *tableColumn, said [][2]int32) *tableColumn {
	j := &tableColumn{name: c.name, values: c.values, left: c.left, codes: make([]int32, len(said))}
	for i, chains := range said {
		j.codes[i] = s.code(c, chains)
	}
	return j
}

func (s *sidecars) code(c *tableColumn, chains [2]int32) int32 {
	for _, row := range chains {
		for ; row >= 0; row = s.next[row] {
			if int(row) < len(c.codes) && c.codes[row] >= 0 {
				return c.codes[row]
			}
		}
	}
	return -1
}

// numbersShards tells the folders of img2dataset, which only number the parts that a set was written in, by the keys
// that it gives every image.
func (t *table) numbersShards(places []string) bool {
	key := t.byName["key"]
	if key == nil || len(places) == 0 {
		return false
	}
	keys := map[string]bool{}
	for _, v := range key.values {
		keys[v] = true
	}
	for _, p := range places {
		folder, base := path.Split(p)
		if folder = path.Base(path.Clean(folder)); strings.Trim(folder, "0123456789") != "" || len(folder) < 5 || !keys[withoutEnding(base)] {
			return false
		}
	}
	return true
}
