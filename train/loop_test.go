package train

import (
	"math"
	"testing"
	"time"
)

func TestEveryPhaseHasItsShareOfTheTime(t *testing.T) {
	c := DefaultConfig()
	c.Time = 100 * time.Second
	c.Autoencoder.Share, c.Decoder.Share, c.Flow.Share = 0.5, 0.25, 0.25
	for name, test := range map[string]struct {
		phase int
		used  time.Duration
		want  time.Duration
	}{
		"the first":                          {0, 0, 50 * time.Second},
		"the first after its preparation":    {0, 10 * time.Second, 45 * time.Second},
		"the second on time":                 {1, 50 * time.Second, 25 * time.Second},
		"the second after an early end":      {1, 20 * time.Second, 40 * time.Second},
		"the last has all that is left":      {2, 70 * time.Second, 30 * time.Second},
		"the last when the others were slow": {2, 99 * time.Second, 12500 * time.Millisecond},
		"the last when the time is over":     {2, 300 * time.Second, 12500 * time.Millisecond},
	} {
		if got := c.budget(test.phase, test.used); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	c.Decoder.Steps = 0
	if got, want := c.budget(2, 0), 100*time.Second; got != want {
		t.Errorf("the last, of all: %v, want %v", got, want)
	}
}

func TestNothingIsLeftWhenAPhaseIsDone(t *testing.T) {
	byTime := phase{schedule: Schedule{Steps: 100}, budget: 10 * time.Second}
	capped := phase{schedule: Schedule{Steps: 100, Cap: true}, budget: 10 * time.Second}
	bySteps := phase{schedule: Schedule{Steps: 100}}
	for name, test := range map[string]struct {
		phase phase
		clock clock
		want  time.Duration
	}{
		"by steps, half":          {bySteps, clock{step: 50}, 25 * time.Second},
		"by steps, all":           {bySteps, clock{step: 100}, 0},
		"by time, half":           {byTime, clock{step: 500, elapsed: 5 * time.Second}, 5 * time.Second},
		"by time, all":            {byTime, clock{step: 500, elapsed: 11 * time.Second}, 0},
		"by time, no preparation": {byTime, clock{elapsed: 4 * time.Second, prepared: time.Hour}, 6 * time.Second},
		"capped, steps end it":    {capped, clock{step: 98, elapsed: time.Second}, time.Second},
		"capped, no step is left": {capped, clock{step: 100, elapsed: time.Second}, 0},
		"capped, time ends it":    {capped, clock{step: 10, elapsed: 9 * time.Second}, time.Second},
		"by steps, early end":     {bySteps, clock{step: 50, best: &best{Ended: true}}, 0},
		"by time, early end":      {byTime, clock{step: 50, elapsed: time.Second, best: &best{Ended: true}}, 0},
	} {
		const speed = 2 // steps a second
		if got := test.phase.left(test.clock, speed); got != test.want {
			t.Errorf("%s: %v are left, want %v", name, got, test.want)
		}
		if left, progress := test.phase.left(test.clock, speed), test.phase.progress(test.clock); (left == 0) != (progress == 1) {
			t.Errorf("%s: %v are left at progress %g", name, left, progress)
		}
	}
}

func TestRateWarmsUpInStepsHoweverLongThePhase(t *testing.T) {
	p := phase{schedule: Schedule{Rate: 2}}
	for name, test := range map[string]struct {
		progress float64
		step     int
		want     float64
	}{
		"the first step":                {0, 0, 0.1},
		"half of 3%":                    {0.015, 3, 1.05},
		"3%":                            {0.03, 6, 2},
		"half of 100 steps":             {0.001, 50, 1.05},
		"100 steps":                     {0.002, 100, 2},
		"between 100 steps and 3%":      {0.02, 1000, 2},
		"half of what is left after 3%": {0.515, 20, 1.01},
		"the end":                       {1, 40, 0.02},
	} {
		if got := p.rate(test.progress, test.step); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s: %g, want %g", name, got, test.want)
		}
	}
}
