// Package page makes reports as single HTML files: sentences, tables with their intervals, charts and pictures, in
// one look. A page needs no network and no script.
package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// Page is a report. It follows the reader's light or dark mode, fits a phone, and prints.
type Page struct {
	Title    string
	Subtitle string
	Lead     []Block // the first screen: what was found
	Sections []Section
	Foot     string // how the page was made
}

// Section is a part of a page; Note says how to read it.
type Section struct {
	Title, Note string
	Blocks      []Block
}

// Block is a piece of a section: [Prose], [Heading], [List], [Statements], [Table], [Histograms], [Curves], [Strip],
// [Sets], [Wide] or [Folded].
type Block interface {
	// html is the block in the classes of page.html.
	html() (template.HTML, error)
}

//go:embed page.html
var pageTemplate string

// HTML returns the page.
func (p Page) HTML() ([]byte, error) {
	show := func(b Block) (template.HTML, error) { return b.html() }
	page, err := template.New("page").Funcs(template.FuncMap{"show": show}).Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("page template: %w", err)
	}
	var out bytes.Buffer
	if err := page.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return out.Bytes(), nil
}

// Write writes the page to a file.
func (p Page) Write(path string) error {
	data, err := p.HTML()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.Write(path, data)
}

// fragment renders a block's template.
func fragment(text string, data any) (template.HTML, error) {
	t, err := template.New("block").Parse(text)
	if err != nil {
		return "", fmt.Errorf("block template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return "", fmt.Errorf("block: %w", err)
	}
	return template.HTML(out.String()), nil
}
