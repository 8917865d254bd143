package studio

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/stream"
)

// patchesFile is where the patches that make images typical are kept.
const patchesFile = "patches.json"

const (
	mappedImages  = 24 // at either end of a collection's ranking
	patchClusters = 12 // that their patches are put into
	shownClusters = 4  // of these
	shownPatches  = 7  // of a cluster
	fewestPatches = 3  // of a cluster that is shown: less is chance
)

// patches are the parts of images that make them typical of their collections, and those that keep them from it.
type patches struct {
	Key         string              `json:"key"`  // of the images and the weights
	Size        int                 `json:"size"` // side of a patch in pixels
	Collections []collectionPatches `json:"collections"`
}

type collectionPatches struct {
	Collection string         `json:"collection"`
	Other      string         `json:"other"` // that its images are compared with
	Most       []patchCluster `json:"most"`
	Least      []patchCluster `json:"least"`
}

// patchCluster are patches that look alike.
type patchCluster struct {
	Score   float64     `json:"score"` // the median, in nats; see audit.Typical
	Count   int         `json:"count"` // of all its patches
	Patches []patchInfo `json:"patches"`
}

type patchInfo struct {
	Image string  `json:"image"`
	X     int     `json:"x"`
	Y     int     `json:"y"`
	Score float64 `json:"score"`
}

// findPatches maps the most and the least typical held-out images of each collection, or reads what was found.
func (r *liveRun) findPatches(s *Server) func(context.Context, func(string, ...any)) (*patches, error) {
	return func(ctx context.Context, say func(string, ...any)) (*patches, error) {
		m, err := r.open(s)
		if err != nil {
			return nil, err
		}
		e, err := r.explored.wait(ctx, s)
		if err != nil {
			return nil, err
		}
		set, err := r.images.wait(ctx, s)
		if err != nil {
			return nil, err
		}
		if known := new(patches); r.remembered(patchesFile, known) && known.Key == e.Key {
			return known, nil
		}
		ends, err := e.ends(set, mappedImages)
		if err != nil {
			return nil, err
		}
		h, err := audit.Locate(ctx, m.Prism, set.only(ends), audit.Settings{Seed: m.config.Seed}, 0, nil)
		if err != nil {
			return nil, err
		}
		found := &patches{Key: e.Key}
		for c, name := range m.Collections {
			if len(ends[c]) == 0 {
				continue
			}
			t, err := h.Typical(ctx, c, audit.TypicalSettings{
				Maps: mappedImages, Clusters: patchClusters, Rand: stream.New(m.config.Seed, stream.AuditPatches, c),
				Progress: func(done, total int) { say("%d of %d images of %s", done, total, name) },
			})
			if err != nil {
				return nil, err
			}
			found.Size = t.Patches.Size
			found.Collections = append(found.Collections, collectionPatches{
				name, m.Collections[t.Other], clustersOf(h, t.Clusters), clustersOf(h, t.LeastClusters),
			})
		}
		return found, r.keep(s, patchesFile, found)
	}
}

// ends are the rows of each collection's n most and 2n least typical held-out images, ascending: of those an audit takes n at
// either end.
func (e *explored) ends(set *images, n int) ([][]int, error) {
	order := make([]int, len(e.Images))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(e.Typicality[b], e.Typicality[a]) })
	ranked := make([][]int, len(set.Collections))
	for _, i := range order {
		at, err := set.find(e.Images[i])
		if err != nil {
			return nil, err
		}
		ranked[at.collection] = append(ranked[at.collection], at.row)
	}
	for c, rows := range ranked {
		if len(rows) > 3*n {
			rows = append(rows[:n:n], rows[len(rows)-2*n:]...)
		}
		slices.Sort(rows)
		ranked[c] = rows
	}
	return ranked, nil
}

// clustersOf are the clusters that say something: those of several patches whose exchange matters as it should.
func clustersOf(h *audit.HeldOut, clusters []audit.PatchCluster) []patchCluster {
	shown := []patchCluster{}
	for _, c := range clusters {
		if len(shown) == shownClusters || c.Median <= 0 {
			break
		}
		if len(c.Patches) < fewestPatches {
			continue
		}
		cluster := patchCluster{Score: c.Median, Count: len(c.Patches)}
		for _, p := range c.Patches[:min(shownPatches, len(c.Patches))] {
			cluster.Patches = append(cluster.Patches, patchInfo{h.File(p.Row), p.X, p.Y, p.Score})
		}
		shown = append(shown, cluster)
	}
	return shown
}

// showPatches answers with the patches that make images typical of their collections, or keep them from it.
func (s *Server) showPatches(w http.ResponseWriter, r *http.Request) error {
	live, m, _, err := s.opened(r)
	if err != nil {
		return err
	}
	found, doing, err := asked(s, r, &live.patches)
	if err != nil {
		return err
	}
	if doing != "" {
		found = &patches{Collections: []collectionPatches{}}
	}
	side, _ := m.Size()
	return answer(w, http.StatusOK, map[string]any{"side": side, "size": found.Size, "collections": found.Collections, "doing": doing})
}
