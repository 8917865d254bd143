package prism

import (
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
)

// changed writes the tensors that keep makes of p's to a file and returns its path.
func changed(t *testing.T, p *Prism, keep func(weights.Tensor) []weights.Tensor) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := p.Write(path); err != nil {
		t.Fatal(err)
	}
	file, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept weights.File
	for _, tensor := range file.Tensors() {
		for _, tensor := range keep(tensor) {
			if err := kept.Add(tensor); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := weights.Write(path, &kept); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string, config Config) error {
	t.Helper()
	backend, err := simd.New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	_, err = Read(backend, path, config)
	return err
}

func all(tensor weights.Tensor) []weights.Tensor { return []weights.Tensor{tensor} }

func TestTensorThatIsMissingIsNamed(t *testing.T) {
	for _, p := range []*Prism{small(t), newPrism(t, net2netModel())} {
		if err := read(t, changed(t, p, all), p.Config); err != nil {
			t.Fatalf("as it was written: %v", err)
		}
		var names []string
		changed(t, p, func(tensor weights.Tensor) []weights.Tensor {
			names = append(names, tensor.Name)
			return nil
		})
		for i, name := range names {
			if i%7 != 0 { // each would take long
				continue
			}
			if strings.Contains(name, "num_batches_tracked") || strings.Contains(name, "initialized") {
				continue // of training alone
			}
			path := changed(t, p, func(tensor weights.Tensor) []weights.Tensor {
				if tensor.Name == name {
					return nil
				}
				return all(tensor)
			})
			var missing *nn.MissingWeightError
			if err := read(t, path, p.Config); !errors.As(err, &missing) || missing.Name != name {
				t.Errorf("without %s the error is %v", name, err)
			}
		}
	}
}

func TestTensorsThatNobodyAsksForAreNamed(t *testing.T) {
	p := small(t)
	for _, name := range []string{"flow/block_02/norm/loc", "fit/other", "secret"} {
		path := changed(t, p, func(tensor weights.Tensor) []weights.Tensor {
			if !strings.HasPrefix(tensor.Name, "flow/block_01/norm/loc") {
				return all(tensor)
			}
			more := tensor
			more.Name = name
			return []weights.Tensor{tensor, more}
		})
		if err := read(t, path, p.Config); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("with %s the error is %v", name, err)
		}
	}
}

func TestConfigurationOfAnotherModelIsRefused(t *testing.T) {
	p := small(t)
	path := changed(t, p, all)
	for says, change := range map[string]func(*Config){
		"block_02": func(c *Config) { c.Flow.Blocks++ },
		"block_01": func(c *Config) { c.Flow.Blocks-- },
		"shape":    func(c *Config) { c.Flow.Hidden *= 2 },
		"weight":   func(c *Config) { c.Autoencoder.Width = 32 },
		"encoder":  func(c *Config) { c.Autoencoder.Size = 64 },
	} {
		config := p.Config
		change(&config)
		if err := read(t, path, config); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v", says, err)
		}
	}
}

func TestSizesBeyondWhatTheFileHoldsTakeNoMemory(t *testing.T) {
	p := small(t)
	path := changed(t, p, all)
	for name, change := range map[string]func(*Config){
		"hidden":      func(c *Config) { c.Flow.Hidden = 1_000_000_000 },
		"hidden, too": func(c *Config) { c.Flow.Hidden = 60_000 },
		"blocks":      func(c *Config) { c.Flow.Blocks = 1_000_000_000 },
		"depth":       func(c *Config) { c.Flow.Depth = 1_000_000_000 },
		"embedding":   func(c *Config) { c.Flow.Embedding = 1_000_000_000 },
		"latent":      func(c *Config) { c.Autoencoder.Latent, c.Flow.Dim = 1_000_000_000, 1_000_000_000 },
		"width":       func(c *Config) { c.Autoencoder.Width = 16_000_000_000 },
	} {
		config := p.Config
		change(&config)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := read(t, path, config)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: there is no error", name)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%s: %d bytes were allocated", name, used)
		}
	}
}

func TestYardstickOfAnotherShapeIsRefused(t *testing.T) {
	p := small(t)
	if err := p.SetFit(anything()); err != nil {
		t.Fatal(err)
	}
	if err := read(t, changed(t, p, all), p.Config); err != nil {
		t.Fatal(err)
	}
	for _, name := range fitTensors() {
		for _, shape := range [][]int{{0}, {1, 2}, {5}} {
			path := changed(t, p, func(tensor weights.Tensor) []weights.Tensor {
				if tensor.Name != name {
					return all(tensor)
				}
				n := 1
				for _, axis := range shape {
					n *= axis
				}
				tensor.Shape, tensor.Data = shape, slices.Repeat([]byte{0}, 4*n)
				return all(tensor)
			})
			if err := read(t, path, p.Config); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s of shape %v: the error is %v", name, shape, err)
			}
		}
	}
}
