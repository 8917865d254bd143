package collection

import (
	"fmt"
	"slices"
	"strings"
)

// manyValues is from how many values on a label names its images rather than to describe them.
const manyValues = 32

// noteLabels notes the labels that nothing can be compared by, and those that look as if they said which images
// belong together. Those in noted are noted already.
func (c *Collection) noteLabels(noted map[string]bool) {
	for _, column := range c.columns.list {
		if !IsContent(column.Name) || noted[column.Name] {
			continue
		}
		values, rows := column.counts(c.usable)
		name := fmt.Sprintf("the label %q", shortened(column.Name))
		note := func(format string, args ...any) {
			c.Notes = append(c.Notes, Skipped{"", name + " " + fmt.Sprintf(format, args...)})
		}
		many := len(values) > manyValues || len(values) == rows && rows > mostValues
		switch {
		case rows == 0:
			note("has no value for any image that can be read")
		case len(values) == 1 && slices.ContainsFunc(c.Where, func(w Where) bool { return w.Label == column.Name }):
		case len(values) == 1:
			note("has the one value %q", shortened(values[0].text))
		case many && c.column(LabelGroup) == nil && namesSubject(column.Name):
			note("has %d values for %d images and keeps none of them together: call it %q if images of one value belong together, as those of one person do", len(values), rows, LabelGroup)
		case many:
			note("has %d values for %d images: too many to compare images by", len(values), rows)
		}
	}
}

// namesSubject tells a label that may say who or what an image shows.
func namesSubject(name string) bool {
	s := spelt(name)
	for _, word := range []string{"person", "identity", "subject", "patient", "people", "celebrity", "individual", "site", "scene", "video", "class"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}
