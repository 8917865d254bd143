package studio

import (
	"crypto/rand"
	"fmt"
	"image"
	"io"
	"math"
	"mime"
	"net/http"
	"strings"
	"sync"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/quality"
)

const (
	mostUpload  = 32 << 20   // bytes of a file
	mostPixels  = 50_000_000 // of an uploaded picture
	keptPixels  = 80_000_000 // of all pictures that are kept
	shownPixels = 1024       // of the longer side of a picture that is shown
	decodings   = 2          // at a time
)

// crop is a square of a picture, in pixels of it.
type crop struct {
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Side float64 `json:"side"`
}

// in is the square in whole pixels, within a picture of w by h.
func (c crop) in(w, h int) (image.Rectangle, error) {
	for _, v := range []float64{c.X, c.Y, c.Side} {
		if !(math.Abs(v) <= 1e6) {
			return image.Rectangle{}, wrong("crop has %g, which is no number of pixels", v)
		}
	}
	side := int(math.Round(c.Side))
	if side < 1 || side > min(w, h) {
		return image.Rectangle{}, wrong("crop.side is %g, but must be from 1 to %d, the shorter side of the picture", c.Side, min(w, h))
	}
	x, y := int(math.Round(c.X)), int(math.Round(c.Y))
	if x < 0 || y < 0 || x > w-side || y > h-side {
		return image.Rectangle{}, wrong("the crop of side %d at %d, %d does not lie within the picture of %d x %d pixels", side, x, y, w, h)
	}
	return image.Rect(x, y, x+side, y+side), nil
}

// upload is a picture that somebody gave.
type upload struct {
	id      string
	picture *collection.Picture
	width   int
	height  int
	crop    *crop // what is proposed; nil is how collections cut: the square in the middle, or the one around it
	face    bool
}

// uploads keeps the pictures that were given last.
type uploads struct {
	decoding chan struct{}

	mu   sync.Mutex
	kept []*upload // the newest last
}

func newUploads() *uploads { return &uploads{decoding: make(chan struct{}, decodings)} }

func (u *uploads) add(up *upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.kept = append(u.kept, up)
	pixels := 0
	for i := len(u.kept) - 1; i >= 0; i-- {
		// A tiny picture takes its part of the place, too: there must be an end to their number.
		pixels += max(u.kept[i].width*u.kept[i].height, keptPixels/256)
		if pixels > keptPixels && i < len(u.kept)-1 {
			clear(u.kept[:i+1])
			u.kept = u.kept[i+1:]
			return
		}
	}
}

func (u *uploads) find(id string) (*upload, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, up := range u.kept {
		if up.id == id {
			return up, nil
		}
	}
	return nil, missing("the upload %q is not kept any more: give the picture again", id)
}

// takeUpload decodes a picture.
func (s *Server) takeUpload(w http.ResponseWriter, r *http.Request) error {
	live, m, _, err := s.opened(r)
	if err != nil {
		return err
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "image/") && kind != "application/octet-stream" {
		return &problem{http.StatusUnsupportedMediaType, "the body must be an image file, with the content type image/... or application/octet-stream"}
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostUpload))
	if err != nil {
		return unread(err)
	}
	select {
	case s.uploads.decoding <- struct{}{}:
		defer func() { <-s.uploads.decoding }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	picture, err := recovered(func() (*collection.Picture, error) { return collection.DecodeSmall(data, mostPixels) })
	if err != nil {
		return &problem{http.StatusUnprocessableEntity, fmt.Sprintf("the picture cannot be used: it %v", err)}
	}
	up := &upload{id: rand.Text(), picture: picture}
	up.width, up.height = picture.Bounds()
	if err := s.findFace(r.Context(), live, up); err != nil {
		return err
	}
	s.uploads.add(up)
	return answer(w, http.StatusOK, map[string]any{
		"upload": up.id, "width": up.width, "height": up.height, "crop": up.middle(m.options.Pad), "face": up.face,
	})
}

// middle is the square that is proposed: where collections are padded it is larger than the picture.
func (up *upload) middle(pad bool) crop {
	if up.crop != nil {
		return *up.crop
	}
	side := min(up.width, up.height)
	if pad {
		side = max(up.width, up.height)
	}
	return crop{float64((up.width - side) / 2), float64((up.height - side) / 2), float64(side)}
}

// showUpload answers with the picture as it was given, made smaller.
func (s *Server) showUpload(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.run(r); err != nil {
		return err
	}
	up, err := s.uploads.find(r.PathValue("upload"))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, max-age=3600")
	return picture(w, quality.Thumbnail(up.picture, shownPixels))
}
