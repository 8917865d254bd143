package studio

import (
	"fmt"
	"image"
	"net/http"
	"os/exec"
	"strconv"
	"strings"

	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
)

const framesOfStretch = 20

// features answers with what this machine can do.
func (s *Server) features(w http.ResponseWriter, _ *http.Request) error {
	_, err := exec.LookPath("ffmpeg")
	return answer(w, http.StatusOK, map[string]bool{
		"mp4": err == nil, "train": s.Home != "" && len(s.Roots) > 0 && len(s.Program) > 0, "audit": len(s.Program) > 0,
	})
}

// animate answers with a moving picture from an image's reconstruction to its projections.
func (s *Server) animate(w http.ResponseWriter, r *http.Request) error {
	live, m, a, err := s.opened(r)
	if err != nil {
		return err
	}
	var ask struct {
		projection
		To     string `json:"to"`     // empty is through all collections
		Format string `json:"format"` // gif or mp4
	}
	if err := read(w, r, &ask); err != nil {
		return err
	}
	strength, share, err := ask.showing()
	if err != nil {
		return err
	}
	to, err := m.asked("to", ask.To)
	if err != nil {
		return err
	}
	if ask.Format != "gif" && ask.Format != "mp4" {
		return wrong("format is %q, but must be gif or mp4", ask.Format)
	}
	ffmpeg, err := exec.LookPath("ffmpeg")
	if ask.Format == "mp4" && err != nil {
		return conflict("videos are made by the program ffmpeg, which is not installed here: choose gif")
	}
	g, err := s.begin(a, live, m, ask.projection)
	if err != nil {
		return err
	}
	frames, err := m.transition(a, g, to, strength, share)
	if err != nil {
		return err
	}
	moving := report.BackAndForth(frames)
	kind, data := "image/gif", []byte(nil)
	if ask.Format == "mp4" {
		kind = "video/mp4"
		data, err = moving.MP4(r.Context(), ffmpeg)
	} else {
		data, err = moving.GIF(r.Context())
	}
	if err != nil {
		return err
	}
	name := m.Collections[to[0]]
	if len(to) > 1 {
		name = "all"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "dataprism-"+ascii(name)+"."+ask.Format))
	w.Write(data)
	return nil
}

// ascii is text that every header may hold.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, text)
}

// transition are the frames from where projections begin through those into the collections to.
func (m *model) transition(a asker, g *start, to []int, strength, share float64) ([]image.Image, error) {
	dim := m.Dim()
	ends := g.towards(dim, strength)
	at, path := g.z, []float32(nil)
	for _, c := range to {
		next := ends[c*dim : (c+1)*dim]
		path = append(path, prism.Animate(at, next, framesOfStretch)...)
		at = next
	}
	decoded, err := a.decodeWith(path, g.with)
	if err != nil {
		return nil, err
	}
	carried, err := g.carry(m, decoded, share)
	if err != nil {
		return nil, err
	}
	return report.FromFloats(carried.Data, carried.N, carried.H, carried.W, carried.C)
}
