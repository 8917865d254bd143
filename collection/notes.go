package collection

import "fmt"

// maxNotes is how many files are noted for one reason. Labels of a large set beside a few of its images are no reason
// for a million notes.
const maxNotes = 10_000

// notes collects what is worth knowing about files.
type notes struct {
	list   []Skipped
	counts map[string]int // by reason
}

func (n *notes) add(file, reason string) {
	if n.counts == nil {
		n.counts = map[string]int{}
	}
	n.counts[reason]++
	if n.counts[reason] <= maxNotes {
		n.list = append(n.list, Skipped{file, reason})
	}
}

// all returns the notes, with one more for each reason of which some were left out.
func (n *notes) all() []Skipped {
	all := n.list
	done := map[string]bool{}
	for _, note := range n.list {
		if more := n.counts[note.Reason] - maxNotes; more > 0 && !done[note.Reason] {
			done[note.Reason] = true
			all = append(all, Skipped{"", fmt.Sprintf("%d more: %s", more, note.Reason)})
		}
	}
	return all
}
