package report

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/quality"
	"github.com/dataprism/dataprism/report/page"
)

// How many pictures and lines an inspection's page shows of a kind. The JSON has more.
const (
	mostStatements = 10
	mostSets       = 24
	mostOfSet      = 6
	mostOdd        = 12
	mostSamples    = 12
	mostExamples   = 3
	mostLines      = 200
	mostValues     = 20
)

// Inspection is a report of data quality on its way to a page.
type Inspection struct {
	Report   *quality.Report
	Made     string                 // how: version, command, date
	Pictures map[string]image.Image // by collection/path; those of Files are shown where they are there
}

// Files lists the images that the page shows.
func (i Inspection) Files() []string {
	seen := map[string]bool{}
	var out []string
	add := func(files ...string) {
		for _, f := range files {
			if !seen[f] {
				seen[f] = true
				out = append(out, f)
			}
		}
	}
	r := i.Report
	for _, l := range first(r.Duplicates.Leaks, mostSets) {
		add(first(slices.Concat(l.Train, l.Validation), mostOfSet)...)
	}
	for _, sets := range [][][]string{r.Duplicates.Near, r.Duplicates.Exact} {
		for _, set := range first(sets, mostSets) {
			add(first(set, mostOfSet)...)
		}
	}
	for c, described := range r.Collections {
		add(i.samples(c)...)
		for _, o := range first(described.Odd, mostOdd) {
			add(o.File)
		}
	}
	for _, f := range r.Findings {
		add(i.examples(f)...)
	}
	return out
}

// Page returns the page.
func (i Inspection) Page() page.Page {
	r := i.Report
	var names []string
	images := 0
	for _, c := range r.Collections {
		names = append(names, c.Name)
		images += c.Usable
	}
	p := page.Page{
		Title:    "Data quality of " + listing.All(names),
		Subtitle: fmt.Sprintf("%d usable images in %s, measured in their own pixels, without a model.", images, listing.Count(len(names), "collection")),
		Foot:     i.Made,
	}
	p.Lead = i.lead()
	p.Sections = append(p.Sections, i.counts(), i.attributes())
	if len(r.Differences) > 0 {
		p.Sections = append(p.Sections, i.differences())
	}
	if len(r.Duplicates.Drop) > 0 {
		p.Sections = append(p.Sections, i.copies())
	}
	for _, section := range []func() (page.Section, bool){i.odd, i.labels, i.files} {
		if s, some := section(); some {
			p.Sections = append(p.Sections, s)
		}
	}
	p.Sections = append(p.Sections, i.limits())
	return p
}

// lead is what was found, each finding with the pictures that show it.
func (i Inspection) lead() []page.Block {
	if len(i.Report.Findings) == 0 {
		return []page.Block{page.Statements{{Sentence: "Nothing was found to be wrong, and no difference between the collections."}}}
	}
	var all page.Statements
	for _, f := range i.Report.Findings {
		s := page.Statement{Sentence: f.Sentence, Small: fmt.Sprintf("n = %d", f.N), Grave: f.Kind == quality.KindUnread || f.Kind == quality.KindLeak}
		s.Pictures = i.strip(i.examples(f), func(file string) string { return file })
		all = append(all, s)
	}
	return leadOf(all, mostStatements)
}

// strip is those of some files that there are pictures of.
func (i Inspection) strip(files []string, caption func(file string) string) page.Strip {
	var s page.Strip
	for _, f := range files {
		if m := i.Pictures[f]; m != nil {
			s.Pictures = append(s.Pictures, page.Picture{Image: m, Caption: caption(f)})
		}
	}
	return s
}

// examples are a few images that show a finding.
func (i Inspection) examples(f quality.Finding) []string {
	r := i.Report
	switch f.Kind {
	case quality.KindLeak:
		var out []string
		for _, l := range first(r.Duplicates.Leaks, mostExamples) {
			out = append(out, l.Train[0], l.Validation[0])
		}
		return out
	case quality.KindShared, quality.KindDuplicates:
		for _, set := range slices.Concat(r.Duplicates.Near, r.Duplicates.Exact) {
			if covers(set, f.Collections) {
				return first(set, mostExamples)
			}
		}
	case quality.KindDifference:
		for _, a := range quality.Attributes() {
			if a.Name != f.Attribute {
				continue
			}
			var out []string
			for c, described := range r.Collections {
				if slices.Contains(f.Collections, described.Name) {
					out = append(out, i.typical(c, a)...)
				}
			}
			return out
		}
	}
	return nil
}

// covers says whether a set of files has some of each collection, or twice of one.
func covers(set, collections []string) bool {
	for _, c := range collections {
		n := 0
		for _, f := range set {
			if strings.HasPrefix(f, c+"/") {
				n++
			}
		}
		if n == 0 || len(collections) == 1 && n < 2 {
			return false
		}
	}
	return true
}

// typical are the images of a collection whose attribute is nearest to its median.
func (i Inspection) typical(c int, a quality.Attribute) []string {
	r := i.Report
	middle, ok := r.Collections[c].Quality.Attributes[a.Name]
	if !ok {
		return nil
	}
	type candidate struct {
		file string
		far  float64
	}
	var best []candidate
	for k := range r.Images {
		m := &r.Images[k]
		if m.Collection != c || m.Measured == nil {
			continue
		}
		far := math.Abs(a.Of(&m.Measurements) - middle.Median)
		if math.IsNaN(far) || len(best) == mostExamples && far >= best[len(best)-1].far {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, far, func(b candidate, far float64) int {
			if b.far <= far {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, candidate{r.Collections[c].Name + "/" + m.File, far})
		best = first(best, mostExamples)
	}
	var out []string
	for _, b := range best {
		out = append(out, b.file)
	}
	return out
}

// samples are images at even steps through a collection.
func (i Inspection) samples(c int) []string {
	var own []string
	r := i.Report
	for k := range r.Images {
		if m := &r.Images[k]; m.Collection == c && m.Measured != nil {
			own = append(own, r.Collections[c].Name+"/"+m.File)
		}
	}
	if len(own) <= mostSamples {
		return own
	}
	var out []string
	for k := range mostSamples {
		out = append(out, own[(2*k+1)*len(own)/(2*mostSamples)])
	}
	return out
}
