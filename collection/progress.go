package collection

import (
	"sync"
	"time"
)

// Stage is a part of reading a collection.
type Stage string

// The stages, in their order. A collection that is in the cache is listed, where its kind needs that, and checked.
const (
	// Listing finds the images and their labels.
	Listing Stage = "listing"
	// Decoding makes squares of the images and writes them to the cache.
	Decoding Stage = "decoding"
	// Checking compares the cache with its checksums.
	Checking Stage = "checking"
)

// Unit is what is counted.
type Unit string

// The units of progress.
const (
	InImages Unit = "images"
	InFiles  Unit = "files"
	InBytes  Unit = "bytes"
)

// Progress says how far the reading of a collection is.
type Progress struct {
	Collection string
	Stage      Stage
	Unit       Unit
	// Done and Total are in units. Total is 0 as long as it is not known; the last report of a stage has both equal.
	Done, Total int64
	// Rate is in units a second, over the last seconds.
	Rate float64
	// Left is how long the stage takes from here at that rate; 0 where Total is not known.
	Left time.Duration
}

// rateWindow is the time over which rates are taken: long enough to be steady, short enough to follow a change.
const rateWindow = 10 * time.Second

// meter counts one stage and reports it. All methods may be called by several goroutines, and on nil.
type meter struct {
	mu     sync.Mutex
	report func(Progress)
	now    func() time.Time
	p      Progress
	marks  []mark // within the window, oldest first
}

// mark is what was done at a time.
type mark struct {
	at   time.Time
	done int64
}

func newMeter(report func(Progress), collection string, stage Stage, unit Unit, total int64) *meter {
	if report == nil {
		return nil
	}
	m := &meter{report: report, now: time.Now, p: Progress{Collection: collection, Stage: stage, Unit: unit, Total: total}}
	m.marks = []mark{{m.now(), 0}}
	return m
}

// add counts n more.
func (m *meter) add(n int64) {
	if m == nil || n <= 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p.Done += n
	m.tell()
}

// end says that the stage is complete.
func (m *meter) end() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.p.Total == m.p.Done && m.p.Total > 0 {
		return // was reported when the last was added
	}
	m.p.Done = max(m.p.Done, m.p.Total)
	m.p.Total = m.p.Done
	m.tell()
}

func (m *meter) tell() {
	now := m.now()
	if last := m.marks[len(m.marks)-1]; now.Sub(last.at) >= rateWindow/40 {
		m.marks = append(m.marks, mark{now, m.p.Done})
	}
	for len(m.marks) > 1 && now.Sub(m.marks[0].at) > rateWindow {
		m.marks = m.marks[1:]
	}
	p := m.p
	if since := now.Sub(m.marks[0].at).Seconds(); since > 0 {
		p.Rate = float64(p.Done-m.marks[0].done) / since
	}
	if p.Rate > 0 && p.Total > p.Done {
		p.Left = time.Duration(float64(p.Total-p.Done) / p.Rate * float64(time.Second))
	}
	m.report(p)
}
