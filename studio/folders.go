package studio

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	mostFolders = 2000 // of one answer
	mostCounted = 10_000
)

// realFolders are folders by their paths without links.
func realFolders(dirs []string) ([]string, error) {
	var out []string
	for _, dir := range dirs {
		real, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return nil, fmt.Errorf("the folder %s cannot be read: %w", dir, err)
		}
		if info, err := os.Stat(real); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("%s is not a folder", dir)
		}
		if real, err = filepath.Abs(real); err != nil {
			return nil, err
		}
		out = append(out, real)
	}
	return out, nil
}

// folder is a folder within the roots, by its path without links. What lies outside is said to be so, whether it is there
// or not.
func (s *Server) folder(path string) (string, error) {
	outside := refused("%s lies outside the folders that this server may read: --root names them", path)
	if !filepath.IsAbs(path) || strings.ContainsRune(path, 0) || !s.allowed(filepath.Clean(path)) {
		return "", outside
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", missing("there is no folder %s", path)
	}
	if !s.allowed(real) {
		return "", outside
	}
	if info, err := os.Stat(real); err != nil || !info.IsDir() {
		return "", missing("%s is not a folder", path)
	}
	return real, nil
}

func (s *Server) allowed(path string) bool {
	return slices.ContainsFunc(s.Roots, func(root string) bool { return isWithin(path, root) })
}

// checkLinks refuses a folder with links that lead out of the roots: what reads collections follows them.
func (s *Server) checkLinks(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read cannot be shown either
		}
		if d.Type()&fs.ModeSymlink == 0 {
			return nil
		}
		real, err := filepath.EvalSymlinks(path)
		if err == nil && !s.allowed(real) {
			return refused("%s is a link that leads out of the folders that this server may read", path)
		}
		return nil
	})
}

// folderInfo is a folder to choose.
type folderInfo struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Images int    `json:"images"` // files right in it whose names are those of images, 10,000 at most
}

// listFolders answers with the folders in one, or with the roots.
func (s *Server) listFolders(w http.ResponseWriter, r *http.Request) error {
	path := r.URL.Query().Get("path")
	list := []folderInfo{}
	if path == "" {
		for _, root := range s.Roots {
			list = append(list, folderInfo{root, root, countImages(root)})
		}
		return answer(w, http.StatusOK, map[string]any{"path": "", "parent": nil, "images": 0, "folders": list})
	}
	dir, err := s.folder(path)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return missing("%s cannot be read", path)
	}
	for _, e := range entries {
		within, err := s.folder(filepath.Join(dir, e.Name()))
		if err != nil || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		list = append(list, folderInfo{e.Name(), within, countImages(within)})
		if len(list) == mostFolders {
			break
		}
	}
	parent := ""
	if s.allowed(filepath.Dir(dir)) {
		parent = filepath.Dir(dir)
	}
	return answer(w, http.StatusOK, map[string]any{"path": dir, "parent": parent, "images": countImages(dir), "folders": list})
}

// countImages counts what looks like images in a folder, up to a bound.
func countImages(dir string) int {
	f, err := os.Open(dir)
	if err != nil {
		return 0
	}
	defer f.Close()
	names, _ := f.Readdirnames(mostCounted)
	n := 0
	for _, name := range names {
		switch strings.ToLower(filepath.Ext(name)) {
		case ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm":
			n++
		}
	}
	return n
}
