package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/prism"
	"github.com/spf13/cobra"
)

// singlesTable is the table of labels in a folder of projections.
const singlesTable = "metadata.csv"

// singles is a folder of projections as images of their own. Those of images of a folder lie in folders as these do, and keep
// their labels, so that the projections of a collection are a collection.
type singles struct {
	folder string
	within map[string]string            // of an image in a folder that was given, the folder below it that it lies in
	labels map[string]map[string]string // of such an image
	names  map[string]*names            // of what lies in a folder, by its path in small letters
	label  []string                     // names of labels, in the order of the tables that give them
	rows   []single
}

// single is a projection that was written.
type single struct{ file, of, from, as string }

func newSingles(folder string) *singles {
	return &singles{folder: folder, within: map[string]string{}, labels: map[string]map[string]string{}, names: map[string]*names{}}
}

// ownSingles are the columns that a table of projections has beside labels.
func ownSingles() []string { return []string{"file_name", "of", "from", "as", collection.LabelGroup} }

// from takes the images in a folder that was given: those that an earlier run may have written are none of them.
func (s *singles) from(cmd *cobra.Command, given string, files []string) ([]string, error) {
	names, labels, err := collection.ImageLabels(cmd.Context(), given)
	if stopped := cmd.Context().Err(); stopped != nil {
		return nil, stopped
	}
	if err == nil && len(labels) != len(files) {
		err = errors.New("its images changed while it was read")
	}
	if err != nil {
		tell(cmd, "the labels of the images in %s cannot be read: %v", given, err)
		labels = make([]map[string]string, len(files))
	}
	for _, name := range names {
		if !slices.Contains(s.label, name) && !slices.Contains(ownSingles(), name) {
			s.label = append(s.label, name)
		}
	}
	var others []string
	_, asked := s.below(given)
	for i, file := range files {
		if _, written := s.below(file); written && !asked {
			continue
		}
		if name, err := filepath.Rel(given, file); err == nil && filepath.IsLocal(name) {
			s.within[file] = filepath.Dir(name)
		} else {
			s.within[file] = "."
		}
		s.labels[file] = labels[i]
		others = append(others, file)
	}
	return others, nil
}

// below is the name of a file that lies in the folder or below it.
func (s *singles) below(file string) (name string, is bool) {
	folder, err := realPath(s.folder)
	if err != nil {
		return "", false
	}
	if file, err = realPath(file); err != nil {
		return "", false
	}
	name, err = filepath.Rel(folder, file)
	return name, err == nil && filepath.IsLocal(name)
}

// realPath is the path of what is there, without links.
func realPath(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// keep sees to it that no projection is written over an image.
func (s *singles) keep(paths []string) {
	for _, path := range paths {
		if name, is := s.below(path); is {
			s.in(filepath.Dir(name)).take(filepath.Base(name))
		}
	}
}

// in are the names of what lies in a folder below that of the projections.
func (s *singles) in(dir string) *names {
	key := strings.ToLower(dir)
	if s.names[key] == nil {
		s.names[key] = &names{}
	}
	return s.names[key]
}

// add are the files of an image's projections, one for each collection.
func (s *singles) add(path, from string, collections []string) (files []string) {
	dir := filepath.Clean(s.within[path])
	for i, name := range s.in(dir).of(path, collections) {
		name = filepath.Join(dir, name)
		s.rows = append(s.rows, single{filepath.ToSlash(name), path, from, collections[i]})
		files = append(files, filepath.Join(s.folder, name))
	}
	return files
}

// finish writes the table of projections of images in folders. A table that an earlier run wrote keeps its other rows; one that
// is somebody else's is left as it is.
func (s *singles) finish(cmd *cobra.Command) error {
	if len(s.within) == 0 || len(s.rows) == 0 {
		return nil
	}
	path := filepath.Join(s.folder, singlesTable)
	header, before, err := readSingles(path)
	if err != nil {
		tell(cmd, "the labels of the images are not written: %v", err)
		return nil
	}
	columns := slices.Concat(ownSingles(), s.label)
	for _, name := range header {
		if !slices.Contains(columns, name) {
			columns = append(columns, name)
		}
	}
	var records []map[string]string
	written := map[string]bool{}
	for _, row := range s.rows {
		record := map[string]string{"file_name": row.file, "of": row.of, "from": row.from, "as": row.as}
		for name, value := range s.labels[row.of] {
			if !slices.Contains(ownSingles(), name) || name == collection.LabelGroup {
				record[name] = value
			}
		}
		if record[collection.LabelGroup] == "" { // what is made of one image belongs together
			record[collection.LabelGroup] = record[collection.LabelPair]
		}
		if record[collection.LabelGroup] == "" {
			record[collection.LabelGroup] = row.of
		}
		records, written[row.file] = append(records, record), true
	}
	before = slices.DeleteFunc(before, func(record map[string]string) bool { return written[record["file_name"]] })
	table := [][]string{columns}
	for _, record := range slices.Concat(before, records) {
		var line []string
		for _, name := range columns {
			line = append(line, record[name])
		}
		table = append(table, line)
	}
	if err := saveCSV(path, table); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), path)
	return nil
}

// readSingles reads the table of an earlier run, if there is one.
func readSingles(path string) (header []string, records []map[string]string, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	r := csv.NewReader(bytes.NewReader(data))
	foreign := fmt.Errorf("%s is there, and not a table of projections", path)
	if header, err = r.Read(); err != nil || len(header) < len(ownSingles()) || !slices.Equal(header[:len(ownSingles())], ownSingles()) {
		return nil, nil, foreign
	}
	for {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return header, records, nil
		} else if err != nil {
			return nil, nil, foreign
		}
		record := map[string]string{}
		for i, name := range header {
			record[name] = line[i]
		}
		records = append(records, record)
	}
}

// inFiles is a picture as files of a run's images have it: with one channel where the run is grey.
func inFiles(p *prism.Prism, picture image.Image) image.Image {
	if _, channels := p.Size(); channels == 1 {
		return grey(picture)
	}
	return picture
}

// grey is a picture of greys with one channel, as files of grey images have.
func grey(picture image.Image) image.Image {
	one := image.NewGray(picture.Bounds())
	draw.Draw(one, one.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return one
}

// names are those of files in a folder that are taken, in small letters.
type names map[string]bool

// take marks the name of a file as taken.
func (n *names) take(file string) { (*n)[strings.ToLower(file)] = true }

// of names the files of an image's projections, all of them different from those named before, in whatever case: of
// images that are called the same, such as a/1.jpg, b/1.jpg and b/1.png, the later ones get a number.
func (n *names) of(image string, collections []string) []string {
	if *n == nil {
		*n = names{}
	}
	base := strings.TrimSuffix(filepath.Base(image), filepath.Ext(image))
	for number := 1; ; number++ {
		called := base
		if number > 1 {
			called = fmt.Sprintf("%s-%d", base, number)
		}
		files, free := []string{}, true
		for _, c := range collections {
			file := fmt.Sprintf("%s-as-%s.png", called, c)
			free = free && !(*n)[strings.ToLower(file)]
			files = append(files, file)
		}
		if !free {
			continue
		}
		for _, file := range files {
			n.take(file)
		}
		return files
	}
}
