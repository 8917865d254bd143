package studio

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/dataprism/dataprism/studio/web"
)

const staticPath = "/static/"

// mediaTypes are those of the pages' files, by ending: what the system knows of endings differs between machines.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".txt": "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}

// pages serves the pages: one document, and what it loads from below /static/. Addresses of files hold a digest of all
// of them, so that a browser may keep what it has.
type pages struct {
	version string
	index   []byte
	files   fs.FS
}

func newPages() (*pages, error) {
	files, sum := web.Files(), sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		fmt.Fprintf(sum, "%q %d %s", name, len(text), text)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := &pages{version: hex.EncodeToString(sum.Sum(nil))[:16], files: files}
	index, err := fs.ReadFile(files, "index.html")
	p.index = p.versioned(index)
	return p, err
}

// versioned puts the digest into the addresses of the files that a page names.
func (p *pages) versioned(page []byte) []byte {
	return bytes.ReplaceAll(page, []byte(`"`+staticPath), []byte(`"`+staticPath+p.version+"/"))
}

// document answers with the one document.
func (p *pages) document(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", mediaTypes[".html"])
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.index))
	return nil
}

// file answers with a file of the pages.
func (p *pages) file(w http.ResponseWriter, r *http.Request) error {
	version, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, staticPath), "/")
	if version != p.version || !fs.ValidPath(name) {
		return missing("there is no file %s: load the page again", r.URL.Path)
	}
	text, err := fs.ReadFile(p.files, name)
	if err != nil {
		return missing("there is no file %s", r.URL.Path)
	}
	kind := mediaTypes[path.Ext(name)]
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
	return nil
}
