package studio

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/dataprism/dataprism/prism"
)

// waiting adds a call to a queue that nobody works on.
func waiting(t *testing.T, q *queue, ctx context.Context, on *prism.Prism, k kind, rows int) *call {
	t.Helper()
	c := &call{ctx: ctx, on: on, kind: k, rows: rows, done: make(chan struct{})}
	if err := q.add(c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCallsThatWaitTogetherAreOneBatch(t *testing.T) {
	q, one, other := newQueue(), new(prism.Prism), new(prism.Prism)
	gone, leave := context.WithCancel(t.Context())
	a := waiting(t, q, t.Context(), one, decode, 3)
	waiting(t, q, gone, one, decode, 3)
	b := waiting(t, q, t.Context(), one, codes, 1)
	c := waiting(t, q, t.Context(), other, decode, 1)
	d := waiting(t, q, t.Context(), one, decode, 60)
	e := waiting(t, q, t.Context(), one, decode, 2) // for which there is no place beside d
	leave()
	for _, want := range [][]*call{{a, d}, {b}, {c}, {e}, nil} {
		if got := q.next(); !slices.Equal(got, want) {
			t.Errorf("the next batch has %d calls, want %d", len(got), len(want))
		}
	}
}

func TestTheQueueIsBounded(t *testing.T) {
	q := newQueue()
	for range mostCalls {
		waiting(t, q, t.Context(), nil, decode, 1)
	}
	busy := new(problem)
	if err := q.add(&call{ctx: t.Context()}); !errors.As(err, &busy) || busy.status != 429 {
		t.Errorf("a call too many: %v", err)
	}
}

func TestWhatIsAskedTogetherIsWhatIsAskedAlone(t *testing.T) {
	c := newStudio(t, nil)
	var alone, together [12]struct{ Rows []row }
	for i := range alone {
		c.get("POST", runPath+"/sample", map[string]any{"n": 1 + i%3, "seed": i}, &alone[i])
	}
	var all sync.WaitGroup
	for i := range together {
		all.Go(func() { c.get("POST", runPath+"/sample", map[string]any{"n": 1 + i%3, "seed": i}, &together[i]) })
	}
	all.Wait()
	for i := range alone {
		for k := range alone[i].Rows {
			if !slices.Equal(alone[i].Rows[k].Images, together[i].Rows[k].Images) {
				t.Errorf("sample %d is another when others are asked for, too", i)
			}
		}
	}
}

func TestWhoHasGoneHoldsNothingUp(t *testing.T) {
	c := newStudio(t, nil)
	m, err := c.all()[0].open(c.Server)
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	a := asker{m.Prism, c.queue, gone}
	if _, err := a.decode(make([]float32, 64*m.Dim())); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone is answered with %v", err)
	}
	a.ctx = t.Context()
	if images, err := a.decode(make([]float32, 70*m.Dim())); err != nil || len(images) != 70*m.Pixels() {
		t.Errorf("who is there gets %d values, %v", len(images), err)
	}
}
