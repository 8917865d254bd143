package simd

import (
	"testing"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute/support/backendtest"
)

// eachLevel runs a test with a backend of every level that this machine has.
func eachLevel(t *testing.T, test func(t *testing.T, b *Backend)) {
	for _, level := range kernel.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			test(t, newTestBackend(t, "level="+level.String()))
		})
	}
}

func newTestBackend(t testing.TB, config string) *Backend {
	t.Helper()
	b, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b.(*Backend)
}

func TestCompliance(t *testing.T) {
	NeedGoBackend(t)
	eachLevel(t, func(t *testing.T, b *Backend) {
		backendtest.RunAll(t, b, nil)
	})
}
