package collection

import (
	"fmt"
	"io"
	"path"
	"sort"
	"strings"
	"unicode/utf8"
)

// finder collects what shards hold into a listing.
type finder struct {
	listing *listing
	meter   *meter
	file    shardFile
	shard   int32
	found   []foundImage // of each entry of the listing
	columns *table       // labels that are columns of shards
	beside  *sidecars
	unread  []Skipped // files of the kind that may lie beside an image, noted where they do not
}

// foundImage is what is known of an entry beside its name.
type foundImage struct {
	location
	place string
}

// begin goes on to the next shard.
func (f *finder) begin(shard int32, file shardFile) { f.shard, f.file = shard, file }

// refusal says why the content of a file in an archive is not read; "" where it is.
type refusal string

// offer takes a file of an archive: name is its name in it, cleaned, and open gives its content, which is read before
// offer returns or not at all.
func (f *finder) offer(name string, at, size int64, refused refusal, open func() (io.Reader, error)) error {
	role, reason := roleOf(name)
	switch role {
	case roleIgnored, roleUnread:
		if isSidecar(name, role) {
			return f.sidecar(name, reason, size, refused, open)
		}
		if role == roleUnread {
			f.note(name, reason)
		}
		return nil
	case roleParquet:
		return f.table(roleTable, name, refused, open)
	case roleLabels, roleTable:
		return f.table(role, name, refused, open)
	case roleSniff:
		if refused != "" {
			return nil
		}
		r, err := open()
		if err != nil {
			return nil
		}
		row := false
		if row, reason = sniff(r); !row {
			return nil
		}
	case roleImage:
		reason = string(refused)
	}
	f.image(name, reason, at, size)
	return nil
}

// sidecar takes a file that may lie beside an image.
func (f *finder) sidecar(name, reason string, size int64, refused refusal, open func() (io.Reader, error)) error {
	name = path.Join(f.file.name, name)
	if reason != "" && len(f.unread) < maxNotes {
		f.unread = append(f.unread, Skipped{name, reason})
	}
	if refused != "" {
		return nil
	}
	r, err := open()
	if err != nil {
		return nil
	}
	if f.beside == nil {
		f.beside = newSidecars()
	}
	return f.beside.add(name, size, r)
}

// labels returns the table of labels that come with the images of shards.
func (f *finder) labels() *table {
	if f.columns == nil {
		f.columns = newTable(f.file.full, "columns of the Parquet files", ".")
		f.columns.fileColumn, f.columns.use = rowName, tableOwn
	}
	return f.columns
}

// image adds a row.
func (f *finder) image(name, reason string, at, size int64) {
	full := name
	found := foundImage{location: location{f.shard, at, size}}
	if f.file.name != "" {
		full = f.file.name + "/" + name
		found.place = f.file.place(name)
	}
	f.listing.entries = append(f.listing.entries, entry{full, reason})
	f.found = append(f.found, found)
}

func (f *finder) table(role role, name string, refused refusal, open func() (io.Reader, error)) error {
	if refused != "" {
		f.note(name, "is not read for labels: "+string(refused))
		return nil
	}
	r, err := open()
	if err != nil {
		return &MetadataError{f.file.full + "/" + name, 0, "cannot be read: " + loadReason(err).Error()}
	}
	return f.listing.addTable(role, f.file.full+"/"+name, path.Join(f.file.name, name), r)
}

func (f *finder) note(name, reason string) {
	f.listing.notes = append(f.listing.notes, Skipped{path.Join(f.file.name, name), reason})
}

// sorted puts the entries of the listing in the order of their names, and returns where they are.
func (f *finder) sorted() ([]location, []Skipped) {
	l := f.listing
	var notes []Skipped
	l.entries, f.found, notes = sortByFile(l.entries, f.found)
	where := make([]location, len(f.found))
	if f.file.name != "" {
		l.places = make([]string, len(f.found))
	}
	for i, found := range f.found {
		where[i] = found.location
		if l.places != nil {
			l.places[i] = found.place
		}
	}
	return where, notes
}

// entryName cleans the name of an archive's entry; names cannot leave the archive. A name that is not UTF-8, as older
// programs write, is kept byte by byte; see escaped.
func entryName(name string) string {
	if utf8.ValidString(name) {
		name = strings.ReplaceAll(name, `\`, "/") // as some programs on Windows write
	}
	return escaped(strings.TrimPrefix(path.Clean("/"+name), "/"))
}

// escaped writes a name as UTF-8, so that it can be told from any other and be found again: one that is UTF-8 as it
// is, else each byte beyond ASCII, and "%" and "\", as "%" and two hexadecimal digits.
func escaped(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; c >= 0x80 || c == '%' || c == '\\' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// sortByFile orders entries and what belongs to them by file name. Where a name appears twice, as in an archive that
// was appended to, the last wins.
func sortByFile[T any](entries []entry, extra []T) ([]entry, []T, []Skipped) {
	var found notes
	order := make([]int32, len(entries))
	for i := range order {
		order[i] = int32(i)
	}
	sort.Slice(order, func(i, j int) bool {
		if a, b := entries[order[i]].file, entries[order[j]].file; a != b {
			return a < b
		}
		return order[i] < order[j]
	})
	sorted := make([]entry, 0, len(entries))
	sortedExtra := make([]T, 0, len(entries))
	for k, i := range order {
		if k+1 < len(order) && entries[order[k+1]].file == entries[i].file {
			found.add(entries[i].file, "is there more than once: the last is used")
			continue
		}
		sorted = append(sorted, entries[i])
		sortedExtra = append(sortedExtra, extra[i])
	}
	return sorted, sortedExtra, found.all()
}
