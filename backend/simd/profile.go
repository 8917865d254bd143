package simd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gomlx/compute/support/humanize"
)

// profile is the time that the steps of an executable have taken.
type profile struct {
	mu    sync.Mutex
	steps map[step]*stepTime
}

type stepTime struct {
	runs        int
	total, best time.Duration
}

func newProfile() *profile { return &profile{steps: make(map[step]*stepTime)} }

func (p *profile) add(s step, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.steps[s]
	if t == nil {
		t = &stepTime{best: d}
		p.steps[s] = t
	}
	t.runs++
	t.total += d
	t.best = min(t.best, d)
}

// Profile returns the time by kind of step, and the steps that took most of it, over all executions so far: the mean,
// and the sum of what each step took at best, which other work on the machine disturbs less. It is empty unless the
// backend was made with the option "profile".
func (e *Executable) Profile() string {
	if e.profile == nil {
		return ""
	}
	e.profile.mu.Lock()
	defer e.profile.mu.Unlock()
	kinds := make(map[string]*stepTime)
	counts := make(map[string]int)
	var steps []step
	runs := 1
	for s, t := range e.profile.steps {
		k := kinds[s.kind()]
		if k == nil {
			k = &stepTime{}
			kinds[s.kind()] = k
		}
		k.total += t.total
		k.best += t.best
		counts[s.kind()]++
		runs = max(runs, t.runs)
		steps = append(steps, s)
	}
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(kinds[b].total, kinds[a].total) })
	var text strings.Builder
	for _, name := range names {
		fmt.Fprintf(&text, "%-10s %5d steps %12s an execution, at best %s\n", name, counts[name],
			kinds[name].total/time.Duration(runs), kinds[name].best)
	}
	slices.SortFunc(steps, func(a, b step) int {
		return cmp.Compare(e.profile.steps[b].best, e.profile.steps[a].best)
	})
	for _, s := range steps[:min(len(steps), 30)] {
		fmt.Fprintf(&text, "%12s %s\n", e.profile.steps[s].best, s)
	}
	return text.String()
}

// PeakMemory returns the bytes of an execution's arena, beside its inputs and outputs, and the bytes of the tensors
// that are alive at the worst step.
func (e *Executable) PeakMemory() (arena, demand int) { return e.plan.arena, e.plan.demand }

// Memory describes the peak of the memory of an execution.
func (e *Executable) Memory() string {
	return fmt.Sprintf("arena %s; alive at step %d of %d: %s", humanize.Bytes(e.plan.arena), e.plan.worst,
		len(e.steps), humanize.Bytes(e.plan.demand))
}

// String lists the steps in the order in which they run.
func (e *Executable) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "computation %q: %s\n", e.name, e.Memory())
	for i, s := range e.steps {
		fmt.Fprintf(&text, "%5d  %s\n", i, s)
	}
	return text.String()
}

// String shows the fragment as a line of assignments.
func (f *fragment) String() string {
	name := func(r register) string {
		if i := r.input(); i >= 0 {
			return f.inputs[i].String()
		}
		return fmt.Sprintf("r%d", r)
	}
	var parts []string
	for i, in := range f.instrs {
		args := make([]string, 0, 3)
		for _, r := range in.operands() {
			args = append(args, name(r))
		}
		if len(args) == 0 {
			args = append(args, fmt.Sprint(in.literal))
		}
		parts = append(parts, fmt.Sprintf("r%d=%s(%s)", i, in.op, strings.Join(args, ",")))
	}
	for _, out := range f.outputs {
		how := ""
		if out.axes != nil {
			how = fmt.Sprintf(" reduced %d over %v", out.reduce, out.axes)
		}
		parts = append(parts, fmt.Sprintf("%s<-%s%s", out.tensor, name(out.register), how))
	}
	return fmt.Sprintf("%v: %s", f.dims, strings.Join(parts, "; "))
}
