package simd

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/compute/support/testutil"
)

func TestIntegersAreComparedExactly(t *testing.T) {
	b := newTestBackend(t, "")
	// Neighbours that float32 cannot tell apart.
	x := [][]int32{{1 << 24, 1<<24 + 1, math.MaxInt32}, {-1 << 25, math.MinInt32, 7}}
	row := [][]int32{{1 << 24, 1 << 24, math.MaxInt32 - 1}}
	for _, c := range []struct {
		record func(f compute.Function, x, y compute.Value) (compute.Value, error)
		want   any
	}{
		{compute.Function.Equal, [][]bool{{true, false, false}, {false, false, false}}},
		{compute.Function.NotEqual, [][]bool{{false, true, true}, {true, true, true}}},
		{compute.Function.LessThan, [][]bool{{false, false, false}, {true, true, true}}},
		{compute.Function.GreaterOrEqual, [][]bool{{true, true, true}, {false, false, false}}},
		{compute.Function.Sub, [][]int32{{0, 1, 1}, {-3 << 24, math.MinInt32 - (1 << 24) + math.MaxInt32 + math.MaxInt32 + 2, 7 - math.MaxInt32 + 1}}},
	} {
		got, err := Exec1(b, []any{x, row}, func(f compute.Function, in []compute.Value) (compute.Value, error) {
			return c.record(f, in[0], in[1])
		})
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
}
