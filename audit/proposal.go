package audit

// Proposal is a new image whose label would tell most.
type Proposal struct {
	File string `json:"file"`
	Why  string `json:"why"` // [ForContext] or [ForUnexplained]
	// Context is the one that grew most among those that the image has; empty where it has none.
	Context string `json:"context,omitempty"`
}

// Why an image is proposed.
const (
	ForContext     = "context"     // it has what the benchmark lacks
	ForUnexplained = "unexplained" // no context says why it is told from the benchmark
)

// mostUnnamed is how many images are shown for a person to name.
const mostUnnamed = 48

// propose chooses the images to label next: in turn one that has most of the contexts that the benchmark lacks and
// one that contexts account for least, never two of one unit.
func (d *drift) propose(named, unnamed []float64) {
	queues := []struct {
		why  string
		rows []int
	}{{ForContext, descending(named)}, {ForUnexplained, descending(unnamed)}}
	units, taken := d.unitsOf(newSide), map[int]bool{}
	for turn := 0; len(d.found.Proposed) < d.settings.Propose; turn++ {
		q := &queues[turn%2]
		for len(q.rows) > 0 && taken[units[q.rows[0]]] {
			q.rows = q.rows[1:]
		}
		if len(q.rows) == 0 {
			return // the other one has the same images
		}
		row := q.rows[0]
		taken[units[row]] = true
		d.found.Proposed = append(d.found.Proposed, Proposal{d.in.File(row), q.why, d.grown(row)})
	}
}

// grown is the found context that grew most among those that a new image has.
func (d *drift) grown(row int) string {
	best, name := 0.0, ""
	for _, c := range d.contexts {
		if c.Found && c.has != nil && c.has[row] == 1 && c.Difference.Value > best {
			best, name = c.Difference.Value, c.Name
		}
	}
	return name
}
