package studio

import (
	"context"
	"net/http"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/quality"
)

const duplicatesFile = "duplicates.json"

// duplicates are the images of a run that are there more than once.
type duplicates struct {
	Key   string         `json:"key"` // of the images
	Sets  []duplicateSet `json:"sets"`
	Leaks int            `json:"leaks"` // sets with images on both sides of the split
}

// duplicateSet are images that show the same.
type duplicateSet struct {
	Kind   string      `json:"kind"` // exact, where all have the same pixels, or near
	Leak   bool        `json:"leak"` // there are some on both sides of the split
	Images []duplicate `json:"images"`
}

type duplicate struct {
	Image  string `json:"image"`
	Side   string `json:"side"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
	Keep   bool   `json:"keep"` // what is proposed: the best of the set
}

// findDuplicates looks through all images of a run, or reads what was found.
func (r *liveRun) findDuplicates(s *Server) func(context.Context, func(string, ...any)) (*duplicates, error) {
	return func(ctx context.Context, say func(string, ...any)) (*duplicates, error) {
		m, err := r.open(s)
		if err != nil {
			return nil, err
		}
		set, err := r.images.wait(ctx, s)
		if err != nil {
			return nil, err
		}
		if known := new(duplicates); r.remembered(duplicatesFile, known) && known.Key == set.Key() {
			return known, nil
		}
		specs, err := m.config.Specs()
		if err != nil {
			return nil, conflict("%v", err)
		}
		report, err := quality.Inspect(ctx, specs, quality.Options{
			MaxImages: m.config.Data.MaxImages, Seed: m.config.Seed, Validation: m.config.Data.Validation, Ground: m.options.Background,
			Read:  func(p collection.Progress) { say("%d of %d %s of %s are read", p.Done, p.Total, p.Unit, p.Collection) },
			Doing: func(what string, done, total int) { say("%s, %d of %d", what, done, total) },
		})
		if err != nil {
			return nil, conflict("the images cannot be compared: %v", err)
		}
		found := copiesOf(report)
		found.Key = set.Key()
		return found, r.keep(s, duplicatesFile, found)
	}
}

// copiesOf are the sets of copies of a report, in the order of their first images.
func copiesOf(report *quality.Report) *duplicates {
	found := &duplicates{Sets: []duplicateSet{}}
	at := map[int]int{}
	digests := map[int]uint64{}
	for _, m := range report.Images {
		if m.Measured == nil || m.Set == 0 {
			continue
		}
		if _, known := at[m.Set]; !known {
			at[m.Set], digests[m.Set] = len(found.Sets), m.Digest
			found.Sets = append(found.Sets, duplicateSet{Kind: "exact"})
		}
		set := &found.Sets[at[m.Set]]
		if m.Digest != digests[m.Set] {
			set.Kind = "near"
		}
		set.Leak = set.Leak || len(set.Images) > 0 && set.Images[0].Side != m.Side
		set.Images = append(set.Images, duplicate{
			report.Collections[m.Collection].Name + "/" + m.File, m.Side, m.Width, m.Height, m.Bytes, !m.Drop,
		})
	}
	for _, set := range found.Sets {
		if set.Leak {
			found.Leaks++
		}
	}
	return found
}

// showDuplicates answers with the copies among the images of a run.
func (s *Server) showDuplicates(w http.ResponseWriter, r *http.Request) error {
	live, _, _, err := s.opened(r)
	if err != nil {
		return err
	}
	found, doing, err := asked(s, r, &live.copies)
	if err != nil {
		return err
	}
	if doing != "" {
		found = &duplicates{Sets: []duplicateSet{}}
	}
	return answer(w, http.StatusOK, map[string]any{"sets": found.Sets, "leaks": found.Leaks, "doing": doing})
}
