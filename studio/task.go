package studio

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"
)

// How long a request waits for work in the background before it is told how far that is, and one that wants to know.
const (
	patience = 15 * time.Second
	moment   = 500 * time.Millisecond
	forever  = time.Duration(math.MaxInt64) // for work in the background that needs other such work
)

// task is work that is done once, in the background. Work that has failed is tried again when it is next asked for.
type task[V any] struct {
	what string // that is done, such as "the images are being read"
	do   func(ctx context.Context, say func(format string, args ...any)) (V, error)

	mu    sync.Mutex
	ended chan struct{} // of what was begun; nil where nothing was
	at    string
	value V
	err   error
}

// begin starts the work unless it is under way or done.
func (t *task[V]) begin(s *Server) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		select {
		case <-t.ended:
			if t.err == nil {
				return t.ended
			}
		default:
			return t.ended
		}
	}
	ended := make(chan struct{})
	t.ended, t.at, t.err = ended, "", nil
	s.working.Go(func() {
		value, err := recovered(func() (V, error) { return t.do(s.context, t.say) })
		t.mu.Lock()
		defer t.mu.Unlock()
		t.value, t.err = value, err
		close(ended)
	})
	return ended
}

// recovered makes an error of a panic.
func recovered[V any](do func() (V, error)) (v V, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the studio has a fault: %v", fault)
		}
	}()
	return do()
}

// forget has work that is done begun anew when it is next asked for.
func (t *task[V]) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		select {
		case <-t.ended:
			t.ended = nil
		default:
		}
	}
}

func (t *task[V]) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = fmt.Sprintf(format, args...)
}

// now is the result where the work is done, without waiting, and where it is not how far it is.
func (t *task[V]) now() (value V, done bool, at string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended == nil {
		return value, false, "", nil
	}
	select {
	case <-t.ended:
		return t.value, t.err == nil, "", t.err
	default:
		return value, false, t.at, nil
	}
}

// wait begins the work, if need be, and waits for it; where that takes long, the error says how far it is.
func (t *task[V]) wait(ctx context.Context, s *Server) (V, error) { return t.within(ctx, s, patience) }

// within is wait for those who have another patience.
func (t *task[V]) within(ctx context.Context, s *Server, patience time.Duration) (value V, err error) {
	ended := t.begin(s)
	select {
	case <-ended: // before what ends the waiting
		return t.result()
	default:
	}
	select {
	case <-ended:
		return t.result()
	case <-ctx.Done():
		return value, ctx.Err()
	case <-s.context.Done():
		return value, s.context.Err()
	case <-time.After(patience):
		_, _, at, _ := t.now()
		if at != "" {
			at = ": " + at
		}
		return value, conflict("%s%s; try again in a moment", t.what, at)
	}
}

// glance begins the work, if need be, and waits for it a moment; where it is not done by then, doing says how far it is.
func (t *task[V]) glance(ctx context.Context, s *Server) (value V, doing string, err error) {
	value, err = t.within(ctx, s, moment)
	if err == nil {
		return value, "", nil
	}
	value, done, at, failed := t.now()
	switch {
	case done:
		return value, "", nil
	case failed != nil:
		return value, "", err
	}
	return value, strings.TrimSuffix(t.what+": "+at, ": "), ctx.Err()
}

// asked waits for what a task makes or, where the request says so, a moment; see glance.
func asked[V any](s *Server, r *http.Request, t *task[V]) (value V, doing string, err error) {
	now, err := yes(r.URL.Query().Get("now"))
	if err != nil {
		return value, "", wrong("now %v", err)
	}
	if now {
		return t.glance(r.Context(), s)
	}
	value, err = t.wait(r.Context(), s)
	return value, "", err
}

func (t *task[V]) result() (V, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.value, t.err
}
