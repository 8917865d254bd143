package kernel

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestPoolRunsEveryTaskOnce(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 5} {
		for _, tasks := range []int{0, 1, 2, 3, 7, 100} {
			t.Run(fmt.Sprintf("workers=%d/tasks=%d", workers, tasks), func(t *testing.T) {
				p := NewPool(workers)
				defer p.Close()
				for range 20 {
					counts := make([]atomic.Int32, tasks)
					p.Run(tasks, func(_, task int) { counts[task].Add(1) })
					for task := range counts {
						if n := counts[task].Load(); n != 1 {
							t.Fatalf("task %d ran %d times", task, n)
						}
					}
				}
			})
		}
	}
}

func TestPoolServesManyCallersAndNestedCalls(t *testing.T) {
	p := NewPool(3)
	defer p.Close()
	var callers sync.WaitGroup
	for range 2 * maxJobs {
		callers.Go(func() {
			for range 100 {
				var sum atomic.Int64
				p.Run(4, func(_, outer int) {
					p.Run(5, func(_, inner int) { sum.Add(int64(outer*5 + inner)) })
				})
				if sum.Load() != 190 {
					t.Errorf("sum of all task numbers is %d, want 190", sum.Load())
				}
			}
		})
	}
	callers.Wait()
}

func TestPoolWakesWorkersThatSleep(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	for !p.workers[0].sleeps.Load() {
		runtime.Gosched()
	}
	var met sync.WaitGroup // completes only if both tasks run at the same time
	met.Add(2)
	p.Run(2, func(int, int) { met.Done(); met.Wait() })
}

func TestPoolNilRunsInline(t *testing.T) {
	var p *Pool
	sum := 0
	p.Run(5, func(_, task int) { sum += task })
	if sum != 10 || p.Workers() != 1 {
		t.Errorf("sum %d, workers %d; want 10 and 1", sum, p.Workers())
	}
	p.Close()
}

func TestPoolRaisesAPanicInTheCaller(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	for bad := range 4 {
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("recovered %v, want boom", r)
				}
			}()
			p.Run(4, func(_, task int) {
				time.Sleep(time.Millisecond)
				if task == bad {
					panic("boom")
				}
			})
		}()
	}
	sum := atomic.Int32{}
	p.Run(4, func(_, task int) { sum.Add(1) })
	if sum.Load() != 4 {
		t.Errorf("after panics %d of 4 tasks ran", sum.Load())
	}
}

func TestPoolEndsItsGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		p := NewPool(4)
		p.Run(8, func(int, int) {})
		p.Close()
		p.Close()
		p.Run(8, func(int, int) {})
	}
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestPoolAllocatesNothing(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	f := func(int, int) {}
	if n := testing.AllocsPerRun(100, func() { p.Run(4, f) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func BenchmarkPoolRun(b *testing.B) {
	p := NewPool(2)
	defer p.Close()
	f := func(int, int) {}
	for b.Loop() {
		p.Run(2, f)
	}
}
