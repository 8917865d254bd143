package collection

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// fileColumnNames are the names under which tables say which image a row is about, spelt without blanks and marks, in
// the order in which they are believed.
func fileColumnNames() []string {
	return []string{
		"filename", "file", "filepath", "image", "imagename", "imagefile", "imagefilename", "imagepath", "imgname", "imgpath",
		"imgfile", "img", "path", "fname", "relpath", "relativepath", "imageid", "imgid", "photo", "photoid", "picture",
		"imageurl", "url", "src", "uri", otherFileName, "name", "key", "id",
	}
}

// otherFileName stands for the columns of Hugging Face that end in file_name, where an example has several files.
const otherFileName = "*filename"

// isFileColumn tells whether a column's name alone says that it names images.
func isFileColumn(name string) bool {
	at := slices.Index(fileColumnNames(), spelt(name))
	return at >= 0 && at <= slices.Index(fileColumnNames(), "imgid")
}

func spelt(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-. ", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// binding joins the tables of a listing to its images.
type binding struct {
	listing *listing
	index   *nameIndex
	columns *columnBuilder
	labeled []bool // rows that a table speaks of
	used    []string
	notes   notes
}

// bindLabels returns the labels of the rows of a listing. Tables called metadata are read from the outermost folder
// inwards, so that a deeper one, and a later row, overrides; tables of other names only where no such table speaks of
// an image. A table that the user gave stands alone. Class folders are the label "class" where no table gives it.
func bindLabels(l *listing, classes []string) ([]*column, []Skipped, error) {
	files := l.files()
	b := &binding{listing: l, index: newNameIndex(files, l.root), columns: newColumnBuilder(len(files)), labeled: make([]bool, len(files))}
	tables := slices.Clone(l.tables)
	sort.SliceStable(tables, func(i, j int) bool {
		if di, dj := depth(tables[i].dir), depth(tables[j].dir); di != dj {
			return di < dj
		}
		return tables[i].file < tables[j].file
	})
	given := slices.ContainsFunc(tables, func(t *table) bool { return t.use == tableGiven })
	for _, t := range tables {
		if t.use == tableOwn && !given {
			if err := b.bindOwn(t); err != nil {
				return nil, nil, err
			}
		}
	}
	for _, t := range tables {
		switch {
		case given && t.use != tableGiven:
			b.notes.add(t.file, "is not read for labels: they come from the table that was given")
		case t.use != tableFound && t.use != tableOwn:
			if err := b.bind(t); err != nil {
				return nil, nil, err
			}
		}
	}
	named := slices.Clone(b.used)
	for _, t := range tables {
		switch {
		case given || t.use != tableFound:
		case len(named) > 0:
			b.notes.add(t.file, "is not read for labels: they come from "+named[0])
		default:
			if err := b.bind(t); err != nil {
				return nil, nil, err
			}
		}
	}
	b.noteGaps(files)
	if err := b.addClasses(classes); err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(b.columns.columns, func(c *column) bool { return len(c.Values) == 0 }), b.notes.all(), nil
}

func depth(dir string) int {
	if dir == "." {
		return 0
	}
	return 1 + strings.Count(dir, "/")
}

func (b *binding) addClasses(classes []string) error {
	if !slices.ContainsFunc(classes, func(c string) bool { return c != "" }) {
		return nil
	}
	column, err := b.columns.column(LabelClass)
	if err != nil {
		return &MetadataError{"class folders", 0, err.Error()}
	}
	for row, class := range classes {
		if column.Codes[row] < 0 && class != "" {
			column.set(row, class)
		}
	}
	return nil
}

// link is a table's column of names, joined to images.
type link struct {
	column *tableColumn
	rows   []int32 // of each of the column's values
	how    []matched
}

// images is how many of the names were found.
func (k link) images() int {
	n := 0
	for _, h := range k.how {
		if h != matchNone && h != matchAmbiguous {
			n++
		}
	}
	return n
}

func (b *binding) link(t *table, c *tableColumn) link {
	rows, how := b.index.match(t.dir, c.values)
	return link{c, rows, how}
}

// linked finds the column of a table that names images: the one that was asked for, or the one with most images among
// those of a name that says so, or the only one at least half of whose values are the names of images.
func (b *binding) linked(t *table) (link, error) {
	if t.fileColumn == "" {
		t.fileColumn = b.listing.fileColumn
	}
	if t.fileColumn != "" {
		if c := t.byName[t.fileColumn]; c != nil {
			return b.link(t, c), nil
		}
		if t.use == tableFound {
			return link{}, nil
		}
		return link{}, t.fail(t.headLine(), "has no column %q: its columns are %s", t.fileColumn, examples(t.columnNames(), 10))
	}
	var best link
	for _, name := range fileColumnNames() {
		for _, c := range t.columns {
			if s := spelt(c.name); s != name && !(name == otherFileName && s != "filename" && strings.HasSuffix(s, "filename")) {
				continue
			}
			if k := b.link(t, c); best.column == nil || k.images() > best.images() {
				best = k
			}
		}
	}
	if best.column != nil && (best.images() > 0 || isFileColumn(best.column.name)) {
		return best, nil
	}
	for _, c := range t.columns {
		if k := b.link(t, c); 2*k.images() >= len(c.values) && k.images() > 0 && (best.column == nil || k.images() > best.images()) {
			best = k
		}
	}
	if best.column != nil && best.images() > 0 {
		b.notes.add(t.file, fmt.Sprintf("has no column %s: its column %q is taken for the names of images", fileColumn, best.column.name))
	}
	return best, nil
}

// headLine is where a table names its columns; a table of JSON has no such line.
func (t *table) headLine() int {
	if strings.Contains(t.file, ".json") || strings.Contains(t.file, ".ndjson") {
		return 0
	}
	return 1
}

// bindOwn gives the images the labels that come with them.
func (b *binding) bindOwn(t *table) error {
	k := b.link(t, t.byName[rowName])
	b.noteLeftOut(t)
	if err := b.copy(t, k); err != nil {
		return err
	}
	clear(b.labeled) // which is about tables
	return nil
}

// bind gives the images the labels of a table.
func (b *binding) bind(t *table) error {
	k, err := b.linked(t)
	if err != nil {
		return err
	}
	soft := t.use == tableFound || t.use == tableBeside
	if k.column == nil {
		if !soft {
			return t.fail(t.headLine(), "has no column %s, which says which image a row belongs to, and none of its columns has the names of images: they are %s",
				fileColumn, examples(t.columnNames(), 10))
		}
		b.notes.add(t.file, fmt.Sprintf("is not read for labels: none of its columns (%s) has the names of images", examples(t.columnNames(), 10)))
		return nil
	}
	images := k.images()
	few := 2*images < len(k.column.values) && 2*images < len(b.labeled)
	if t.rows() > 0 && (images == 0 || few && t.use == tableFound) {
		verdict, names := "gives NO labels", "none"
		if soft {
			verdict = "is not read for labels"
		}
		if images > 0 {
			names = fmt.Sprintf("only %d", images)
		}
		b.notes.add(t.file, fmt.Sprintf("%s: %s of its %d rows names an image here; its column %q has names such as %s, the images have names such as %s",
			verdict, names, t.rows(), k.column.name, examples(k.column.values, 1), examples(b.index.files, 1)))
		return nil
	}
	b.used = append(b.used, t.file)
	b.noteLeftOut(t)
	if err := b.copy(t, k); err != nil {
		return err
	}
	b.noteMatches(t, k)
	return nil
}

// noteLeftOut says which values were not kept because of their length.
func (b *binding) noteLeftOut(t *table) {
	for _, c := range t.columns {
		if c.left {
			b.notes.add(t.file, fmt.Sprintf("its column %q is left out: the columns have more than %d MiB of different texts together", c.name, maxTableText>>20))
		}
	}
	if t.long > 0 {
		b.notes.add(t.file, fmt.Sprintf("%d values of more than %d bytes are left out", t.long, maxLabelText))
	}
}

// copy copies a table's values to the rows that its names mean.
func (b *binding) copy(t *table, k link) error {
	var from []*tableColumn
	var to []*columnUnderWork
	for _, c := range t.columns {
		if c == k.column || len(c.values) == 0 || c.numbersRows() {
			continue
		}
		column, err := b.columns.column(labelName(c.name, t))
		if err != nil {
			return t.fail(0, "%v", err)
		}
		from, to = append(from, c), append(to, column)
	}
	seen := map[int32]bool{} // images
	for row := range t.rows() {
		code := int32(-1)
		if row < len(k.column.codes) {
			code = k.column.codes[row]
		}
		if code < 0 {
			if t.use == tableFound || t.use == tableBeside {
				continue
			}
			return t.fail(int(t.lines[row]), "has no %s", k.column.name)
		}
		if how := k.how[code]; how == matchNone || how == matchAmbiguous {
			continue
		}
		if seen[k.rows[code]] {
			b.notes.add(k.column.values[code], fmt.Sprintf("has more than one row in %s: the last is used", t.file))
		}
		seen[k.rows[code]] = true
		image := int(k.rows[code])
		b.labeled[image] = true
		for i, c := range from {
			if v, ok := c.at(row); ok {
				to[i].set(image, v)
			}
		}
	}
	return nil
}

// labelName is a column's name as a label: those that have a meaning keep it in any spelling.
func labelName(name string, t *table) string {
	for _, meant := range []string{LabelPair, LabelGroup, LabelClass} {
		if strings.EqualFold(name, meant) && t.byName[meant] == nil {
			return meant
		}
	}
	return name
}

// numbersRows tells the column that a program added to count the rows, which has no name of its own.
func (c *tableColumn) numbersRows() bool {
	if !strings.HasPrefix(c.name, "Unnamed: ") && !strings.HasPrefix(c.name, "column ") && c.name != "__index_level_0__" {
		return false
	}
	for i, v := range c.values {
		if v != fmt.Sprint(i) && v != fmt.Sprint(i+1) {
			return false
		}
	}
	return len(c.codes) == len(c.values)
}

// noteMatches says which names had to be taken loosely, and which are those of no image.
func (b *binding) noteMatches(t *table, k link) {
	loose := map[matched][]int{}
	for code, how := range k.how {
		name := k.column.values[code]
		switch {
		case how == matchAmbiguous:
			b.notes.add(name, fmt.Sprintf("is named in %s, and more than one image could be meant: no labels are read from that row", t.file))
		case how == matchNone && !b.listing.subset && t.use != tableBeside:
			b.notes.add(name, fmt.Sprintf("is named in %s, but there is no such image", t.file))
		case how != matchExact && how != matchNone:
			loose[how] = append(loose[how], code)
		}
	}
	for _, l := range []struct {
		how  matched
		what string
	}{
		{matchFolders, "when folders are left aside"},
		{matchSpelling, "when upper case, accents' form and escapes are left aside"},
		{matchEnding, "when endings are left aside"},
	} {
		if codes := loose[l.how]; len(codes) > 0 {
			b.notes.add(t.file, fmt.Sprintf("has %d names that are those of images only %s, such as %q for %q", len(codes), l.what,
				shortened(k.column.values[codes[0]]), shortened(b.index.files[k.rows[codes[0]]])))
		}
	}
	words := make([]string, 0, len(t.absent))
	for word, n := range t.absent {
		words = append(words, fmt.Sprintf("%q (%d times)", word, n))
	}
	if len(words) > 0 {
		slices.Sort(words)
		b.notes.add(t.file, "says "+strings.Join(words, ", ")+", which is taken for no value")
	}
}

// noteGaps says which images no table speaks of, where some are spoken of.
func (b *binding) noteGaps(files []string) {
	if len(b.used) == 0 {
		return
	}
	reason := "has no row in " + b.used[0]
	if len(b.used) > 1 {
		reason = "has no row in any of the tables"
	}
	for row, labeled := range b.labeled {
		if !labeled && b.listing.entries[row].reason == "" {
			b.notes.add(files[row], reason)
		}
	}
}
