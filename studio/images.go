package studio

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"image"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/report"
	"golang.org/x/sync/errgroup"
)

const (
	mostValues = 100 // of a label that is offered as a filter
	mostListed = 200 // images of one answer
)

// images are the collections of a run, whose images are found by COLLECTION/FILE.
type images struct {
	*collection.Dataset
	moved string           // says that they are not those that were trained on; empty where they are
	rows  []map[string]int // of each collection: its rows by file
	held  []map[int]bool   // of each collection: which rows are held out
}

func newImages(d *collection.Dataset) *images {
	set := &images{Dataset: d}
	for _, c := range d.Collections {
		rows, held := make(map[string]int, len(c.Items)), make(map[int]bool, len(c.Validation))
		for row, item := range c.Items {
			if c.Usable(row) {
				rows[item.File] = row
			}
		}
		for _, row := range c.Validation {
			held[row] = true
		}
		set.rows, set.held = append(set.rows, rows), append(set.held, held)
	}
	return set
}

// place is an image of a run's collections.
type place struct{ collection, row int }

// find is the place of an image by its name.
func (set *images) find(name string) (place, error) {
	of, file, _ := strings.Cut(name, "/")
	for c, col := range set.Collections {
		if col.Name == of {
			if row, found := set.rows[c][file]; found {
				return place{c, row}, nil
			}
		}
	}
	return place{}, missing("there is no image %q in this run", name)
}

// name is COLLECTION/FILE.
func (set *images) name(at place) string {
	c := set.Collections[at.collection]
	return c.Name + "/" + c.Items[at.row].File
}

func (set *images) describe() []collectionInfo {
	var list []collectionInfo
	for _, c := range set.Collections {
		info := collectionInfo{c.Name, len(c.Train) + len(c.Validation), len(c.Validation), map[string][]string{}}
		for _, label := range c.LabelNames() {
			if !collection.IsContent(label) {
				continue
			}
			values := map[string]bool{}
			for _, row := range c.Rows() {
				if v, found := c.Label(row, label); found {
					values[v] = true
				}
			}
			if len(values) <= mostValues {
				info.Labels[label] = sortedKeys(values)
			}
		}
		list = append(list, info)
	}
	return list
}

// only is the data set with the given rows of each collection as all that is held out.
func (set *images) only(rows [][]int) *collection.Dataset {
	d := *set.Dataset
	d.Collections = slices.Clone(d.Collections)
	for c := range d.Collections {
		col := *d.Collections[c]
		col.Validation, d.Collections[c] = rows[c], &col
	}
	return &d
}

// imageInfo is what a list of images says of one.
type imageInfo struct {
	Image      string            `json:"image"`
	Collection string            `json:"collection"`
	Side       string            `json:"side"`
	Labels     map[string]string `json:"labels"`
	Typicality *float64          `json:"typicality"` // nats; null where the held-out images have not been mapped
}

// filter chooses images.
type filter struct {
	collection, text, side, sort string
	labels                       [][2]string
	offset, limit                int
}

func filterOf(r *http.Request) (f filter, err error) {
	q := r.URL.Query()
	f = filter{collection: q.Get("collection"), text: strings.ToLower(q.Get("q")), side: cmp.Or(q.Get("side"), "validation"), sort: cmp.Or(q.Get("sort"), "name")}
	if !slices.Contains([]string{"validation", "train", "all"}, f.side) {
		return f, wrong("side is %q, but must be validation, train or all", f.side)
	}
	if !slices.Contains([]string{"name", "typical", "untypical"}, f.sort) {
		return f, wrong("sort is %q, but must be name, typical or untypical", f.sort)
	}
	for _, text := range q["label"] {
		name, value, found := strings.Cut(text, ":")
		if !found {
			return f, wrong("label is %q, but must be NAME:VALUE", text)
		}
		f.labels = append(f.labels, [2]string{name, value})
	}
	if f.offset, err = number(q.Get("offset"), 0, 0, 1<<31-1); err != nil {
		return f, wrong("offset %v", err)
	}
	if f.limit, err = number(q.Get("limit"), 60, 1, mostListed); err != nil {
		return f, wrong("limit %v", err)
	}
	return f, nil
}

// number reads a whole number from least to most; "" is preset.
func number(text string, preset, least, most int) (int, error) {
	if text == "" {
		return preset, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, wrong("is %q, but must be a whole number from %d to %d", text, least, most)
	}
	return n, nil
}

// yes reads true or false; "" is false.
func yes(text string) (bool, error) {
	if text != "" && text != "true" && text != "false" {
		return false, wrong("is %q, but must be true or false", text)
	}
	return text == "true", nil
}

// matching are the images that a filter chooses, in the order of collections and names.
func (set *images) matching(f filter) []place {
	var list []place
	for c, col := range set.Collections {
		if f.collection != "" && col.Name != f.collection {
			continue
		}
		for _, row := range col.Rows() {
			if f.side != "all" && (f.side == "validation") != set.held[c][row] {
				continue
			}
			if f.text != "" && !strings.Contains(strings.ToLower(col.Items[row].File), f.text) {
				continue
			}
			if slices.ContainsFunc(f.labels, func(l [2]string) bool { v, _ := col.Label(row, l[0]); return v != l[1] }) {
				continue
			}
			list = append(list, place{c, row})
		}
	}
	return list
}

func (s *Server) listImages(w http.ResponseWriter, r *http.Request) error {
	f, err := filterOf(r)
	if err != nil {
		return err
	}
	live, m, _, err := s.opened(r)
	if err != nil {
		return err
	}
	if f.collection != "" {
		if _, err := m.Collection(f.collection); err != nil {
			return missing("%v", err)
		}
	}
	set, err := live.images.wait(r.Context(), s)
	if err != nil {
		return err
	}
	e, mapped, _, _ := live.explored.now()
	list := set.matching(f)
	if f.sort != "name" {
		if e, err = live.explored.wait(r.Context(), s); err != nil {
			return err
		}
		mapped = true
		list = slices.DeleteFunc(list, func(at place) bool { _, found := e.typicality[set.name(at)]; return !found })
		sign := map[string]float64{"typical": -1, "untypical": 1}[f.sort]
		slices.SortStableFunc(list, func(a, b place) int {
			return cmp.Compare(sign*e.typicality[set.name(a)], sign*e.typicality[set.name(b)])
		})
	}
	page := list[min(f.offset, len(list)):min(f.offset+f.limit, len(list))]
	shown := []imageInfo{}
	for _, at := range page {
		col := set.Collections[at.collection]
		info := imageInfo{Image: set.name(at), Collection: col.Name, Side: "train", Labels: col.Labels(at.row)}
		if set.held[at.collection][at.row] {
			info.Side = "validation"
		}
		if mapped {
			if t, found := e.typicality[info.Image]; found {
				info.Typicality = &t
			}
		}
		shown = append(shown, info)
	}
	return answer(w, http.StatusOK, map[string]any{"total": len(list), "images": shown})
}

// showImage answers with an image as the model sees it.
func (s *Server) showImage(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	set, err := live.images.wait(r.Context(), s)
	if err != nil {
		return err
	}
	at, err := set.find(r.URL.Query().Get("image"))
	if err != nil {
		return err
	}
	tag := `"` + set.Key()[:16] + "-" + strconv.Itoa(at.collection) + "-" + strconv.Itoa(at.row) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, max-age=3600")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	pictures, err := report.FromFloats(set.ImagesOf([]int{at.collection}, []int{at.row}), 1, set.Size, set.Size, set.Channels)
	if err != nil {
		return err
	}
	return picture(w, pictures[0])
}

// picture answers with a PNG.
func picture(w http.ResponseWriter, m image.Image) error {
	var data bytes.Buffer
	if err := report.EncodePNG(&data, m); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Length", strconv.Itoa(data.Len()))
	w.Write(data.Bytes())
	return nil
}

// dataURLs are images, each as an address that holds it.
func dataURLs(m measure.Images) ([]string, error) {
	pictures, err := report.FromFloats(m.Data, m.N, m.H, m.W, m.C)
	if err != nil {
		return nil, err
	}
	urls := make([]string, len(pictures))
	var work errgroup.Group
	for i, p := range pictures {
		work.Go(func() error {
			var data bytes.Buffer
			err := report.EncodePNG(&data, p)
			urls[i] = "data:image/png;base64," + base64.StdEncoding.EncodeToString(data.Bytes())
			return err
		})
	}
	return urls, work.Wait()
}
