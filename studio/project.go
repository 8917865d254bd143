package studio

import (
	"math"
	"net/http"
	"slices"

	"github.com/dataprism/dataprism/detail"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// projection is what is asked for.
type projection struct {
	Source   source   `json:"source"`
	Second   *source  `json:"second"`
	Blend    float64  `json:"blend"` // from 0, the source alone, to 1, the second alone
	From     string   `json:"from"`  // the collection that the source is taken to be from; empty is the one that it fits
	Strength *float64 `json:"strength"`
	Detail   *float64 `json:"detail"` // the share of what latents leave out of a source that its projections get
}

// showing is how far projections go, and with how much of their detail; nil is 1 of both.
func (p projection) showing() (strength, detail float64, err error) {
	if strength, err = within("strength", p.Strength, prism.MostStrength); err != nil {
		return 0, 0, err
	}
	detail, err = within("detail", p.Detail, 1)
	return strength, detail, err
}

// within is a value from 0 to most, 1 where none is given.
func within(name string, value *float64, most float64) (float64, error) {
	switch {
	case value == nil:
		return 1, nil
	case *value >= 0 && *value <= most:
		return *value, nil
	}
	return 0, wrong("%s is %g, but must be from 0 to %g", name, *value, most)
}

// start is where projections begin: a code, and the latent that it has under the collection that it is taken from.
type start struct {
	*sight
	from  int
	z     []float32  // [dim]
	shown []float32  // the image of z; nil where it has to be decoded yet
	into  *projected // the code under every collection
	with  []float32  // the detail of whole latents; nil where two sources are blended
	of    []detailed // what projections get the detail of
}

// detailed is an image with its reconstruction, and the share of their difference that projections get.
type detailed struct {
	view
	reconstructed []float32
	share         float64
}

// begin sees the sources of a projection and blends their codes.
func (s *Server) begin(a asker, live *liveRun, m *model, p projection) (*start, error) {
	if _, err := within("blend", &p.Blend, 1); err != nil {
		return nil, err
	}
	from := -1
	if p.From != "" {
		var err error
		if from, err = m.Collection(p.From); err != nil {
			return nil, wrong("from: %v", err)
		}
	}
	g, err := s.see(a, live, m, p.Source)
	if err != nil {
		return nil, err
	}
	if from < 0 {
		from = g.own
	}
	if p.Second == nil || p.Blend == 0 {
		into, err := g.under(a, from)
		return &start{g, from, g.z[from], g.shown[from], into, g.detail[from], []detailed{g.of(from, 1)}}, err
	}
	second, err := s.see(a, live, m, *p.Second)
	if err != nil {
		return nil, err
	}
	into, err := project(a, between(g.v[from], second.v[second.own], p.Blend))
	if err != nil {
		return nil, err
	}
	dim := m.Dim()
	of := []detailed{g.of(from, 1-p.Blend), second.of(second.own, p.Blend)}
	if of[0].side != of[1].side {
		of[0].fine, of[1].fine = nil, nil
	}
	return &start{g, from, into.z[from*dim : (from+1)*dim], nil, into, nil, of}, nil
}

// of is what projections get of the image as one collection cuts it.
func (g *sight) of(c int, share float64) detailed { return detailed{g.views[c], g.shown[c], share} }

// carry lays the share of the details over decoded projections, which then have the pixels that their source is shown with.
func (g *start) carry(m *model, decoded []float32, share float64) (measure.Images, error) {
	plain := m.Images(decoded)
	source := m.shownOf(g.of[0].view)
	sum, err := detail.Carry(source, m.Images(g.of[0].reconstructed), plain, share*g.of[0].share)
	if err != nil || len(g.of) == 1 {
		return sum, err
	}
	other := g.of[1]
	second, err := detail.Carry(m.shownOf(other.view), m.Images(other.reconstructed), plain, share*other.share)
	if err != nil {
		return sum, err
	}
	for i, x := range detail.Enlarge(plain, source.H, source.W).Data {
		sum.Data[i] += second.Data[i] - x
	}
	return sum, nil
}

// between is the code at the share t of the way from a to b, of a length between theirs: the straight line between two
// codes leads through shorter ones than images have.
func between(a, b []float32, t float64) []float32 {
	out := prism.Blend(a, b, t)
	if l := length(out); l > 0 {
		scale := float32(((1-t)*length(a) + t*length(b)) / l)
		scaled := make([]float32, len(out))
		for i, x := range out {
			scaled[i] = scale * x
		}
		return scaled
	}
	return out
}

func length(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// towards are the latents at a strength of the way to each collection, [K, dim].
func (g *start) towards(dim int, strength float64) []float32 {
	var z []float32
	for c := 0; c < len(g.into.z)/dim; c++ {
		z = append(z, prism.Blend(g.z, g.into.z[c*dim:(c+1)*dim], strength)...)
	}
	return z
}

type posteriorInfo struct {
	Collection string  `json:"collection"`
	P          float64 `json:"p"`
}

type projectionInfo struct {
	Collection string  `json:"collection"`
	Image      string  `json:"image"`
	LogProb    float64 `json:"logProb"`
}

// projectInfo is the answer to a projection.
type projectInfo struct {
	Posterior      []posteriorInfo  `json:"posterior"`
	Fits           bool             `json:"fits"`
	Note           string           `json:"note"`
	From           string           `json:"from"`
	Input          string           `json:"input"`
	Reconstruction string           `json:"reconstruction"`
	Projections    []projectionInfo `json:"projections"`
}

// project shows an image under every collection.
func (s *Server) project(w http.ResponseWriter, r *http.Request) error {
	live, m, a, err := s.opened(r)
	if err != nil {
		return err
	}
	var p projection
	if err := read(w, r, &p); err != nil {
		return err
	}
	strength, share, err := p.showing()
	if err != nil {
		return err
	}
	g, err := s.begin(a, live, m, p)
	if err != nil {
		return err
	}
	wanted, own := g.towards(m.Dim(), strength), g.urls[g.from]
	if g.shown == nil {
		wanted = slices.Concat(g.z, wanted)
	}
	decoded, err := a.decodeWith(wanted, g.with)
	if err != nil {
		return err
	}
	if g.shown == nil {
		blended, err := dataURLs(m.Images(decoded[:m.Pixels()]))
		if err != nil {
			return err
		}
		own[1], decoded = blended[0], decoded[m.Pixels():]
	}
	carried, err := g.carry(m, decoded, share)
	if err != nil {
		return err
	}
	urls, err := dataURLs(carried)
	if err != nil {
		return err
	}
	info := projectInfo{Fits: g.fits, From: m.Collections[g.from], Input: own[0], Reconstruction: own[1]}
	switch {
	case !g.known:
		info.Note = "Whether the image fits the collections is not known: this run has not been measured."
	case !g.fits:
		info.Note = "This image is unlike those that the model was trained on, and says little when it is projected: " + g.Misfit + "."
	}
	for c, name := range m.Collections {
		info.Posterior = append(info.Posterior, posteriorInfo{name, finite(g.Posterior[c])})
		info.Projections = append(info.Projections, projectionInfo{name, urls[c], finite(float64(g.into.logProb[c]))})
	}
	return answer(w, http.StatusOK, info)
}

// finite is a number that JSON can hold.
func finite(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return min(math.MaxFloat32, max(-math.MaxFloat32, x))
}
