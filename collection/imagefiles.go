package collection

import (
	"context"
	"path/filepath"
)

// ImageFiles lists the files of images in a folder and the folders below it, those that a collection of it has, by name.
func ImageFiles(ctx context.Context, dir string) ([]string, error) {
	f, err := openImages(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var files []string
	for _, e := range f.entries {
		files = append(files, filepath.Join(f.root, filepath.FromSlash(e.file)))
	}
	return files, nil
}

// ImageLabels are the labels of the files that [ImageFiles] lists, in that order: those that a collection of the folder
// has, but for the class that names of folders give. Numbers are as they were written.
func ImageLabels(ctx context.Context, dir string) (names []string, labels []map[string]string, err error) {
	f, err := openImages(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	l, err := f.list(ctx)
	if err != nil {
		return nil, nil, err
	}
	columns, _, err := bindLabels(l, nil)
	if err != nil {
		return nil, nil, err
	}
	labels = make([]map[string]string, len(f.entries))
	for row := range labels {
		labels[row] = map[string]string{}
	}
	for _, c := range columns {
		names = append(names, c.Name)
		for row := range labels {
			if value, ok := c.at(row); ok {
				labels[row][c.Name] = value
			}
		}
	}
	return names, labels, nil
}

// openImages opens a folder that holds images.
func openImages(ctx context.Context, dir string) (*folder, error) {
	f, err := openFolder(ctx, dir, Options{}, dir)
	if err != nil {
		return nil, err
	}
	if len(f.entries) == 0 {
		f.Close()
		return nil, &EmptyError{Name: filepath.Base(dir), Path: dir}
	}
	return f, nil
}
