package studio

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// file opens a file within the folder of a run, and no other, whatever links there are: what leads out, or may not be
// read, is not there.
func (r *liveRun) file(name ...string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenInRoot(r.dir, filepath.Join(name...))
	if err != nil {
		return nil, nil, fs.ErrNotExist
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", filepath.Join(name...))
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// copyFile answers with a file.
func copyFile(w http.ResponseWriter, kind string, f *os.File, info fs.FileInfo) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	io.CopyN(w, f, info.Size()) // an error is the client's, who has gone
}

// remembered reads what was kept in the studio's own folder of a run.
func (r *liveRun) remembered(name string, into any) bool {
	f, _, err := r.file(ownDir, name)
	if err != nil {
		return false
	}
	defer f.Close()
	return json.NewDecoder(f).Decode(into) == nil
}

// keep writes a value into the studio's own folder of a run. A folder that cannot be written to loses nothing but time.
func (r *liveRun) keep(s *Server, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := r.write(text, name); err != nil {
		s.log("what was found is not kept: %v", err)
	}
	return nil
}

// write writes a file into the studio's own folder of a run, and nowhere else, whatever links there are.
func (r *liveRun) write(text []byte, name ...string) error {
	path := filepath.Join(append([]string{r.dir, ownDir}, name...)...)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	top, err := filepath.EvalSymlinks(r.dir)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return err
	}
	if !isWithin(real, top) {
		return fmt.Errorf("%s leads out of the folder of the run", filepath.Dir(path))
	}
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file", path)
	}
	return atomicfile.Write(path, text)
}

// isWithin says whether a path without links is that of a folder, or below it.
func isWithin(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && (rel == "." || rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)))
}
