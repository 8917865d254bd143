package kernel

import (
	"fmt"
	"strings"
)

// Level is an instruction set that kernels are written for.
type Level int

const (
	// Portable is plain Go. It is there on every platform.
	Portable Level = iota
	// AVX2 is 256-bit vectors with fused multiply-add (amd64).
	AVX2
	// AVX512 is 512-bit vectors: the F, BW, DQ and VL extensions (amd64).
	AVX512
)

// levelNames are the names that ParseLevel takes and String gives.
var levelNames = [...]string{Portable: "portable", AVX2: "avx2", AVX512: "avx512"}

// String returns the name of the level as ParseLevel takes it.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// Best returns the highest level that this machine runs.
func Best() Level { return bestLevel() }

// Levels returns every level that this machine runs, the lowest first.
func Levels() []Level {
	levels := make([]Level, 0, len(levelNames))
	for l := Portable; l <= Best(); l++ {
		levels = append(levels, l)
	}
	return levels
}

// ParseLevel returns the level called name: "avx512", "avx2" or "portable". An unknown name and a level that this
// machine does not run are errors.
func ParseLevel(name string) (Level, error) {
	for l, n := range levelNames {
		if n != name {
			continue
		}
		if best := Best(); Level(l) > best {
			return Portable, fmt.Errorf("kernel level %q: this machine does not run it; its best is %q", name, best)
		}
		return Level(l), nil
	}
	return Portable, fmt.Errorf("kernel level %q is unknown: choose one of %s", name, strings.Join(levelNames[:], ", "))
}

// Kernels is the immutable set of kernels of one level, with the scratch memory that they keep for the next call. Its
// methods may be called from several goroutines at once.
type Kernels struct {
	level      Level
	matrix     matrixKernels
	vector     *vectorTable
	scratch    nearList[growable]
	products   freeList[matrixProduct]
	batches    freeList[batchedProduct]
	bands      freeList[bands]
	filters    freeList[filterGradient]
	workspaces nearList[workspace]
}

// New returns the kernels of a level, which must be one that this machine runs: the result of Best or of ParseLevel.
// A level above Best is taken as Best, so that a call never ends in an illegal instruction.
func New(level Level) *Kernels {
	level = max(Portable, min(level, Best()))
	return &Kernels{level: level, matrix: matrixKernelsOf(level), vector: vectorFor(level)}
}

// Level returns the level of the kernels.
func (k *Kernels) Level() Level { return k.level }
