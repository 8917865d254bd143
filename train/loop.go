package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Event is the state of training after a step.
type Event struct {
	Phase    string             `json:"phase"`
	Step     int                `json:"step"`            // of the phase, from 1
	Steps    int                `json:"steps,omitempty"` // of the phase; 0 in a run by time
	Progress float64            `json:"progress"`        // of the phase, in [0, 1]
	Loss     float64            `json:"loss"`
	Terms    map[string]float64 `json:"terms,omitempty"`
	Images   float64            `json:"images_per_second"`
	Left     time.Duration      `json:"-"` // of the phase
	Elapsed  float64            `json:"seconds"`
}

// ErrStopped is returned when the context ended the training: a checkpoint was written.
var ErrStopped = errors.New("training was stopped; --resume continues it")

// DivergedError says that the loss left all bounds, or that a weight is no finite number. The last good checkpoint is
// kept.
type DivergedError struct {
	Phase  string
	Step   int
	Loss   float64
	Weight string // the one that is not finite, if that was found first
}

func (e *DivergedError) Error() string {
	what := fmt.Sprintf("its loss is %g", e.Loss)
	if e.Weight != "" {
		what = "the weight " + e.Weight + " is not finite"
	}
	return fmt.Sprintf("the %s phase diverged at step %d: %s; --resume starts again from the last good checkpoint; "+
		"a lower training.%s.rate in config.yaml, or another training.seed, may avoid it", e.Phase, e.Step, what, e.Phase)
}

// phase is one of the three loops, ready to run.
type phase struct {
	name     string
	schedule Schedule
	budget   time.Duration // of its steps; 0: by steps
	constant bool          // whether the learning rate stays at its peak
	spent    string        // what to note where its steps, rather than the time, have ended it
	blind    bool          // whether the model can draw nothing before the phase has ended
	watch    *watch        // if set, what ends the phase where it no longer helps
	// step does the step numbered from 0 at the learning rate and returns its loss and the terms of it.
	step func(number int, rate float64) (loss float64, terms map[string]float64, err error)
	// end, if set, fits what follows from the weights that the phase leaves.
	end func(ctx context.Context) error
}

// clock is where a phase stands; it is part of a checkpoint.
type clock struct {
	step     int
	prepared time.Duration // what its preparation took
	elapsed  time.Duration // what its steps took
	best     *best         // that its watch has seen; nil where it has none
}

// progress is the share of the phase that is done.
func (p phase) progress(c clock) float64 {
	if c.best != nil && c.best.Ended {
		return 1
	}
	steps := min(1, float64(c.step)/float64(p.schedule.Steps))
	if p.budget == 0 {
		return steps
	}
	elapsed := min(1, float64(c.elapsed)/float64(p.budget))
	if p.schedule.Cap {
		return max(steps, elapsed)
	}
	return elapsed
}

// left is the time to the end of the phase at a speed in steps per second.
func (p phase) left(c clock, speed float64) time.Duration {
	if c.best != nil && c.best.Ended {
		return 0
	}
	steps := time.Duration(float64(max(0, p.schedule.Steps-c.step)) / speed * float64(time.Second))
	if p.budget == 0 {
		return steps
	}
	left := max(0, p.budget-c.elapsed)
	if p.schedule.Cap {
		return min(steps, left)
	}
	return left
}

// rate is the learning rate at a progress, after so many steps: a linear warm-up over the first 3%, but 100 steps at the
// most, then a cosine down to 1% of the peak; or constant.
func (p phase) rate(progress float64, steps int) float64 {
	const warmup, mostSteps, floor = 0.03, 100, 0.01
	if p.constant {
		return p.schedule.Rate
	}
	if warm := max(progress/warmup, float64(steps)/mostSteps); warm < 1 {
		return p.schedule.Rate * (0.05 + 0.95*warm)
	}
	s := max(0, progress-warmup) / (1 - warmup)
	return p.schedule.Rate * (floor + (1-floor)*0.5*(1+math.Cos(math.Pi*s)))
}

// run does the steps from c to the end of the phase. After each it calls after, which may checkpoint.
func (p phase) run(ctx context.Context, c *clock, after func(Event) error) error {
	var watch divergence
	started := time.Now().Add(-c.elapsed)
	var speed float64 // steps per second, smoothed
	last := time.Now()
	for p.progress(*c) < 1 {
		if ctx.Err() != nil {
			return ErrStopped
		}
		progress := p.progress(*c)
		loss, terms, err := p.step(c.step, p.rate(progress, c.step))
		if err != nil {
			return fmt.Errorf("%s phase, step %d: %w", p.name, c.step+1, err)
		}
		c.step++
		if w := p.watch; w != nil && c.step%w.every == 0 {
			if terms["watched"], err = w.look(c.best, c.step); err != nil {
				return fmt.Errorf("%s phase, step %d, watched: %w", p.name, c.step, err)
			}
		}
		now := time.Now()
		c.elapsed = now.Sub(started)
		each := 1 / max(1e-9, now.Sub(last).Seconds())
		last = now
		if speed == 0 {
			speed = each
		}
		speed += 0.05 * (each - speed)
		if watch.diverged(loss) || !finite(terms) {
			return &DivergedError{Phase: p.name, Step: c.step, Loss: loss}
		}
		event := Event{
			Phase: p.name, Step: c.step, Progress: p.progress(*c), Loss: loss, Terms: terms,
			Images: speed * float64(p.schedule.Batch), Left: p.left(*c, speed), Elapsed: (c.prepared + c.elapsed).Seconds(),
		}
		if p.budget == 0 {
			event.Steps = p.schedule.Steps
		}
		if err := after(event); err != nil {
			return err
		}
	}
	return nil
}

func finite(terms map[string]float64) bool {
	for _, v := range terms {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// divergence watches a loss for leaving the band in which it was.
type divergence struct {
	seen            int
	mean, deviation float64
	outside         int
}

func (d *divergence) diverged(loss float64) bool {
	const settle, patience = 50, 10
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return true
	}
	d.seen++
	if d.seen == 1 {
		d.mean = loss
	}
	distance := math.Abs(loss - d.mean)
	if d.seen > settle && loss > d.mean+50*d.deviation+1 {
		d.outside++
		return d.outside > patience
	}
	d.outside = 0
	d.mean += 0.05 * (loss - d.mean)
	d.deviation += 0.05 * (distance - d.deviation)
	return false
}
