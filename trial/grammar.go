package trial

import (
	"fmt"
	"strings"
)

// Kind is where the images of a set are from.
type Kind string

// The kinds of sets.
const (
	Real          Kind = "real"          // training images of a collection
	Reconstructed Kind = "reconstructed" // what the decoder makes of their latents: its share of every effect
	Into          Kind = "into"          // projections of the other collections' training images, with their labels
	Drawn         Kind = "drawn"         // images drawn for each value of the label
	Listed        Kind = "listed"        // the training images that a file names
)

// Atom is one set of a sum of sets.
type Atom struct {
	Kind       Kind
	Collection string // of every kind but Listed
	File       string // of Listed
	From       string // of Into: the one collection whose images are projected; empty for all others
	Shape      string // of Drawn: what is kept of the codes' covariance; see [Shapes]
}

// Shapes are what drawn(C, SHAPE) keeps of the codes of a value of the label: their covariance, its diagonal, or their
// mean alone. The first is the default.
func Shapes() []string { return []string{"full", "diagonal", "mean"} }

// String is a in the grammar.
func (a Atom) String() string {
	switch {
	case a.Kind == Real:
		return a.Collection
	case a.Kind == Listed:
		return quoted(a.File)
	case a.From != "":
		return fmt.Sprintf("into(%s, %s)", a.Collection, a.From)
	case a.Kind == Drawn && a.Shape != Shapes()[0]:
		return fmt.Sprintf("drawn(%s, %s)", a.Collection, a.Shape)
	}
	return fmt.Sprintf("%s(%s)", a.Kind, a.Collection)
}

// Expert is one classifier of a trial.
type Expert struct {
	Name    string
	Sets    []Atom
	Weights string // a rule, a number of images, or a file; empty counts all images alike
	Method  string // see [Methods]
	Options []string
}

// String is e in the grammar.
func (e Expert) String() string {
	var text strings.Builder
	text.WriteString(e.Name + "=" + e.set())
	if e.Weights != "" {
		text.WriteString(":" + quotedWeights(e.Weights))
	}
	text.WriteString("@" + strings.Join(append([]string{e.Method}, e.Options...), "+"))
	return text.String()
}

// set is the sum of e's sets in the grammar.
func (e Expert) set() string {
	parts := make([]string, len(e.Sets))
	for i, a := range e.Sets {
		parts[i] = a.String()
	}
	return strings.Join(parts, "+")
}

// SyntaxError says what is wrong with a part of an expert.
type SyntaxError struct {
	Text   string // all of it
	At     int    // byte of Text at which the part begins
	Reason string
}

func (e *SyntaxError) Error() string {
	part := e.Text[min(e.At, len(e.Text)):]
	where := fmt.Sprintf("at %q", part)
	if part == "" {
		where = "at its end"
	}
	return fmt.Sprintf("%q is no expert: %s, %s (write one like real=lfw or made=lfw+drawn(lfw):even@network)", e.Text, where, e.Reason)
}
