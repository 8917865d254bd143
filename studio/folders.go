package studio

import (
	"fmt"
	"os"
	"path/filepath"
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
