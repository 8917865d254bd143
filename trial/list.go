package trial

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// FileError says what is wrong with a file of paths, weights or probabilities.
type FileError struct {
	File   string
	Line   int // from 1; 0 where no single line is at fault
	Reason string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Reason
	}
	return fmt.Sprintf("%s: line %d: %s", e.File, e.Line, e.Reason)
}

// mostListBytes is the largest file of paths, weights or probabilities that is read.
const mostListBytes = 256 << 20

// table is the rows of a CSV file by the names of its columns.
type table struct {
	file    string
	columns []string
	rows    [][]string
}

// readTable reads a CSV file whose first line names its columns, of which "file" must be one.
func readTable(file string) (table, error) {
	t := table{file: file}
	data, err := readFile(file)
	if err != nil {
		return t, err
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	if t.columns, err = reader.Read(); err != nil {
		return t, &FileError{file, 1, "it has no line that names the columns: " + err.Error()}
	}
	if !slices.Contains(t.columns, "file") {
		return t, &FileError{file, 1, fmt.Sprintf("there is no column file of COLLECTION/PATH: the columns are %s", strings.Join(t.columns, ", "))}
	}
	for {
		row, err := reader.Read()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return t, &FileError{file, 0, err.Error()}
		}
		t.rows = append(t.rows, row)
	}
}

func readFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostListBytes+1))
	if err == nil && len(data) > mostListBytes {
		err = &FileError{file, 0, "it is longer than 256 MiB"}
	}
	return data, err
}

// texts is a column by file.
func (t table) texts(column string) (map[string]string, error) {
	name, at := slices.Index(t.columns, "file"), slices.Index(t.columns, column)
	if at < 0 {
		return nil, &FileError{t.file, 1, fmt.Sprintf("there is no column %s: the columns are %s", column, strings.Join(t.columns, ", "))}
	}
	out := make(map[string]string, len(t.rows))
	for _, row := range t.rows {
		out[row[name]] = row[at]
	}
	return out, nil
}

// numbers is a column of finite numbers of at least least by file.
func (t table) numbers(column string, least float64) (map[string]float64, error) {
	texts, err := t.texts(column)
	if err != nil {
		return nil, err
	}
	out := make(map[string]float64, len(texts))
	for file, text := range texts {
		x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || x-x != 0 || x < least {
			return nil, &FileError{t.file, 0, fmt.Sprintf("%s of %s is %q, but must be a number of at least %g", column, file, text, least)}
		}
		out[file] = x
	}
	return out, nil
}

// readPaths reads the files that a list names: a line each, or the column file of a table.
func readPaths(file string) ([]string, error) {
	if strings.HasSuffix(file, ".csv") {
		t, err := readTable(file)
		if err != nil {
			return nil, err
		}
		at := slices.Index(t.columns, "file")
		var paths []string
		for _, row := range t.rows {
			paths = append(paths, row[at])
		}
		return paths, nil
	}
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	var paths []string
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" && line[0] != '#' {
			paths = append(paths, line)
		}
	}
	return paths, lines.Err()
}

// side is the images of a side of the split, by COLLECTION/PATH and, where they are files, by where these lie.
func (s *maker) side(heldOut bool) map[string]place {
	out := map[string]place{}
	for c, col := range s.Data.Collections {
		rows := col.Train
		if heldOut {
			rows = col.Validation
		}
		for _, row := range rows {
			out[col.Name+"/"+col.Items[row].File] = place{c, row}
			if full, err := filepath.Abs(filepath.Join(col.Path, filepath.FromSlash(col.Items[row].File))); err == nil {
				out[full] = place{c, row}
			}
		}
	}
	return out
}

// find returns those of the paths of a list that are on the asked-for side of the split, and notes how many are not.
func (s *maker) find(file string, heldOut bool) ([]place, error) {
	paths, err := readPaths(file)
	if err != nil {
		return nil, err
	}
	here, there := s.side(heldOut), s.side(!heldOut)
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	var places []place
	other, unknown, seen := 0, 0, map[string]bool{}
	for _, path := range paths {
		if heldOut && seen[path] { // of training images, a path that stands twice counts twice
			continue
		}
		seen[path] = true
		full := filepath.FromSlash(path)
		if !filepath.IsAbs(full) {
			full = filepath.Join(folder, full)
		}
		if _, named := here[path]; !named {
			if _, named := there[path]; !named {
				path = full
			}
		}
		if p, ok := here[path]; ok {
			places = append(places, p)
		} else if _, ok := there[path]; ok {
			other++
		} else {
			unknown++
		}
	}
	is := map[bool]string{false: "held out", true: "trained on"}[heldOut]
	if other > 0 {
		s.note("%d images of %s are %s, and are left out", other, file, is)
	}
	if unknown > 0 {
		s.note("%d images of %s are not in this run: it names images as COLLECTION/PATH, or by where their files lie", unknown, file)
	}
	if len(places) == 0 {
		return nil, &FileError{file, 0, fmt.Sprintf("it names no image that can be used here: %d are %s, %d are none of this run's (they are named as COLLECTION/PATH)", other, is, unknown)}
	}
	return places, nil
}

// listed is the training images that a file names.
func (s *maker) listed(file string) (*Set, error) {
	places, err := s.find(file, false)
	if err != nil {
		return nil, err
	}
	return s.real(places), nil
}
