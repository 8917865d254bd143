package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// known numbers the first n images of every collection as one person each: numbers, which elsewhere would be put into bins.
func known(i, n int) string {
	if i < n {
		return fmt.Sprint(100 + i)
	}
	return ""
}

func TestPairsAreTheImagesOfTwoCollectionsThatShareAValue(t *testing.T) {
	d := labelled(t, 60, func(c, i int) map[string]string {
		return map[string]string{"pair": known(i, 40), "few": known(i, 8)}
	})
	pairs, err := knownPairs(d, "pair")
	if err != nil {
		t.Fatal(err)
	}
	first, second := d.Collections[0], d.Collections[1]
	if n := len(pairs); n < 20 || n > 40 {
		t.Errorf("there are %d pairs", n)
	}
	for _, p := range pairs {
		a, _ := first.Label(first.Train[p.I], "pair")
		b, _ := second.Label(second.Train[p.J], "pair")
		if p.A != 0 || p.B != 1 || a == "" || a != b {
			t.Errorf("%+v is of %q and %q", p, a, b)
		}
	}
	for label, want := range map[string]string{"few": "at least 16 are needed", "scarf": "0 training images"} {
		var refused *LabelError
		if _, err := knownPairs(d, label); !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("pairs by %s: %v", label, err)
		}
	}
}

func TestTrainingWithPairsIsTheSameWhenItIsStopped(t *testing.T) {
	d := labelled(t, 60, func(c, i int) map[string]string { return map[string]string{"pair": known(i, 40)} })
	task := tiny()
	task.Training.Latents.Pairs = "pair"
	var notes []string
	whole, broken := t.TempDir(), t.TempDir()
	if err := train(t, context.Background(), whole, d, task, Options{Note: func(text string) { notes = append(notes, text) }}); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "known pairs") }) {
		t.Errorf("the log does not tell of pairs: %q", notes)
	}
	metrics, err := os.ReadFile(filepath.Join(whole, MetricsFile))
	if err != nil || !bytes.Contains(metrics, []byte(`"pairs":`)) {
		t.Errorf("the log of steps has no distance of pairs: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = train(t, ctx, broken, d, task, Options{Progress: func(e Event) {
		if e.Phase == FlowPhase && e.Step == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	if err := train(t, context.Background(), broken, d, task, Options{Resume: true}); err != nil {
		t.Fatal(err)
	}
	a, _ := os.ReadFile(filepath.Join(whole, weightsFile))
	b, _ := os.ReadFile(filepath.Join(broken, weightsFile))
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Error("the training that was stopped ends at other weights")
	}
	task.Model.Flow.Transport = false
	if err := task.Validate(); err == nil || !strings.Contains(err.Error(), "pairs") {
		t.Errorf("pairs without a transport: %v", err)
	}
}
