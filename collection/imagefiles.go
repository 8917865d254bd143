package collection

import (
	"context"
	"path/filepath"
)

// ImageFiles lists the files of images in a folder and the folders below it, those that a collection of it has, by name.
func ImageFiles(ctx context.Context, dir string) ([]string, error) {
	f, err := openFolder(ctx, dir, Options{}, dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var files []string
	for _, e := range f.entries {
		files = append(files, filepath.Join(f.root, filepath.FromSlash(e.file)))
	}
	if len(files) == 0 {
		return nil, &EmptyError{Name: filepath.Base(dir), Path: dir}
	}
	return files, nil
}
