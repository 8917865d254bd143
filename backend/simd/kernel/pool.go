package kernel

import (
	"runtime"
	"sync/atomic"
)

// Pool is a fixed set of workers that run the tasks of one call side by side.
//
// A call costs well under a microsecond while the workers are awake: they look
// for new work for a short time (see spins) before they sleep. Tasks are
// handed out one by one, so a worker that the operating system has interrupted
// holds up one task only. A nil *Pool runs everything on the caller.
type Pool struct {
	jobs    [maxJobs]job
	workers []worker // without the caller
	closed  atomic.Bool
}

const (
	// maxJobs is the number of Run calls that share the workers at a time.
	// Further calls run on their own goroutine alone.
	maxJobs = 8

	// spins is how often a worker without work looks at the jobs before it
	// sleeps, and a caller at its workers: about 20 microseconds, which is
	// longer than the gap between two kernels of one schedule and shorter
	// than a sleep and a wake-up through the operating system.
	spins = 2000

	// spinsPerYield is how often it looks before it lets other goroutines run.
	spinsPerYield = 64
)

// job is one call of Run.
//
// A worker announces itself in users before it looks at open, and the caller
// closes the job before it waits for users to fall to zero. Whichever of them
// is second sees the other, so no worker touches a job that is being reused.
type job struct {
	taken atomic.Bool  // belongs to a caller
	open  atomic.Bool  // workers may join
	users atomic.Int32 // workers that look at it or work on it
	next  atomic.Int64 // the first task that nobody has taken
	tasks atomic.Int64
	run   func(task int)

	callerSleeps atomic.Bool
	wakeCaller   chan struct{}
	panicked     atomic.Pointer[taskPanic]

	_ [64]byte // the next job's counters on another cache line
}

// taskPanic is what a task on a worker panicked with.
type taskPanic struct{ value any }

// worker is the sleeping place of one goroutine.
type worker struct {
	sleeps atomic.Bool
	wake   chan struct{}
}

// NewPool starts a pool of workers, the caller of Run counted as one of them:
// NewPool(2) starts one goroutine. Fewer than one is taken as one. Close ends
// the goroutines.
func NewPool(workers int) *Pool {
	p := &Pool{workers: make([]worker, max(0, workers-1))}
	for i := range p.jobs {
		p.jobs[i].wakeCaller = make(chan struct{}, 1)
	}
	for i := range p.workers {
		p.workers[i].wake = make(chan struct{}, 1)
		go p.work(&p.workers[i])
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

// Run calls f(0), f(1), ..., f(tasks-1), each once, on the workers and the
// caller, and returns when all have returned. The order is not defined: a
// result that is the same for any number of workers needs tasks that do not
// depend on each other. Run may be called from several goroutines at once and
// from a task. It allocates nothing. A panic of a task is raised again in the
// caller, after the other tasks that had been started have returned.
func (p *Pool) Run(tasks int, f func(task int)) {
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
		f(task)
	}
}

// Close ends the workers' goroutines. Calls of Run that are under way, and
// later ones, still complete: on their own goroutine.
func (p *Pool) Close() {
	if p == nil || p.closed.Swap(true) {
		return
	}
	for i := range p.workers {
		p.workers[i].rouse()
	}
}

// share runs the tasks on the caller and on the workers that join in.
func (p *Pool) share(j *job, tasks int, f func(task int)) {
	j.run = f
	j.tasks.Store(int64(tasks))
	j.next.Store(0)
	j.open.Store(true)
	defer p.finish(j)
	p.rouse(tasks - 1)
	j.drain()
}

// rouse wakes up to n sleeping workers.
func (p *Pool) rouse(n int) {
	for i := range p.workers {
		if n <= 0 {
			return
		}
		p.workers[i].rouse()
		n--
	}
}

func (w *worker) rouse() {
	if w.sleeps.Load() && w.sleeps.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
}

// drain takes tasks until none is left.
func (j *job) drain() {
	for {
		task := j.next.Add(1) - 1
		if task >= j.tasks.Load() {
			return
		}
		j.run(int(task))
	}
}

// finish closes the job to new workers, waits for those at work, gives the
// job back and passes on a worker's panic.
func (p *Pool) finish(j *job) {
	j.open.Store(false)
	j.next.Store(j.tasks.Load()) // after a panic of the caller nobody starts another task
	for spin := 1; j.users.Load() != 0; spin++ {
		if spin < spins {
			if spin%spinsPerYield == 0 {
				runtime.Gosched()
			}
			continue
		}
		j.callerSleeps.Store(true)
		if j.users.Load() != 0 || !j.callerSleeps.CompareAndSwap(true, false) {
			<-j.wakeCaller
		}
	}
	panicked := j.panicked.Swap(nil)
	j.run = nil
	j.taken.Store(false)
	if panicked != nil {
		panic(panicked.value)
	}
}

// work is the life of a worker.
func (p *Pool) work(w *worker) {
	for idle := 0; !p.closed.Load(); {
		if p.help() {
			idle = 0
			continue
		}
		idle++
		if idle < spins {
			if idle%spinsPerYield == 0 {
				runtime.Gosched()
			}
			continue
		}
		idle = 0
		w.sleeps.Store(true)
		// A job that was opened, or a Close, before sleeps was set did not
		// see this worker asleep: look again.
		if (p.anyOpen() || p.closed.Load()) && w.sleeps.CompareAndSwap(true, false) {
			continue
		}
		<-w.wake
	}
}

func (p *Pool) anyOpen() bool {
	for i := range p.jobs {
		if p.jobs[i].open.Load() && p.jobs[i].next.Load() < p.jobs[i].tasks.Load() {
			return true
		}
	}
	return false
}

// help works on every job that has tasks left and reports whether it found one.
func (p *Pool) help() (found bool) {
	for i := range p.jobs {
		j := &p.jobs[i]
		if !j.open.Load() {
			continue
		}
		j.users.Add(1)
		if j.open.Load() && j.next.Load() < j.tasks.Load() {
			found = true
			j.drainOnWorker()
		}
		if j.users.Add(-1) == 0 && j.callerSleeps.Load() && j.callerSleeps.CompareAndSwap(true, false) {
			j.wakeCaller <- struct{}{}
		}
	}
	return found
}

// drainOnWorker is drain with a panic kept for the caller.
func (j *job) drainOnWorker() {
	defer func() {
		if r := recover(); r != nil {
			j.next.Store(j.tasks.Load())
			j.panicked.CompareAndSwap(nil, &taskPanic{r})
		}
	}()
	j.drain()
}
