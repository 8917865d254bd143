package collection

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// matched says how a name in a table came to its image.
type matched int8

const (
	matchNone      matched = iota // there is no such image
	matchExact                    // it is the image's name
	matchFolders                  // the folders before it differ, or are there on one side only
	matchSpelling                 // upper and lower case or the form of accents differ
	matchEnding                   // the ending differs or is missing
	matchAmbiguous                // more than one image could be meant, or one image by several names
)

// nameIndex finds the images that names in tables speak of.
type nameIndex struct {
	files []string // of the rows, relative to the collection
	root  []string // the folders that the collection is in, spelt alike; none where that means nothing
	exact map[string]int32
	all   [2]*suffixIndex // of all files, by pass; made when a name is not found as it is
}

func newNameIndex(files []string, root string) *nameIndex {
	x := &nameIndex{files: files, root: parts(alike(root)), exact: make(map[string]int32, len(files))}
	for i, f := range files {
		x.exact[f] = int32(i)
	}
	return x
}

// match finds the image of each name of a table in the folder dir. A name means, in this order: the image it is the
// path of, from the table's folder or from the collection's; the one image that agrees with it in all folders that
// both have, counted from the end, when upper and lower case, the form of accents, backslashes and escapes of
// addresses are taken as the same; and the one that does when endings are left out. Images below the table's folder
// come before others. Two names never mean one image.
func (x *nameIndex) match(dir string, names []string) ([]int32, []matched) {
	rows, how := make([]int32, len(names)), make([]matched, len(names))
	claimed := make(map[int32]bool, len(names))
	var open []int32
	for i, name := range names {
		if row, ok := x.find(dir, name); ok {
			rows[i], how[i] = row, matchExact
			claimed[row] = true
		} else {
			open = append(open, int32(i))
		}
	}
	for pass, kind := range []matched{matchSpelling, matchEnding} {
		if len(open) > 0 {
			open = x.matchLoosely(pass, kind, dir, names, open, rows, how, claimed)
		}
	}
	return rows, how
}

// matchLoosely is a pass over the names that are open; it returns those that still are.
func (x *nameIndex) matchLoosely(pass int, kind matched, dir string, names []string, open, rows []int32, how []matched, claimed map[int32]bool) []int32 {
	indices := []*suffixIndex{x.suffixes(pass, ".")}
	if dir != "." {
		indices = []*suffixIndex{x.suffixes(pass, dir), indices[0]}
	}
	owners := map[int32]int{} // how many names mean an image
	var found, rest []int32
	for _, i := range open {
		row := noRow
		for _, index := range indices {
			if row = index.nearest(alike(plainPath(names[i])), x.root); row != noRow {
				break
			}
		}
		switch {
		case row == severalRows || row >= 0 && claimed[row]:
			how[i] = matchAmbiguous
		case row < 0:
			rest = append(rest, i)
		default:
			rows[i] = row
			owners[row]++
			found = append(found, i)
		}
	}
	for _, i := range found {
		switch row := rows[i]; {
		case owners[row] > 1:
			how[i] = matchAmbiguous
		case kind == matchSpelling && path.Base(x.files[row]) == path.Base(strings.ReplaceAll(names[i], `\`, "/")):
			how[i] = matchFolders
		default:
			how[i] = kind
		}
		claimed[rows[i]] = true
	}
	return rest
}

// find looks a name up as it is written, from the folder of its table and from the collection's.
func (x *nameIndex) find(dir, name string) (int32, bool) {
	forms := []string{name}
	if strings.Contains(name, `\`) {
		forms = append(forms, strings.ReplaceAll(name, `\`, "/"))
	}
	for _, from := range []string{dir, "."} {
		for _, form := range forms {
			if !isAbsolute(form) {
				form = path.Join(from, form)
			}
			if row, ok := x.exact[path.Clean(form)]; ok {
				return row, true
			}
		}
	}
	return 0, false
}

func (x *nameIndex) suffixes(pass int, dir string) *suffixIndex {
	if dir == "." {
		if x.all[pass] == nil {
			x.all[pass] = newSuffixIndex(x.files, dir, pass == 1)
		}
		return x.all[pass]
	}
	return newSuffixIndex(x.files, dir, pass == 1)
}

// Rows that are none.
const (
	noRow       = int32(-1)
	severalRows = int32(-2)
)

// suffixIndex finds files by their whole path and by what is left of it when folders are taken off its front.
type suffixIndex struct {
	anyEnding    bool
	whole, later map[string]int32
}

// newSuffixIndex indexes the files below the folder dir.
func newSuffixIndex(files []string, dir string, anyEnding bool) *suffixIndex {
	x := &suffixIndex{anyEnding, map[string]int32{}, map[string]int32{}}
	add := func(to map[string]int32, key string, row int32) {
		if _, taken := to[key]; taken {
			row = severalRows
		}
		to[key] = row
	}
	for i, f := range files {
		if dir != "." && !strings.HasPrefix(f, dir+"/") {
			continue
		}
		key := x.key(alike(f))
		add(x.whole, key, int32(i))
		for later(&key) {
			add(x.later, key, int32(i))
		}
	}
	return x
}

func (x *suffixIndex) key(file string) string {
	file = strings.TrimLeft(path.Clean(file), "/")
	if x.anyEnding {
		file = stem(file)
	}
	return file
}

// later takes the first folder off a path, or says that there is none.
func later(file *string) bool {
	_, rest, ok := strings.Cut(*file, "/")
	if ok {
		*file = rest
	}
	return ok
}

// nearest returns the one row whose path agrees with the name in all that both have, or noRow or severalRows. Where
// the name goes on above the collection, the folders that the collection is in must not contradict it: train/1.png is
// not 1.png of a collection that is the folder val.
func (x *suffixIndex) nearest(name string, root []string) int32 {
	name = x.key(name)
	if row, ok := x.whole[name]; ok {
		return row
	}
	if row, ok := x.later[name]; ok {
		return row
	}
	for rest := name; later(&rest); {
		row, ok := x.whole[rest]
		if !ok {
			continue
		}
		if contradicts(parts(strings.TrimSuffix(name, "/"+rest)), root) {
			return noRow
		}
		return row
	}
	return noRow
}

// contradicts tells whether the folders above a file are, by a name and by the system, different parts of a data set.
func contradicts(named, root []string) bool {
	for i := 1; i <= min(len(named), len(root)); i++ {
		n, r := named[len(named)-i], root[len(root)-i]
		if n != r {
			n, r = partOf(n).name, partOf(r).name
			return n != "" && r != "" && n != r
		}
	}
	return false
}

// plainPath makes a path of the forms in which tables name files: with backslashes, as an address, with escapes.
func plainPath(name string) string {
	if scheme := strings.Index(name, "://"); scheme > 0 {
		name, _, _ = strings.Cut(name[scheme+len("://"):], "?")
	}
	if strings.Contains(name, "%") {
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
	}
	return strings.ReplaceAll(name, `\`, "/")
}

// alike spells a path so that names that people and systems take for the same become the same: accents composed
// (NFC), upper case as lower, bytes that are not UTF-8, and their escapes in the names of rows, as Latin-1.
func alike(file string) string {
	if strings.Contains(file, "%") {
		if plain, err := url.PathUnescape(file); err == nil && !utf8.ValidString(plain) {
			file = plain
		}
	}
	if !utf8.ValidString(file) {
		var b strings.Builder
		for len(file) > 0 {
			r, n := utf8.DecodeRuneInString(file)
			if r == utf8.RuneError && n == 1 {
				r = rune(file[0])
			}
			b.WriteRune(r)
			file = file[n:]
		}
		file = b.String()
	}
	return strings.ToLower(norm.NFC.String(file))
}

// parts are the folders of a path and its name.
func parts(file string) []string {
	return slices.DeleteFunc(strings.Split(file, "/"), func(p string) bool { return p == "" || p == "." })
}

// stem is a path without the ending of an image; a name with a dot for another reason keeps it.
func stem(file string) string {
	if namesImage(file) {
		return strings.TrimSuffix(file, path.Ext(file))
	}
	return file
}
