package collection

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// maxFoundTables is how many tables that are not called metadata are looked at in a collection.
const maxFoundTables = 16

// metadataNames are the names of tables that are always read, in lower case.
func metadataNames() []string { return []string{"metadata.csv", "metadata.jsonl", "metadata.parquet"} }

// tableRole judges whether a file, by its name in lower case, is or may be a table of labels, and says why not where
// it seems to be one of a kind that is not read.
func tableRole(base string) (role, string) {
	if slices.Contains(metadataNames(), base) {
		return roleLabels, ""
	}
	name, ext := strings.TrimSuffix(base, path.Ext(base)), path.Ext(base)
	labels := slices.ContainsFunc([]string{"label", "meta", "attr", "annotation", "identity"}, func(word string) bool { return strings.Contains(name, word) })
	switch ext {
	case ".csv", ".tsv", ".jsonl", ".ndjson":
		return roleTable, ""
	case ".json":
		if slices.Contains([]string{"metadata", "labels", "attributes", "annotations", "dataset"}, name) {
			return roleTable, ""
		}
	case ".xlsx", ".xls", ".ods":
		return roleUnread, "may hold labels, but is a spreadsheet: save it as CSV"
	case ".feather", ".arrow", ".pkl", ".pickle", ".mat", ".h5", ".hdf5", ".sqlite", ".db", ".npz":
		if labels {
			return roleUnread, "may hold labels, but is of a kind that is not read: save them as CSV"
		}
	case ".txt":
		if labels {
			return roleUnread, "may hold labels: give it as the collection's metadata if it does"
		}
	}
	return roleIgnored, ""
}

// addTable reads a table of labels into the listing. What cannot be understood is an error in one called metadata,
// and a note in another.
func (l *listing) addTable(r role, name, file string, content io.Reader) error {
	if r == roleTable {
		l.found++
		if l.found > maxFoundTables {
			l.notes = append(l.notes, Skipped{file, fmt.Sprintf("is not read for labels: it is one of more than %d tables: give the one with labels as the collection's metadata", maxFoundTables)})
			return nil
		}
	}
	t, err := readTable(name, file, content)
	if err != nil {
		if r == roleTable {
			l.notes = append(l.notes, Skipped{file, "is not read for labels: " + reasonOf(err)})
			return nil
		}
		return err
	}
	if r == roleTable {
		t.use = tableFound
	}
	l.tables = append(l.tables, t)
	return nil
}

// reasonOf is what an error of a table says beside its name.
func reasonOf(err error) string {
	if e, ok := err.(*MetadataError); ok {
		if e.Line > 0 {
			return fmt.Sprintf("line %d %s", e.Line, e.Reason)
		}
		return e.Reason
	}
	return err.Error()
}
