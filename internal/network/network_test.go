package network

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/measure"
	"github.com/gomlx/compute"
)

// waves are the images that testdata/make.py gives the networks.
func waves() measure.Images {
	m := measure.Images{N: 3, H: 20, W: 20, C: 3, Data: make([]float32, 3*20*20*3)}
	for i := range m.Data {
		m.Data[i] = float32(math.Sin(0.37 * float64(i)))
	}
	return m
}

func TestNetworksSayWhatOnnxruntimeSays(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "want.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string][][]float64
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	backend := simdtest.New(t)
	for file, outputs := range want {
		for output, rows := range outputs {
			n, err := Open(backend, filepath.Join("testdata", file), output, Signed, 20)
			if err != nil {
				t.Errorf("%s, %s: %v", file, output, err)
				continue
			}
			got, err := n.Run(t.Context(), waves())
			if err != nil {
				t.Fatal(err)
			}
			if output == "gelu" { // of tokens their mean is given
				for i, row := range rows {
					mean := make([]float64, 8)
					for k, v := range row {
						mean[k%8] += v / float64(len(row)/8)
					}
					rows[i] = mean
				}
			}
			if got.Rows != len(rows) || got.Cols != len(rows[0]) || got.Cols != n.Width() {
				t.Errorf("%s, %s: [%d, %d], want [%d, %d]", file, output, got.Rows, got.Cols, len(rows), len(rows[0]))
				continue
			}
			for i, row := range rows {
				for k, v := range row {
					if d := math.Abs(float64(got.Row(i)[k]) - v); d > 1e-4*(1+math.Abs(v)) {
						t.Errorf("%s, %s: value %d of image %d is %v, want %v", file, output, k, i, got.Row(i)[k], v)
					}
				}
			}
		}
	}
}

func TestRunsEndWithTheContext(t *testing.T) {
	n, err := Open(simdtest.New(t), filepath.Join("testdata", "convnet.onnx"), "", Signed, 20)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Run(ctx, waves()); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestImagesArePreparedAsANetworkTakesThem(t *testing.T) {
	n := &Network{side: [2]int{2, 2}, channels: 3, scale: Byte}
	to := make([]float32, 12)
	flat := make([]float32, 5*7)
	for i := range flat {
		flat[i] = 0.2
	}
	n.prepare(to, flat, 5, 7, 1) // grey to colour, made smaller
	for i, v := range to {
		if math.Abs(float64(v)-153) > 1e-3 {
			t.Errorf("value %d of an even image is %v", i, v)
		}
	}
	// Sharp images are made smaller of the nearest pixels alone.
	n = &Network{side: [2]int{1, 2}, channels: 1, scale: Signed, sharp: true}
	to = make([]float32, 2)
	n.prepare(to, []float32{1, 0, 0, 0, 0.5, 1}, 1, 6, 1)
	if to[0] != 0 || to[1] != 0.5 {
		t.Errorf("six pixels become %v, want those in the middle of each three", to)
	}
	// A step keeps its place and its mean when it is enlarged.
	n = &Network{side: [2]int{1, 8}, channels: 1, scale: Unit, last: true}
	to = make([]float32, 8)
	n.prepare(to, []float32{-1, -1, 1, 1}, 1, 4, 1)
	if to[0] != 0 || to[7] != 1 || math.Abs(float64(to[3]+to[4])-1) > 1e-6 {
		t.Errorf("a step becomes %v", to)
	}
	n = &Network{side: [2]int{1, 1}, channels: 1, scale: Signed}
	to = make([]float32, 1)
	n.prepare(to, []float32{1, 0, 0}, 1, 1, 3)
	if math.Abs(float64(to[0])-0.299) > 1e-6 {
		t.Errorf("red is as bright as %v", to[0])
	}
	if got := ImageNet.of(1, 1); math.Abs(float64(got)-(1-0.456)/0.224) > 1e-6 {
		t.Errorf("white in green is %v", got)
	}
	if _, err := ParseScale("loud"); err == nil {
		t.Error("there is no scale called loud")
	}
}

// refused says whether a file gives one sentence that names it.
func refused(t *testing.T, backend compute.Backend, data []byte) (said string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := Open(backend, path, "", Signed, 20)
	if err == nil {
		return ""
	}
	if !strings.HasPrefix(err.Error(), path) || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %q", err)
	}
	return err.Error()
}

func TestHostileFilesGiveSentences(t *testing.T) {
	backend := simdtest.New(t)
	whole, err := os.ReadFile(filepath.Join("testdata", "convnet.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "text": []byte("this is no model"), "half": whole[:len(whole)/2], "zeros": make([]byte, 1000),
	} {
		if refused(t, backend, data) == "" {
			t.Errorf("%s is taken for a model", name)
		}
	}
	if _, err := Open(backend, t.TempDir(), "", Signed, 20); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("a folder gives %v", err)
	}
	if _, err := Open(backend, "model.safetensors", "", Signed, 20); err == nil || !strings.Contains(err.Error(), "ONNX") {
		t.Errorf("weights alone give %v", err)
	}
	if _, err := Open(backend, filepath.Join("testdata", "convnet.onnx"), "nowhere", Signed, 20); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("an output that is not there gives %v", err)
	}
	// Whatever is changed, there is an error or a network, and no panic.
	rng := rand.New(rand.NewPCG(1, 1))
	for range 150 {
		data := append([]byte{}, whole...)
		for range 1 + rng.IntN(4) {
			data[rng.IntN(len(data))] = byte(rng.IntN(256))
		}
		refused(t, backend, data)
	}
	// An operation that is not known is named.
	other := append([]byte{}, whole...)
	if at := strings.Index(string(other), "HardSwish"); at < 0 {
		t.Fatal("no operation to rename")
	} else {
		copy(other[at:], "HardSwosh")
	}
	if said := refused(t, backend, other); !strings.Contains(said, "HardSwosh is not supported") {
		t.Errorf("an unknown operation gives %q", said)
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range []string{"convnet.onnx", "tokens.onnx"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(binary.AppendUvarint([]byte{0x3a}, 1<<62))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err == nil && (len(m.inputs) != 1 || len(m.nodes) == 0) {
			t.Error("a model without an input or an operation is read")
		}
	})
}
