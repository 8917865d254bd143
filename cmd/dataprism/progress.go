package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/train"
	"golang.org/x/term"
)

// progress shows what goes on: one line that is rewritten on a terminal, a plain line now and then elsewhere.
type progress struct {
	out      io.Writer
	terminal bool
	every    time.Duration
	last     time.Time
	phase    string
	began    time.Time // of the phase
	open     bool      // a rewritten line stands without its end
	log      *os.File  // that the lines go to as well, now and then; may be nil
	logged   time.Time // when one last did
}

// logEvery is how often a line that is rewritten goes to the log.
const logEvery = time.Second

// progressVariable says how often a line is printed where there is no terminal, for programs that follow this one.
const progressVariable = "DATAPRISM_PROGRESS"

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, every: 10 * time.Second}
	if every, err := time.ParseDuration(os.Getenv(progressVariable)); err == nil && every > 0 {
		p.every = every
	}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal, p.every = true, 200*time.Millisecond
	}
	return p
}

// note prints a line that stays.
func (p *progress) note(format string, args ...any) {
	p.close()
	line := printable(fmt.Sprintf(format, args...))
	fmt.Fprintln(p.out, line)
	p.keep(line)
}

// keep writes a line to the log.
func (p *progress) keep(line string) {
	if p.log != nil {
		p.logged = time.Now()
		fmt.Fprintln(p.log, line)
	}
}

// close ends a rewritten line.
func (p *progress) close() {
	if p.open {
		fmt.Fprintln(p.out)
		p.open = false
	}
}

func (p *progress) show(line string) {
	line = printable(line)
	if time.Since(p.logged) >= logEvery {
		p.keep(line)
	}
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", line)
		p.open = true
		return
	}
	fmt.Fprintln(p.out, line)
}

// due says whether it is time for the next line.
func (p *progress) due() bool {
	if now := time.Now(); now.Sub(p.last) >= p.every {
		p.last = now
		return true
	}
	return false
}

// images reports how a collection is read. What is over before a first line is due needs none, but for the images: their
// number is worth knowing.
func (p *progress) images(at collection.Progress) {
	ended := at.Done == at.Total
	if phase := string(at.Stage) + " " + at.Collection; phase != p.phase {
		p.phase, p.last = phase, time.Now()
	}
	if !p.due() && !(ended && (p.open || at.Stage == collection.Decoding)) {
		return
	}
	p.show(readingLine(at))
	if ended {
		p.close()
	}
}

// readingLine is such as "reading lfw: 1200 of 13000 images, 310/s, 38s left".
func readingLine(at collection.Progress) string {
	what := map[collection.Stage]string{
		collection.Listing: "looking through", collection.Decoding: "reading", collection.Checking: "checking",
	}[at.Stage]
	count := func(n float64) string {
		if at.Unit == collection.InBytes {
			return fmt.Sprintf("%.1f", n/1e6)
		}
		return fmt.Sprintf("%.0f", n)
	}
	line := fmt.Sprintf("%s %s: %s", what, at.Collection, count(float64(at.Done)))
	if at.Total > 0 {
		line += " of " + count(float64(at.Total))
	}
	unit := string(at.Unit)
	switch {
	case at.Unit == collection.InBytes:
		unit = "MB"
	case max(at.Done, at.Total) == 1:
		unit = strings.TrimSuffix(unit, "s")
	}
	line += " " + unit
	if at.Rate > 0 && at.Done != at.Total {
		line += fmt.Sprintf(", %s/s", count(at.Rate))
	}
	if at.Left > 0 {
		line += fmt.Sprintf(", %s left", at.Left.Round(time.Second))
	}
	return line
}

// drawing reports the drawing of the demo's portraits.
func (p *progress) drawing(done, total int) {
	if p.due() || done == total {
		p.show(fmt.Sprintf("drawing: %d of %d portraits", done, total))
	}
	if done == total {
		p.close()
	}
}

// counted reports work of which done of total is done, with its rate and the time left.
func (p *progress) counted(what string, done, total int) {
	if what != p.phase {
		p.close()
		p.phase, p.last, p.began = what, time.Now(), time.Now()
		return
	}
	if !p.due() {
		return
	}
	line := what
	if spent := time.Since(p.began); done > 0 && done < total && spent > 0 {
		rate := float64(done) / spent.Seconds()
		left := time.Duration(float64(total-done) / rate * float64(time.Second))
		line += fmt.Sprintf(": %d of %d, %s, %s left", done, total, pace(rate), left.Round(time.Second))
	}
	p.show(line)
}

// pace is a rate [1/s] in the unit in which it is at least ten, or an hour.
func pace(rate float64) string {
	switch {
	case rate >= 10:
		return fmt.Sprintf("%.0f/s", rate)
	case 60*rate >= 10:
		return fmt.Sprintf("%.0f/min", 60*rate)
	}
	return fmt.Sprintf("%.0f/h", 3600*rate)
}

// step reports a training step.
func (p *progress) step(e train.Event) {
	if e.Phase != p.phase {
		p.close()
		p.phase, p.last = e.Phase, time.Time{}
	}
	if !p.due() && e.Progress < 1 {
		return
	}
	steps := fmt.Sprintf("step %d", e.Step)
	if e.Steps > 0 {
		steps = fmt.Sprintf("step %d of %d", e.Step, e.Steps)
	}
	p.show(fmt.Sprintf("%-11s  %3.0f%%  %s  loss %.4f  %.0f images/s  %s left",
		e.Phase, 100*e.Progress, steps, e.Loss, e.Images, e.Left.Round(time.Second)))
	if e.Progress >= 1 {
		p.close()
	}
}

// measuring reports how far a measurement is.
func (p *progress) measuring(at audit.Progress) {
	if at.What != p.phase {
		p.phase, p.last = at.What, time.Time{}
	}
	if !p.due() {
		return
	}
	line := at.What
	if at.Total > 0 {
		line += fmt.Sprintf(": %d of %d", at.Done, at.Total)
	}
	if at.Left > 0 {
		line += fmt.Sprintf(", %s left", at.Left.Round(time.Second))
	}
	p.show(line)
}

// watch is the progress of a job.
func (p *progress) watch() run.Watch {
	return run.Watch{
		Note:   func(line string) { p.note("%s", line) },
		Images: p.images,
		Read:   func(d *collection.Dataset) { describe(p, d) },
		Step:   p.step,
		Doing:  p.measuring,
	}
}
