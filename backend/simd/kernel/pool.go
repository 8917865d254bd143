package kernel

import (
	"math"
	"runtime"
	"sync/atomic"
)

// Pool is a fixed set of workers that run the tasks of one call side by side.
//
// A call costs a few hundred nanoseconds while the workers are awake: they look for new work for a short time (see
// spins) before they sleep. Each worker has a share of neighbouring tasks of its own, so that what kernels of one
// shape leave in a core's cache is found there by the next. A worker that is done gives the others a moment to take
// their last tasks (see spinsPerSteal) before it takes them, one by one: so one that the operating system has
// interrupted holds up one task only. A nil *Pool runs everything on the caller.
//
// What makes a call slow is memory that travels between cores. A worker waits for tasks at one cache line of its own
// for each job, and the caller waits for their ends at another, which a worker writes once.
type Pool struct {
	jobs    [maxJobs]job
	workers []worker // without the caller
	closed  atomic.Bool
}

const (
	// maxJobs is the number of Run calls that share the workers at a time. Further calls run on their own goroutine
	// alone.
	maxJobs = 8

	// spins is how often a worker without work looks for its tasks before it sleeps, and a caller at its workers:
	// some 100 microseconds, which is longer than a kernel that keeps one core busy, and no longer than a few sleeps
	// and wake-ups through the operating system.
	spins = 20000

	// spinsPerSteal is how often it looks before it looks for tasks of others, about a microsecond, and lets other
	// goroutines run.
	spinsPerSteal = 400
)

// job is one call of Run.
type job struct {
	taken  atomic.Bool // belongs to a caller
	run    func(worker, task int)
	shares []share // by worker; the caller's is the first

	callerSleeps atomic.Bool
	wakeCaller   chan struct{}
	panicked     atomic.Pointer[taskPanic]

	_ [lineBytes]byte // the next job on another cache line
}

// share is a worker's part of the tasks of a job.
type share struct {
	// tasks are those that nobody has taken: the first in the upper half, the one after the last in the lower.
	// Whoever takes one has taken it from the job that is under way, for which the caller waits.
	tasks atomic.Uint64
	_     [lineBytes - 8]byte
	done  atomic.Int64 // tasks that have returned
	_     [lineBytes - 8]byte
}

// taskPanic is what a task on a worker panicked with.
type taskPanic struct{ value any }

// worker is the sleeping place of one goroutine.
type worker struct {
	sleeps atomic.Bool
	wake   chan struct{}
}

// NewPool starts a pool of workers, the caller of Run counted as one of them: NewPool(2) starts one goroutine. Fewer
// than one is taken as one. Close ends the goroutines.
func NewPool(workers int) *Pool {
	p := &Pool{workers: make([]worker, max(0, workers-1))}
	for i := range p.jobs {
		p.jobs[i].wakeCaller = make(chan struct{}, 1)
		p.jobs[i].shares = make([]share, len(p.workers)+1)
	}
	for i := range p.workers {
		p.workers[i].wake = make(chan struct{}, 1)
		go p.work(i + 1)
	}
	return p
}

// Workers returns the number of workers, the caller included.
func (p *Pool) Workers() int {
	if p == nil {
		return 1
	}
	return len(p.workers) + 1
}

// Run calls f(worker, 0), f(worker, 1), ..., f(worker, tasks-1), each once, on the workers and the caller, and
// returns when all have returned. worker is below Workers and tells where a task runs, 0 on the caller: memory that a
// task with the same number has used last is near. The order is not defined: a result that is the same for any number
// of workers needs tasks that do not depend on each other. Run may be called from several goroutines at once and from
// a task. It allocates nothing. A panic of a task is raised again in the caller, after the other tasks that had been
// started have returned.
func (p *Pool) Run(tasks int, f func(worker, task int)) {
	if tasks > 1 && p != nil && len(p.workers) > 0 {
		for i := range p.jobs {
			j := &p.jobs[i]
			if !j.taken.Load() && j.taken.CompareAndSwap(false, true) {
				p.share(j, tasks, f)
				return
			}
		}
	}
	for task := range tasks {
		f(0, task)
	}
}

// Close ends the workers' goroutines. Calls of Run that are under way, and later ones, still complete: on their own
// goroutine.
func (p *Pool) Close() {
	if p == nil || p.closed.Swap(true) {
		return
	}
	for i := range p.workers {
		p.workers[i].rouse()
	}
}

// share runs the tasks on the caller and on the workers that join in.
func (p *Pool) share(j *job, tasks int, f func(worker, task int)) {
	j.run = f
	n := len(j.shares)
	for i := range j.shares {
		s := &j.shares[n-1-i] // the caller's at last
		s.done.Store(0)
		s.tasks.Store(uint64((n-1-i)*tasks/n)<<32 | uint64((n-i)*tasks/n))
	}
	for i := range p.workers {
		p.workers[i].rouse()
	}
	j.take(0, 0, tasks)
	j.wait(tasks)
	panicked := j.panicked.Swap(nil)
	j.run = nil
	j.taken.Store(false)
	if panicked != nil {
		panic(panicked.value)
	}
}

// wait returns when all tasks have returned. It runs those that stay untaken.
func (j *job) wait(tasks int) {
	for spin := 1; !j.done(tasks); spin++ {
		if spin%spinsPerSteal == 0 {
			if j.steal(0) {
				spin = 0
				continue
			}
			runtime.Gosched()
		}
		if spin < spins {
			continue
		}
		j.callerSleeps.Store(true)
		if !j.done(tasks) || !j.callerSleeps.CompareAndSwap(true, false) {
			<-j.wakeCaller
		}
	}
}

// done reports whether all tasks have returned.
func (j *job) done(tasks int) bool {
	n := 0
	for i := range j.shares {
		n += int(j.shares[i].done.Load())
	}
	return n == tasks
}

// take runs tasks of a share on a worker, up to most, until none is left, and reports whether there was one. It keeps
// a panic for the caller.
func (j *job) take(worker, share, most int) bool {
	s := &j.shares[share]
	task, ok := s.next()
	if !ok {
		return false
	}
	n := 0
	defer func() {
		if r := recover(); r != nil {
			n++
			j.panicked.CompareAndSwap(nil, &taskPanic{r})
			j.abandon()
		}
		s.done.Add(int64(n))
		if j.callerSleeps.Load() && j.callerSleeps.CompareAndSwap(true, false) {
			j.wakeCaller <- struct{}{}
		}
	}()
	for ok {
		j.run(worker, task)
		if n++; n == most {
			break
		}
		task, ok = s.next()
	}
	return true
}

// steal runs one task of another worker's share and reports whether there was one.
func (j *job) steal(worker int) bool {
	for i := 1; i < len(j.shares); i++ {
		if j.take(worker, (worker+i)%len(j.shares), 1) {
			return true
		}
	}
	return false
}

// abandon counts the tasks that nobody has taken as done.
func (j *job) abandon() {
	for i := range j.shares {
		s := &j.shares[i]
		for _, ok := s.next(); ok; _, ok = s.next() {
			s.done.Add(1)
		}
	}
}

// next takes the next task.
func (s *share) next() (task int, ok bool) {
	for {
		t := s.tasks.Load()
		if t>>32 >= t&(1<<32-1) {
			return 0, false
		}
		if s.tasks.CompareAndSwap(t, t+1<<32) {
			return int(t >> 32), true
		}
	}
}

// rouse wakes the worker if it sleeps.
func (w *worker) rouse() {
	if w.sleeps.Load() && w.sleeps.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
}

// work is the life of a worker; the caller of Run has number 0.
func (p *Pool) work(number int) {
	w := &p.workers[number-1]
	for idle := 0; !p.closed.Load(); {
		if p.help(number) {
			idle = 0
			continue
		}
		idle++
		if idle%spinsPerSteal == 0 {
			if p.steal(number) {
				idle = 0
				continue
			}
			runtime.Gosched()
		}
		if idle < spins {
			continue
		}
		idle = 0
		w.sleeps.Store(true)
		// Tasks that were shared out, or a Close, before sleeps was set did not see this worker asleep: look again.
		if (p.help(number) || p.closed.Load()) && w.sleeps.CompareAndSwap(true, false) {
			continue
		}
		<-w.wake
	}
}

// help runs the worker's share of every job and reports whether there was one.
func (p *Pool) help(worker int) (found bool) {
	for i := range p.jobs {
		if p.jobs[i].take(worker, worker, math.MaxInt) {
			found = true
		}
	}
	return found
}

// steal runs one task of another worker and reports whether there was one.
func (p *Pool) steal(worker int) bool {
	for i := range p.jobs {
		if p.jobs[i].steal(worker) {
			return true
		}
	}
	return false
}
