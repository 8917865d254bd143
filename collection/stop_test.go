package collection

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"
)

// stuck is a source whose only file takes until the test ends to be read.
type stuck struct{ free, reading chan struct{} }

func (s *stuck) stamp(_, _ io.Writer)                   {}
func (s *stuck) list(context.Context) (*listing, error) { return nil, nil }
func (s *stuck) Close() error                           { return nil }
func (s *stuck) each(_ context.Context, rows []int, emit emitter) error {
	return emit(rows[0], 1, func() ([]byte, error) {
		close(s.reading)
		<-s.free
		return nil, io.EOF
	})
}

func TestStoppingDoesNotWaitForALargeImage(t *testing.T) {
	s := &stuck{make(chan struct{}), make(chan struct{})}
	defer close(s.free)
	ctx, cancel := context.WithCancel(context.Background())
	w, err := createCache(filepath.Join(t.TempDir(), "x.cache"), cacheHeader{size: 8, channels: 3, rows: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.abort()
	ended := make(chan error)
	go func() {
		_, err := decodeAll(ctx, s, make([]entry, 1), []int{0}, "a", Options{Size: 8, Workers: 1}, w)
		ended <- err
	}()
	<-s.reading
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the work goes on")
	}
}
