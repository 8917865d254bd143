package studio

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const (
	lookEvery   = 400 * time.Millisecond
	beatEvery   = 15 * time.Second
	sendTime    = 10 * time.Second // after which a client that takes nothing is let go
	mostStreams = 64
)

func pathEscape(text string) string { return url.PathEscape(text) }

// watcher remembers what a client was told of a run.
type watcher struct {
	w     http.ResponseWriter
	out   *http.ResponseController
	run   *liveRun
	steps int
	grids int
	state string
	doing string
	said  string
	wrong string
}

// watch streams what happens to a run, as server-sent events: state, step, grid, phase, done and error.
func (s *Server) watch(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	if s.streams.Add(1) > mostStreams {
		s.streams.Add(-1)
		return tooMany("too many pages follow runs at once: close some")
	}
	defer s.streams.Add(-1)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c := watcher{w: w, out: http.NewResponseController(w), run: live, steps: -1}
	c.out.SetReadDeadline(time.Time{}) // the request was read; where that is not supported nothing has to be
	w.WriteHeader(http.StatusOK)
	look, beat := time.NewTicker(lookEvery), time.NewTicker(beatEvery)
	defer look.Stop()
	defer beat.Stop()
	for {
		if err := c.tell(); err != nil {
			return nil // the client has gone
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-s.context.Done():
			return nil
		case <-beat.C:
			if c.write(":\n\n") != nil {
				return nil
			}
		case <-look.C:
		}
	}
}

func (c *watcher) write(text string) error {
	c.out.SetWriteDeadline(time.Now().Add(sendTime))
	if _, err := c.w.Write([]byte(text)); err != nil {
		return err
	}
	return c.out.Flush()
}

func (c *watcher) send(event string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return c.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, text))
}

// tell sends what is new.
func (c *watcher) tell() error {
	state, doing := c.run.state(), c.run.doing()
	if state != c.state || doing != c.doing {
		trained, audited := c.state == stateTraining && state == stateTrained, c.doing == auditing && doing == ""
		c.state, c.doing = state, doing
		if err := c.send("state", map[string]string{"state": state, "doing": doing}); err != nil {
			return err
		}
		for what, done := range map[string]bool{training: trained, auditing: audited && c.run.failure() == ""} {
			if !done {
				continue
			}
			if err := c.send("done", map[string]string{"doing": what}); err != nil {
				return err
			}
		}
	}
	if steps, err := c.run.metrics.update(c.run); err == nil && len(steps) != c.steps {
		if c.steps = len(steps); len(steps) > 0 {
			if err := c.send("step", steps[len(steps)-1]); err != nil {
				return err
			}
		}
	}
	grids := c.run.grids()
	if len(grids) < c.grids { // of a run that was begun anew
		c.grids = 0
	}
	for _, g := range grids[max(c.grids, len(grids)-4):] {
		if err := c.send("grid", g); err != nil {
			return err
		}
	}
	c.grids = len(grids)
	if doing != "" {
		if line := c.run.lastWords(); line != "" && line != c.said {
			c.said = line
			if err := c.send("phase", map[string]string{"text": line}); err != nil {
				return err
			}
		}
	}
	if failed := c.run.failure(); failed != c.wrong {
		if c.wrong = failed; failed != "" {
			return c.send("error", map[string]string{"error": failed})
		}
	}
	return nil
}
