package report

import (
	"fmt"
	"image"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report/page"
)

// Audit is the audit of a run on its way to a page, with what its pictures are drawn from.
type Audit struct {
	Found   *audit.Audit
	Prism   *prism.Prism
	HeldOut *audit.HeldOut

	rows    map[string]int // of a file
	samples [][]image.Image
	shown   map[string]bool // what a finding has shown, and need not be shown again
}

// How many pictures a page shows of a kind.
const (
	shownOfFinding = 8
	shownOfGrid    = 12
	shownOfRanking = 16
)

// Page returns the page: what was found, in sentences with the pictures that show it, then a section a question, and
// the limits.
func (a Audit) Page() (page.Page, error) {
	if err := a.draw(); err != nil {
		return page.Page{}, err
	}
	f := a.Found
	names := a.names()
	p := page.Page{
		Title: "What " + listing.All(names) + " do to what is made of them",
		Subtitle: fmt.Sprintf("An audit of %q on %s held out of training. Intervals are of 95%%.",
			f.About.Run, listing.Count(len(a.HeldOut.Row), "image")),
		Foot: foot(f.About.Program, f.About.Command, f.About.Seed, f.About.Inputs),
	}
	lead, err := a.lead()
	if err != nil {
		return p, err
	}
	p.Lead = lead
	for _, make := range []func() (page.Section, error){a.pictures, a.people, a.flips, a.generation, a.differences, a.typical, a.posterior} {
		section, err := make()
		if err != nil {
			return p, err
		}
		if section.Title != "" {
			p.Sections = append(p.Sections, section)
		}
	}
	p.Sections = append(p.Sections, EvaluationSections(&f.Evaluation)...)
	p.Sections = append(p.Sections, a.datasheets(), limitsOf(a.Found.Limits, a.Found.Skipped))
	return p, nil
}

func (a *Audit) names() []string {
	var names []string
	for _, c := range a.Found.About.Collections {
		names = append(names, c.Name)
	}
	return names
}

// draw makes the samples that several parts show, and finds the rows of files.
func (a *Audit) draw() error {
	a.rows, a.shown = map[string]int{}, map[string]bool{}
	for row := range a.HeldOut.Row {
		a.rows[a.HeldOut.File(row)] = row
	}
	latents, err := a.Prism.Sample(stream.New(a.Found.About.Seed, stream.Report), shownOfGrid, prism.Temperature)
	if err != nil {
		return err
	}
	for _, z := range latents {
		pictures, err := a.decode(z)
		if err != nil {
			return err
		}
		a.samples = append(a.samples, pictures)
	}
	return nil
}

func (a *Audit) decode(z []float32) ([]image.Image, error) {
	decoded, err := a.Prism.Decode(z)
	if err != nil {
		return nil, err
	}
	row, err := RowOf(a.Prism, "", decoded)
	return row.Pictures, err
}

// originals are pictures of held-out rows.
func (a *Audit) originals(rows []int) ([]image.Image, error) {
	row, err := RowOf(a.Prism, "", a.HeldOut.Images.Matrix().Select(rows).Data)
	return row.Pictures, err
}
