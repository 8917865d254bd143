package page

import "html/template"

// Prose is a paragraph.
type Prose string

func (p Prose) html() (template.HTML, error) { return fragment(`<p>{{.}}</p>`, p) }

// Heading is the title of the blocks after it within a section.
type Heading string

func (h Heading) html() (template.HTML, error) { return fragment(`<h3>{{.}}</h3>`, h) }

// Statements are sentences that stand out, such as findings, one below the other.
type Statements []Statement

// Statement is a sentence, in small print what it rests on, and pictures that show it. A grave one makes what follows
// from the data unsafe.
type Statement struct {
	Sentence string
	Small    string
	Grave    bool
	Pictures Strip
}

func (s Statements) html() (template.HTML, error) {
	if len(s) == 0 {
		return "", nil
	}
	type item struct {
		Statement
		Shown template.HTML
	}
	items := make([]item, len(s))
	for i, statement := range s {
		items[i].Statement = statement
		if len(statement.Pictures.Pictures) == 0 {
			continue
		}
		var err error
		if items[i].Shown, err = statement.Pictures.html(); err != nil {
			return "", err
		}
	}
	return fragment(`<ol class="statements">
{{range .}}<li{{if .Grave}} class="grave"{{end}}><p>{{.Sentence}}</p>{{with .Small}}<small>{{.}}</small>{{end}}{{.Shown}}</li>
{{end}}</ol>`, items)
}

// List is a list of short lines, such as files.
type List []string

func (l List) html() (template.HTML, error) {
	return fragment(`<ul class="plain">{{range .}}<li>{{.}}</li>
{{end}}</ul>`, l)
}

// Folded is what opens on a click.
type Folded struct {
	Summary string
	Blocks  []Block
}

func (f Folded) html() (template.HTML, error) {
	inner, err := all(f.Blocks)
	if err != nil {
		return "", err
	}
	return fragment(`<details><summary>{{.Summary}}</summary>
{{.Inner}}</details>`, struct {
		Summary string
		Inner   template.HTML
	}{f.Summary, inner})
}

// all renders blocks one after the other.
func all(blocks []Block) (template.HTML, error) {
	var out template.HTML
	for _, b := range blocks {
		part, err := b.html()
		if err != nil {
			return "", err
		}
		out += part + "\n"
	}
	return out, nil
}

// Table is rows of cells of which the first is the row's name.
type Table struct {
	Columns []string
	Rows    []Row
}

// Row is a line of a table.
type Row struct {
	Name  string
	Cells []Cell
}

// Cell is a value as text with its interval. With Bar, the interval is drawn too: Low, At and Width are percentages
// of the scale, and Zero, where it is above 0, is the place of the value that means nothing.
type Cell struct {
	Text, Interval string
	Bar            bool
	Low, At, Width float64
	Zero           float64
}

func (t Table) html() (template.HTML, error) {
	return fragment(`<div class="scroll"><table>
<thead><tr>{{range .Columns}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>
{{range .Rows}}<tr><th scope="row">{{.Name}}</th>{{range .Cells}}<td>{{.Text}}{{with .Interval}}<span class="interval">{{.}}</span>{{end}}{{if .Bar}}<span class="bar" aria-hidden="true">{{if .Zero}}<u style="left:{{printf "%.1f" .Zero}}%"></u>{{end}}<i style="left:{{printf "%.1f" .Low}}%;width:{{printf "%.1f" .Width}}%"></i><b style="left:{{printf "%.1f" .At}}%"></b></span>{{end}}</td>{{end}}</tr>
{{end}}</tbody>
</table></div>`, t)
}
