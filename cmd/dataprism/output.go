package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// prepare makes the folder that a command writes to, and says whether its main file can be written: what cannot be is better
// known before the work.
func prepare(folder, file string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	return atomicfile.Check(filepath.Join(folder, file))
}

// printJSON writes a value as JSON for people and machines: indented, a field a line.
func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// saveJSON writes the file that printJSON would print.
func saveJSON(path string, value any) error {
	return atomicfile.WriteFrom(path, func(w io.Writer) error { return printJSON(w, value) })
}

// saveCSV writes the rows of a table, the first of which names its columns.
func saveCSV(path string, rows [][]string) error {
	return atomicfile.WriteFrom(path, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(rows) })
}

// programName and commandLine are what a report says that it was made by.
func programName() string { return "dataprism " + thisBuild().Version }
func commandLine() string { return "dataprism " + strings.Join(os.Args[1:], " ") }
