package collection

import (
	"math"
	"testing"
	"time"
)

func TestProgressHasRateAndTimeLeft(t *testing.T) {
	clock := time.Unix(0, 0)
	var last Progress
	m := newMeter(func(p Progress) { last = p }, "a", Decoding, InImages, 1000)
	m.now = func() time.Time { return clock }
	m.marks = []mark{{clock, 0}}
	work := func(seconds, rate int) {
		for range seconds {
			clock = clock.Add(time.Second)
			m.add(int64(rate))
		}
	}
	work(4, 10)
	if last.Done != 40 || last.Total != 1000 || math.Abs(last.Rate-10) > 1e-9 || last.Left != 96*time.Second {
		t.Errorf("at a steady rate: %+v", last)
	}
	work(20, 40)
	if math.Abs(last.Rate-40) > 1e-9 || last.Left != 4*time.Second {
		t.Errorf("after a change of rate: %+v", last)
	}
	work(1, 160)
	if last.Done != 1000 || last.Left != 0 {
		t.Errorf("at the end: %+v", last)
	}
	told := last
	last = Progress{}
	if m.end(); last != (Progress{}) {
		t.Errorf("the end was told twice: %+v and %+v", told, last)
	}
}

func TestProgressOfAnUnknownTotalEnds(t *testing.T) {
	var all []Progress
	m := newMeter(func(p Progress) { all = append(all, p) }, "a", Listing, InFiles, 0)
	m.add(3)
	m.add(0)
	m.end()
	if len(all) != 2 || all[0].Total != 0 || all[0].Left != 0 || all[1].Done != 3 || all[1].Total != 3 {
		t.Errorf("reports %+v", all)
	}
	var none *meter
	none.add(1)
	none.end()
}
