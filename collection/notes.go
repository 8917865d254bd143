package collection

import (
	"fmt"
	"strconv"
	"strings"
)

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

// moreAlike stands between the number and the reason of those that were left out, in the note that stands for them.
const moreAlike = " more: "

// CountNotes says how many notes the collection has, and how many of them are in its list: of one reason no more than 10,000
// are, and one of the list then stands for the others.
func (c *Collection) CountNotes() (all, listed int) {
	reasons := map[string]int{}
	for _, note := range c.Notes {
		reasons[note.Reason]++
	}
	for _, note := range c.Notes {
		number, reason, _ := strings.Cut(note.Reason, moreAlike)
		if more, err := strconv.Atoi(number); err == nil && note.File == "" && reasons[reason] >= maxNotes {
			all += more
		} else {
			all, listed = all+1, listed+1
		}
	}
	return all, listed
}

// all returns the notes, with one more for each reason of which some were left out.
func (n *notes) all() []Skipped {
	all := n.list
	done := map[string]bool{}
	for _, note := range n.list {
		if more := n.counts[note.Reason] - maxNotes; more > 0 && !done[note.Reason] {
			done[note.Reason] = true
			all = append(all, Skipped{"", fmt.Sprint(more, moreAlike, note.Reason)})
		}
	}
	return all
}
