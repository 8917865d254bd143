// Package simd is a CPU backend for GoMLX: a [compute.Backend] that runs float32 graphs at the speed of the machine,
// in Go and Go assembly, without cgo and without a special compiler setting.
//
// Importing the package registers the backend under the name "simd":
//
//	import _ "github.com/dataprism/dataprism/backend/simd"
//	backend, err := compute.NewWithConfig("simd")
//
// A graph is recorded, then compiled into a schedule of steps over one block of memory: element-wise operations are
// fused into single passes, bias and activation into the products and convolutions that feed them, buffers are
// planned by liveness, and donated inputs are updated in place. The steps run on a fixed set of workers; the results
// have the same bits for any number of them. See ARCHITECTURE.md for the whole way.
//
// Operations in float32 (and the bool and int32 of masks, labels and counters) run on the package's own kernels. What
// is rare is handed to GoMLX's Go backend, step by step (see delegate.go), so that everything that backend can do,
// this one can do too.
package simd

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
)

// BackendName is the name under which the backend is registered.
const BackendName = "simd"

// LevelEnvVar is the environment variable that forces the level of the kernels: "avx512", "avx2" or "portable".
const LevelEnvVar = "GOMLX_SIMD"

func init() {
	compute.Register(BackendName, New)
}

// Backend implements [compute.Backend]. Its methods may be called from several goroutines at once.
type Backend struct {
	kernels   *kernel.Kernels
	pool      *kernel.Pool
	memory    memoryPool
	twin      compute.Backend // GoMLX's Go backend
	profiling bool
	finalized atomic.Bool
}

var _ compute.Backend = (*Backend)(nil)

// New returns a backend. The configuration is a comma-separated list of
//
//	workers=N    the number of workers, by default GOMAXPROCS
//	level=L      the kernels: avx512, avx2 or portable, by default the best
//	             that the machine runs
//	profile      executables keep times by kind of step (Executable.Profile)
//
// The environment variable GOMLX_SIMD overrides the level. An option that is unknown and a level that the machine
// does not run are errors.
func New(config string) (compute.Backend, error) {
	options, err := parseConfig(config, os.Getenv(LevelEnvVar))
	if err != nil {
		return nil, err
	}
	// Operations that run side by side can wait for each other's workers for ever in the Go backend, so they run one
	// after the other.
	twin, err := gobackend.New("ops_sequential")
	if err != nil {
		return nil, fmt.Errorf("simd: the Go backend for delegated operations: %w", err)
	}
	return &Backend{
		kernels:   kernel.New(options.level),
		pool:      kernel.NewPool(options.workers),
		twin:      twin,
		profiling: options.profile,
	}, nil
}

type options struct {
	workers int
	level   kernel.Level
	profile bool
}

func parseConfig(config, levelFromEnv string) (options, error) {
	o := options{workers: runtime.GOMAXPROCS(0), level: kernel.Best()}
	level := levelFromEnv
	for part := range strings.SplitSeq(config, ",") {
		key, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "":
		case "workers":
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return o, fmt.Errorf("simd: option workers=%q: want a whole number of at least 1", text)
			}
			o.workers = n
		case "level":
			if level == "" {
				level = text
			}
		case "profile":
			o.profile = true
		default:
			return o, fmt.Errorf("simd: unknown option %q: choose workers=N, level=avx512|avx2|portable or profile", key)
		}
	}
	if level != "" {
		var err error
		if o.level, err = kernel.ParseLevel(level); err != nil {
			return o, fmt.Errorf("simd: %w", err)
		}
	}
	return o, nil
}

// Name returns "simd".
func (b *Backend) Name() string { return BackendName }

// String returns "simd".
func (b *Backend) String() string { return BackendName }

// Description tells the level of the kernels and the number of workers.
func (b *Backend) Description() string {
	return fmt.Sprintf("SIMD CPU backend (%s, %d workers)", b.kernels.Level(), b.pool.Workers())
}

// NumDevices returns 1.
func (b *Backend) NumDevices() int { return 1 }

// DeviceDescription describes the only device.
func (b *Backend) DeviceDescription(compute.DeviceNum) string { return "cpu" }

// Capabilities returns those of GoMLX's Go backend, which runs whatever this backend has no kernels for.
func (b *Backend) Capabilities() compute.Capabilities { return b.twin.Capabilities().Clone() }

// Finalize ends the workers. Executables must not run after it.
func (b *Backend) Finalize() {
	if b.finalized.Swap(true) {
		return
	}
	b.pool.Close()
	b.twin.Finalize()
}

// IsFinalized reports whether Finalize was called.
func (b *Backend) IsFinalized() bool { return b.finalized.Load() }
