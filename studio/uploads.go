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
	crop    *crop // what is proposed, around a face; nil is the whole, as collections cut it
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
	live, m, a, err := s.opened(r)
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
	where, err := live.knownFaces(r.Context(), s)
	if err != nil {
		return err
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
	s.uploads.add(up)
	if err := s.propose(a, live, m, up, where); err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{
		"upload": up.id, "width": up.width, "height": up.height, "crop": up.proposed(m.options.Pad), "face": up.crop != nil,
	})
}

// proposed is the square that is proposed.
func (up *upload) proposed(pad bool) crop {
	if up.crop != nil {
		return *up.crop
	}
	return up.whole(pad)
}

// whole is the square that collections cut their own images from: the one in the middle or, where they are padded, the
// one around the picture.
func (up *upload) whole(pad bool) crop {
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
