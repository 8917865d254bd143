package quality

import "github.com/dataprism/dataprism/collection"

// KeepList lists the images of one collection, or of all where only is negative, that can be used, of each set of
// copies the best. dir is the folder that the list will lie in; see [collection.ListPaths].
func (r *Report) KeepList(specs []collection.Spec, only int, dir string) (collection.PathList, error) {
	var all []collection.Listed
	for c, described := range r.Collections {
		if only >= 0 && c != only {
			continue
		}
		kept := collection.Listed{Name: described.Name, Path: specs[c].Path}
		for i := range r.Images {
			if m := &r.Images[i]; m.Collection == c && m.Measured != nil && !m.Drop {
				kept.Files = append(kept.Files, m.File)
			}
		}
		all = append(all, kept)
	}
	return collection.ListPaths(all, dir)
}

// PathLines are the files of a collection as lines of a list of paths that lies in dir: without those that are no files on
// disk, as within archives, or have names that a list cannot hold.
func PathLines(s collection.Spec, files []string, dir string) ([]string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := rootOf(s)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, file := range files {
		if line, ok := listed(root, file, dir); ok {
			lines = append(lines, line)
		}
	}
	return lines, nil
}
