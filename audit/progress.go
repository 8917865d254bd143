package audit

import "time"

// Progress is how far a measurement is.
type Progress struct {
	What        string        // as in "encoding held-out images"
	Done, Total int           // images, or classifiers fitted; Total is 0 where there is nothing to count
	Rate        float64       // done a second since it began
	Left        time.Duration // at that rate; 0 where it is not known
}

// meter counts what is done of one thing and reports it.
type meter struct {
	report func(Progress)
	at     Progress
	began  time.Time
}

// begin starts to count total steps of what.
func (s Settings) begin(what string, total int) *meter {
	m := &meter{s.Progress, Progress{What: what, Total: total}, time.Now()}
	m.add(0)
	return m
}

// add reports that n more are done.
func (m *meter) add(n int) {
	if m.report == nil {
		return
	}
	m.at.Done += n
	if seconds := time.Since(m.began).Seconds(); m.at.Done > 0 && seconds > 0 {
		m.at.Rate = float64(m.at.Done) / seconds
		m.at.Left = time.Duration(float64(m.at.Total-m.at.Done) / m.at.Rate * float64(time.Second))
	}
	m.report(m.at)
}
