package studio

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

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
	index   page
	files   map[string]page
}

// page is one file, as it is and compressed.
type page struct {
	kind        string
	text, small []byte
}

func newPage(name string, text []byte) (page, error) {
	kind := mediaTypes[path.Ext(name)]
	if kind == "" {
		return page{}, fmt.Errorf("studio: the media type of %s is not known", name)
	}
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	_, err := z.Write(text)
	err = errors.Join(err, z.Close())
	return page{kind, text, small.Bytes()}, err
}

// write answers with the file, compressed for clients that read that.
func (p page) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", p.kind)
	h.Set("Vary", "Accept-Encoding")
	text := p.text
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		text = p.small
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.Write(text)
}

func newPages() (*pages, error) {
	p, sum := &pages{files: map[string]page{}}, sha256.New()
	err := fs.WalkDir(web.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(web.Files(), name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%q %d %s", name, len(text), text)
		p.files[name], err = newPage(name, text)
		return err
	})
	if err != nil {
		return nil, err
	}
	const document = "index.html"
	p.version = hex.EncodeToString(sum.Sum(nil))[:16]
	p.index, err = newPage(document, p.versioned(p.files[document].text))
	return p, err
}

// versioned puts the digest into the addresses of the files that a page names.
func (p *pages) versioned(page []byte) []byte {
	return bytes.ReplaceAll(page, []byte(`"`+staticPath), []byte(`"`+staticPath+p.version+"/"))
}

// document answers with the one document.
func (p *pages) document(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-cache")
	p.index.write(w, r)
	return nil
}

// file answers with a file of the pages.
func (p *pages) file(w http.ResponseWriter, r *http.Request) error {
	version, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, staticPath), "/")
	if version != p.version {
		return missing("there is no file %s: load the page again", r.URL.Path)
	}
	f, found := p.files[name]
	if !found {
		return missing("there is no file %s", r.URL.Path)
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	f.write(w, r)
	return nil
}
