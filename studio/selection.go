package studio

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dataprism/dataprism/collection"
)

const mostSelected = 100_000

// listsDir is the folder of the lists that were written, within the studio's own folder of a run.
const listsDir = "lists"

// count is how many images have a value.
type count struct {
	Selected int `json:"selected"`
	Rest     int `json:"rest"`
}

// selected are the images that a request names, each once.
func (s *Server) selected(r *http.Request, live *liveRun, names []string) (*images, []place, error) {
	if len(names) > mostSelected {
		return nil, nil, wrong("%d images are selected, but there can be %d at most", len(names), mostSelected)
	}
	set, err := live.images.wait(r.Context(), s)
	if err != nil {
		return nil, nil, err
	}
	var list []place
	seen := map[place]bool{}
	for _, name := range names {
		at, err := set.find(name)
		if err != nil {
			return nil, nil, err
		}
		if !seen[at] {
			seen[at] = true
			list = append(list, at)
		}
	}
	return set, list, nil
}

// describeSelection compares the labels of some held-out images with those of the others.
func (s *Server) describeSelection(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	var ask struct {
		Images []string `json:"images"`
	}
	if err := read(w, r, &ask); err != nil {
		return err
	}
	set, list, err := s.selected(r, live, ask.Images)
	if err != nil {
		return err
	}
	chosen := map[place]bool{}
	for _, at := range list {
		chosen[at] = true
	}
	const collectionLabel = "collection"
	labels := map[string]map[string]count{collectionLabel: {}}
	add := func(name, value string, in bool) {
		if labels[name] == nil {
			labels[name] = map[string]count{}
		}
		n := labels[name][value]
		if in {
			n.Selected++
		} else {
			n.Rest++
		}
		labels[name][value] = n
	}
	for c, col := range set.Collections {
		for _, row := range col.Validation {
			in := chosen[place{c, row}]
			add(collectionLabel, col.Name, in)
			for name, value := range col.Labels(row) {
				if collection.IsContent(name) && name != collectionLabel {
					add(name, value, in)
				}
			}
		}
	}
	for name, values := range labels {
		if len(values) > mostValues {
			delete(labels, name)
		}
	}
	return answer(w, http.StatusOK, map[string]any{"n": len(list), "labels": labels})
}

// goodName is what a list or a run may be called: it becomes a file or a folder.
var goodName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,79}$`)

// checkName says whether a list or a run may be called so.
func checkName(name string) error {
	if !goodName.MatchString(name) || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return wrong("name is %q, but must be a word of letters, digits, spaces and the signs _ . -, at most 80", name)
	}
	return nil
}

// writeList writes the files of some images as a list of paths.
func (s *Server) writeList(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	var ask struct {
		Name   string   `json:"name"`
		Images []string `json:"images"`
	}
	if err := read(w, r, &ask); err != nil {
		return err
	}
	if err := checkName(ask.Name); err != nil {
		return err
	}
	set, list, err := s.selected(r, live, ask.Images)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return wrong("no image is named")
	}
	m, err := live.open(s)
	if err != nil {
		return err
	}
	specs, err := m.config.Specs()
	if err != nil {
		return conflict("%v", err)
	}
	dir := filepath.Join(live.dir, ownDir, listsDir)
	kept, err := collection.ListPaths(listed(set, list, specs), dir)
	if err != nil {
		return conflict("the list cannot be written: %v", err)
	}
	if err := live.write([]byte(kept.Text), listsDir, ask.Name+".txt"); err != nil {
		return conflict("the list cannot be written: %v", err)
	}
	path := filepath.Join(dir, ask.Name+".txt")
	return answer(w, http.StatusOK, map[string]any{"path": path, "written": kept.Files, "left": len(list) - kept.Files})
}

// listed are the files of some images, by collection.
func listed(set *images, list []place, specs []collection.Spec) []collection.Listed {
	var all []collection.Listed
	for c, col := range set.Collections {
		named := collection.Listed{Name: col.Name, Path: specs[c].Path}
		for _, at := range list {
			if at.collection == c {
				named.Files = append(named.Files, col.Items[at.row].File)
			}
		}
		all = append(all, named)
	}
	return all
}
