package simd_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/gomlx/compute/shapes"
)

// benchmarkStep times training steps of a model and reports its rate from the number of floating-point operations of
// a step.
func benchmarkStep(b *testing.B, build trainingModel, momenta bool, operations float64, batch ...shapes.Shape) {
	backend := newBackend(b, profileOption())
	t := newTraining(b, backend, build, momenta, batch...)
	t.step(b)
	b.ResetTimer()
	for b.Loop() {
		t.step(b)
	}
	b.ReportMetric(operations*float64(b.N)/1e9/b.Elapsed().Seconds(), "GFLOP/s")
	if text := t.executable(b).Profile(); text != "" {
		b.Log(t.executable(b).Memory() + "\n" + text)
		if file := os.Getenv("SIMD_SCHEDULE"); file != "" {
			_ = os.WriteFile(file, []byte(t.executable(b).String()), 0o644)
		}
	}
}

func BenchmarkMLPStep(b *testing.B) {
	benchmarkStep(b, mlp, false, 3*2*12*64*512*512, batchOf(64, 512))
}

func BenchmarkFlowStep(b *testing.B) {
	for _, size := range []struct{ hidden, batch int }{{256, 64}, {1024, 15}} {
		b.Run(fmt.Sprintf("hidden=%d", size.hidden), func(b *testing.B) {
			h := float64(size.hidden)
			operations := 3 * 2 * 80 * (74*h + 2*h*h + 64*h) * float64(size.batch)
			benchmarkStep(b, flowModel(20, size.hidden), true, operations, batchOf(size.batch, 128), batchOf(size.batch, 10))
		})
	}
}

func BenchmarkAutoencoderStep(b *testing.B) {
	const batch = 12
	// Multiplications of one image in the encoder; the decoder has as many within a few percent.
	const encoder = 16*(3*64*256+64*128*64+128*256*16+256*512*4) + 4*512*256
	for _, with := range []bool{false, true} {
		b.Run(fmt.Sprintf("gan=%v", with), func(b *testing.B) {
			build, operations := trainingModel(gan{64}.reconstruct), 3*2*2.0*encoder*batch
			if with {
				const patch = 16 * (3*64*256 + 64*128*64 + 128*256*16 + 256*512*9 + 512*4)
				build, operations = gan{64}.compete, operations+8*2*patch*batch
			}
			benchmarkStep(b, build, true, operations, batchOf(batch, 32, 32, 3), batchOf(batch, 128))
		})
	}
}

func BenchmarkTanh(b *testing.B) {
	backend := newBackend(b, "")
	const n = 1 << 20
	e, input := tanhExecutable(b, backend, n)
	b.SetBytes(8 * n)
	for b.Loop() {
		outputs, err := e.Execute(input, nil, 0)
		if err != nil {
			b.Fatal(err)
		}
		if err := outputs[0].Finalize(); err != nil {
			b.Fatal(err)
		}
	}
}
