package studio

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/prism"
)

// source says which image is meant: one of the collections, or an upload and the square of it.
type source struct {
	Image  string `json:"image,omitempty"`
	Upload string `json:"upload,omitempty"`
	Crop   *crop  `json:"crop,omitempty"`
}

// sight is what the model makes of one image, seen as each collection would cut it.
type sight struct {
	prism.Inference
	fits   bool    // false where nobody looked, too
	known  bool    // whether somebody looked
	missed float64 // the share of its edges that its reconstruction misses, as one of the collection that it fits best
	own    int     // the collection that the image is from, or the one that it fits best

	views  []view      // of each collection
	urls   [][2]string // of each collection: the image, and its reconstruction, as addresses
	shown  [][]float32 // of each collection: its reconstruction
	z, v   [][]float32 // of each collection: its latent and its code
	detail [][]float32 // of each collection: what its latent leaves out; nil where that is nothing
	mu     sync.Mutex
	inside map[int]*projected // by the collection that it is taken from
}

// projected is one code under every collection.
type projected struct {
	z       []float32 // [K, dim]
	logProb []float32 // [K]: log p(z | c)
}

// see encodes an image, or remembers it.
func (s *Server) see(a asker, live *liveRun, m *model, from source) (*sight, error) {
	text, err := json.Marshal(from)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%s %p %s", live.id, m, text)
	if g, found := s.seen.get(key); found {
		return g, nil
	}
	g := &sight{own: -1, inside: map[int]*projected{}}
	switch {
	case (from.Image == "") == (from.Upload == ""):
		return nil, wrong("source must have either image or upload")
	case from.Upload != "":
		up, err := s.uploads.find(from.Upload)
		if err != nil {
			return nil, err
		}
		if g.views, err = m.squares(up, from.Crop); err != nil {
			return nil, err
		}
	case from.Crop != nil:
		return nil, wrong("an image of a collection is cut as all of them are: leave crop out")
	default:
		set, err := live.images.wait(a.ctx, s)
		if err != nil {
			return nil, err
		}
		at, err := set.find(from.Image)
		if err != nil {
			return nil, err
		}
		g.own = at.collection
		if g.views, err = m.framed(a.ctx, set, at); err != nil {
			return nil, err
		}
	}
	if err := g.encode(a, m); err != nil {
		return nil, err
	}
	s.seen.put(key, g)
	return g, nil
}

// encode fills in what the model makes of the views. Those of one frame are the same image, which is encoded once.
func (g *sight) encode(a asker, m *model) error {
	first := map[collection.Frame]int{}
	var distinct []float32
	for _, v := range g.views {
		if _, found := first[v.frame]; !found {
			first[v.frame] = len(first)
			distinct = append(distinct, v.image...)
		}
	}
	z, err := a.encode(distinct)
	if err != nil {
		return err
	}
	decoded, err := a.decode(z)
	if err != nil {
		return err
	}
	missed, err := m.MissedEdges(distinct, decoded)
	if err != nil {
		return err
	}
	details, err := a.detail(distinct)
	if err != nil {
		return err
	}
	dim, width := m.Dim(), len(details)/len(first)
	if width > 0 { // what is shown has the details; how well latents fit is told without
		decoded = nil
		for i := range len(first) {
			shown, err := a.decodeWith(z[i*dim:(i+1)*dim], details[i*width:(i+1)*width])
			if err != nil {
				return err
			}
			decoded = append(decoded, shown...)
		}
	}
	var all []float32
	for _, v := range g.views {
		all = append(all, z[first[v.frame]*dim:][:dim]...)
	}
	codes, logProb, err := a.codes(all, m.All())
	if err != nil {
		return err
	}
	pixels := m.Pixels()
	sights := make([]prism.Sight, len(g.views))
	drawn := make([][2]string, len(first))
	for c, v := range g.views {
		i := first[v.frame]
		if drawn[i][0] == "" {
			if drawn[i], err = m.pair(v, decoded[i*pixels:][:pixels]); err != nil {
				return err
			}
		}
		g.urls = append(g.urls, drawn[i])
		g.z, g.v = append(g.z, all[c*dim:(c+1)*dim]), append(g.v, codes[c*dim:(c+1)*dim])
		g.shown = append(g.shown, decoded[i*pixels:][:pixels])
		g.detail = append(g.detail, details[i*width:][:width])
		sights[c] = prism.Sight{LogProb: logProb[c : c+1], MissedEdges: missed[i : i+1]}
	}
	inferred, err := m.Conclude(sights)
	if err != nil {
		return err
	}
	g.Inference = inferred[0]
	g.missed = sights[g.Collection].MissedEdges[0]
	fit, err := m.Fit()
	g.known, g.fits = fit != nil, fit != nil && g.Misfit == ""
	if g.own < 0 {
		g.own = g.Collection
	}
	return err
}

// alike is the share of the missed edges of an image that another must stay below to fit better.
const alike = 0.9

// fitsBetter says whether an image is clearly more typical than another: it alone fits, or its reconstruction misses
// clearly fewer of its edges. Likelihoods do not say so: a picture with little in it has high ones.
func (g *sight) fitsBetter(than *sight) bool {
	if g.fits != than.fits {
		return g.fits
	}
	return g.missed < alike*than.missed
}

// under is the image's code, taken as one of a collection, under every collection.
func (g *sight) under(a asker, from int) (*projected, error) {
	g.mu.Lock()
	known := g.inside[from]
	g.mu.Unlock()
	if known != nil {
		return known, nil
	}
	p, err := project(a, g.v[from])
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside[from] = p
	return p, nil
}

// project shows a code under every collection.
func project(a asker, v []float32) (*projected, error) {
	z, err := a.underAll(v)
	if err != nil {
		return nil, err
	}
	_, logProb, err := a.codes(z, a.All())
	return &projected{z, logProb}, err
}
