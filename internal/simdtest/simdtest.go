// Package simdtest gives tests the CPU backend.
package simdtest

import (
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/gomlx/compute"
)

// New is a backend that ends with the test, which fails where there is none.
func New(t testing.TB) compute.Backend {
	t.Helper()
	backend, err := simd.New("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}
