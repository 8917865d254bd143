package kernel

import (
	"fmt"
	"unsafe"
)

// Gather copies rows of a table, chosen by indices. It may run from several goroutines at once.
type Gather struct {
	rows, size, count int
	tasks             int
	runs              freeList[gatherRun]
}

type gatherRun struct {
	g        *Gather
	dst, src unsafe.Pointer
	indices  []int32
	task     func(worker, task int)
}

// CompileGather prepares copies of count rows from a table of rows rows of size bytes each.
func (k *Kernels) CompileGather(rows, size, count int) (*Gather, error) {
	if size < 0 || count < 0 || rows < 0 || rows == 0 && count > 0 {
		return nil, fmt.Errorf("gather: cannot take %d rows of %d bytes from a table of %d", count, size, rows)
	}
	g := &Gather{rows: rows, size: size, count: count}
	g.tasks = max(1, min(maxTasks, count, count*size/(4*taskSize)))
	return g, nil
}

// Run writes row indices[i] of src to row i of dst. Indices beyond the table are taken as its nearest row.
func (g *Gather) Run(p *Pool, dst, src unsafe.Pointer, indices []int32) {
	r := g.runs.get()
	if r.task == nil {
		r.g, r.task = g, r.runTask
	}
	r.dst, r.src, r.indices = dst, src, indices[:g.count]
	p.Run(g.tasks, r.task)
	r.dst, r.src, r.indices = nil, nil, nil
	g.runs.put(r)
}

func (r *gatherRun) runTask(worker, task int) {
	g := r.g
	for i := g.count * task / g.tasks; i < g.count*(task+1)/g.tasks; i++ {
		row := min(max(int(r.indices[i]), 0), g.rows-1)
		copy(bytesAt(unsafe.Add(r.dst, i*g.size), g.size), bytesAt(unsafe.Add(r.src, row*g.size), g.size))
	}
}

// ScatterAdd adds rows of floats to the rows of a table, chosen by indices. It may run from several goroutines at
// once, on different tables.
type ScatterAdd struct {
	kernels              *Kernels
	rows, columns, count int
	tasks                int
	runs                 freeList[scatterRun]
}

type scatterRun struct {
	s            *ScatterAdd
	dst, updates unsafe.Pointer
	indices      []int32
	task         func(worker, task int)
}

// scatterTasks is how many tasks share a table at most. Each reads all indices.
const scatterTasks = 8

// CompileScatterAdd prepares the addition of count rows to a table of rows rows of columns floats each.
func (k *Kernels) CompileScatterAdd(rows, columns, count int) (*ScatterAdd, error) {
	if rows < 0 || columns < 0 || count < 0 {
		return nil, fmt.Errorf("scatter: cannot add %d rows of %d to a table of %d", count, columns, rows)
	}
	s := &ScatterAdd{kernels: k, rows: rows, columns: columns, count: count}
	s.tasks = max(1, min(scatterTasks, rows, count*columns/taskSize))
	return s, nil
}

// Run adds row i of updates to row indices[i] of dst, in the order of i for each row. Updates with an index beyond
// the table are left out.
func (s *ScatterAdd) Run(p *Pool, dst, updates unsafe.Pointer, indices []int32) {
	r := s.runs.get()
	if r.task == nil {
		r.s, r.task = s, r.runTask
	}
	r.dst, r.updates, r.indices = dst, updates, indices[:s.count]
	p.Run(s.tasks, r.task)
	r.dst, r.updates, r.indices = nil, nil, nil
	s.runs.put(r)
}

// runTask makes the additions to one part of the table.
func (r *scatterRun) runTask(worker, task int) {
	s := r.s
	first, end := s.rows*task/s.tasks, s.rows*(task+1)/s.tasks
	add := s.kernels.vector.ops[OpAdd]
	args := s.kernels.vector.calls.get()
	args.stepA, args.stepB, args.n = 1, 1, s.columns
	for i, index := range r.indices {
		if row := int(index); row >= first && row < end {
			at := unsafe.Add(r.dst, 4*row*s.columns)
			args.dst, args.a, args.b = at, at, unsafe.Add(r.updates, 4*i*s.columns)
			add(args)
		}
	}
	*args = call{}
	s.kernels.vector.calls.put(args)
}
