package kernel

// taskSize is the least number of elements that are worth a task of their own, and maxTasks how many tasks a pass has
// at most. Both are fixed, so that the order of additions depends on the program alone.
const (
	taskSize = 1 << 12
	maxTasks = 32
)

// partition divides the grid into tasks: over its kept positions if there are enough of them, else also over segments
// of the reduced ones.
func (ps *pass) partition() {
	l := &ps.layout
	work := product(l.dims)
	want := min(maxTasks, max(1, work/taskSize))
	ps.segments, ps.tasks = 1, max(1, min(want, l.kept))
	if len(ps.folds) > 0 && l.kept > 0 && l.kept < want {
		ps.segments = max(1, min(l.folded, (want+l.kept-1)/l.kept))
		ps.tasks = l.kept * ps.segments
	}
	for i := range ps.folds {
		ps.folds[i].partial = ps.partial
		ps.partial += roundUp(ps.folds[i].size, floatsPerLine)
	}
}
