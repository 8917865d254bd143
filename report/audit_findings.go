package report

import (
	"cmp"
	"fmt"
	"image"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report/page"
)

// lead is what was found.
func (a *Audit) lead() ([]page.Block, error) {
	if len(a.Found.Findings) == 0 {
		return []page.Block{page.Statements{{Sentence: "Nothing was found whose interval excludes chance."}}}, nil
	}
	const most = 12
	shown, rest := firstOfEachKind(a.Found.Findings, most)
	lead, err := a.statements(append(shown, rest...))
	if err != nil {
		return nil, err
	}
	return leadOf(lead, len(shown)), nil
}

// firstOfEachKind are at most most of the findings, and the others, both in their order: of each kind the first before the
// second of any, since there may be many of a kind.
func firstOfEachKind(all []audit.Finding, most int) (shown, rest []audit.Finding) {
	count, place := map[string]int{}, make([]int, len(all)) // place of each within its kind
	for i, f := range all {
		place[i], count[f.Kind] = count[f.Kind], count[f.Kind]+1
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(place[a], place[b]) })
	kept := map[int]bool{}
	for _, i := range order[:min(most, len(all))] {
		kept[i] = true
	}
	for i, f := range all {
		if kept[i] {
			shown = append(shown, f)
		} else {
			rest = append(rest, f)
		}
	}
	return shown, rest
}

// statements are findings with the pictures that show them.
func (a *Audit) statements(findings []audit.Finding) (page.Statements, error) {
	var all page.Statements
	for _, f := range findings {
		pictures, err := a.shows(f)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Statement{Sentence: f.Sentence, Small: a.rests(f), Grave: f.Kind == audit.KindLeakage, Pictures: pictures})
	}
	return all, nil
}

// rests says what a finding rests on: what was measured, with its interval, and of how many images.
func (a *Audit) rests(f audit.Finding) string {
	share := func(what string) string {
		return fmt.Sprintf("%s %s, 95%% interval %s to %s, from %s", what, percent(f.Value), percent(f.Low), percent(f.High), a.counted(f))
	}
	points := func(what string) string {
		return fmt.Sprintf("%s %+.1f points, 95%% interval %+.1f to %+.1f, from %s", what, 100*f.Value, 100*f.Low, 100*f.High, a.counted(f))
	}
	switch f.Kind {
	case audit.KindLeakage, audit.KindDifference:
		return share("named right, classes balanced:")
	case audit.KindProjection:
		return share("changed:")
	case audit.KindPrevalence, audit.KindContent, audit.KindTypicality:
		return points("difference of shares:")
	case audit.KindAmplification:
		return points("samples less data:")
	case audit.KindTemperature:
		return points("samples as shown less samples:")
	case audit.KindCoverage:
		return points("coverage by its own images less that by samples:")
	case audit.KindGeneration, audit.KindQuality:
		return fmt.Sprintf("difference of KID: %.3g, 95%% interval %.3g to %.3g, from %s", f.Value, f.Low, f.High, a.counted(f))
	}
	return fmt.Sprintf("%s: %s, 95%% interval %s to %s, from %s", f.Kind, number(f.Value), number(f.Low), number(f.High), a.counted(f))
}

// counted says which images a finding's n counts.
func (a *Audit) counted(f audit.Finding) string {
	switch f.Kind {
	case audit.KindGeneration:
		q := a.Found.Generation[f.Collections[0]].Samples
		return listing.Count(q.Made, "sample") + " and " + listing.Count(q.Real, "held-out image")
	case audit.KindCoverage:
		r := a.Found.Generation[f.Collections[0]].Reach
		return listing.Count(r.Made, "sample") + " and " + listing.Count(r.Real+r.Made, "held-out image")
	case audit.KindAmplification, audit.KindQuality:
		return listing.Count(f.N, "image") + ", samples and held-out ones"
	case audit.KindTemperature:
		return listing.Count(f.N, "sample")
	}
	return listing.Count(f.N, "held-out image")
}

// shows are the pictures that a finding can be seen in.
func (a *Audit) shows(f audit.Finding) (page.Strip, error) {
	switch f.Kind {
	case audit.KindProjection:
		return a.projected(f)
	case audit.KindPrevalence:
		return a.labelled(f)
	case audit.KindAmplification, audit.KindTemperature, audit.KindGeneration, audit.KindCoverage, audit.KindQuality:
		c, err := a.Prism.Collection(f.Collections[0])
		samples := "samples under " + f.Collections[0]
		if err != nil || a.shown[samples] {
			return page.Strip{}, err
		}
		a.shown[samples] = true
		return strip(a.samples[c][:min(shownOfFinding, len(a.samples[c]))], func(int) string { return "sample" }), nil
	case audit.KindTypicality:
		if typical := "most typical of " + f.Collections[0]; !a.shown[typical] {
			a.shown[typical] = true
			return a.files(a.Found.Typicality[f.Collections[0]].Most, shownOfFinding)
		}
	case audit.KindDifference:
		for _, d := range a.Found.Differences {
			if d.Collections == [2]string(f.Collections) {
				return a.files(append(first(d.Apart[0], shownOfFinding/2), first(d.Apart[1], shownOfFinding/2)...), shownOfFinding)
			}
		}
	}
	return page.Strip{}, nil
}

// withValue are some held-out rows of a collection with an attribute's value, "beard=yes".
func (a *Audit) withValue(c int, attribute string, most int) []int {
	name, value, _ := strings.Cut(attribute, "=")
	var rows []int
	for row, label := range a.HeldOut.Labels(name) {
		if a.HeldOut.Collection[row] == c && label == value {
			rows = append(rows, row)
		}
	}
	return spread(rows, most)
}

// spread are at most n of rows that lie evenly among them: those at the beginning often have something in common.
func spread(rows []int, n int) []int {
	n = min(n, len(rows))
	out := make([]int, n)
	for i := range out {
		out[i] = rows[(2*i+1)*len(rows)/(2*n)]
	}
	return out
}

// labelled shows held-out images with the finding's value.
func (a *Audit) labelled(f audit.Finding) (page.Strip, error) {
	c, err := a.Prism.Collection(f.Collections[0])
	if err != nil {
		return page.Strip{}, err
	}
	rows := a.withValue(c, f.Attribute, shownOfFinding)
	if len(rows) == 0 {
		return page.Strip{}, nil
	}
	pictures, err := a.originals(rows)
	return strip(pictures, func(int) string { return f.Collections[0] }), err
}

// projected shows images with the finding's value before, each beside its projection.
func (a *Audit) projected(f audit.Finding) (page.Strip, error) {
	from, err := a.Prism.Collection(f.Collections[0])
	if err != nil {
		return page.Strip{}, err
	}
	to, err := a.Prism.Collection(f.Collections[1])
	if err != nil {
		return page.Strip{}, err
	}
	rows := a.withValue(from, f.Attribute, shownOfFinding/2)
	if len(rows) == 0 {
		return page.Strip{}, nil
	}
	before, err := a.originals(rows)
	if err != nil {
		return page.Strip{}, err
	}
	z, err := a.Prism.Latents(a.HeldOut.V.Select(rows).Data, prism.Repeat(to, len(rows)))
	if err != nil {
		return page.Strip{}, err
	}
	after, err := a.decode(z)
	if err != nil {
		return page.Strip{}, err
	}
	var s page.Strip
	for i := range rows {
		s.Pictures = append(s.Pictures, page.Picture{Image: before[i], Caption: f.Collections[0]}, page.Picture{Image: after[i], Caption: "as " + f.Collections[1]})
	}
	return s, nil
}

// files are pictures of held-out images by name.
func (a *Audit) files(files []string, most int) (page.Strip, error) {
	var rows []int
	var names []string
	for _, file := range first(files, most) {
		if row, ok := a.rows[file]; ok {
			rows, names = append(rows, row), append(names, file)
		}
	}
	if len(rows) == 0 {
		return page.Strip{}, nil
	}
	pictures, err := a.originals(rows)
	return strip(pictures, func(i int) string { return names[i] }), err
}

// strip shows pictures, each with its caption; one that all share stands once.
func strip(pictures []image.Image, caption func(i int) string) page.Strip {
	var s page.Strip
	for i, p := range pictures {
		text := caption(i)
		if i > 0 && text == caption(0) {
			text = ""
		}
		s.Pictures = append(s.Pictures, page.Picture{Image: p, Caption: text})
	}
	return s
}
