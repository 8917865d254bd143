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
