package onnx

import (
	"encoding/json"
	"github.com/dataprism/dataprism/internal/simdtest"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The variable names a folder of node modules with onnxruntime-node.
const onnxruntimeEnvironment = "DATAPRISM_ONNXRUNTIME"

func TestOnnxruntimeComputesTheSame(t *testing.T) {
	modules := os.Getenv(onnxruntimeEnvironment)
	if modules == "" {
		t.Skipf("set %s to a node_modules folder with onnxruntime-node to compare with onnxruntime", onnxruntimeEnvironment)
	}
	backend := simdtest.New(t)
	for name, e := range cases(t) {
		t.Run(name, func(t *testing.T) {
			want := e.run(t, backend)
			folder := t.TempDir()
			path := filepath.Join(folder, "model.onnx")
			if err := e.write(t, path); err != nil {
				t.Fatal(err)
			}
			inputs := map[string]any{"x": map[string]any{"dims": e.dims, "values": e.input()}}
			if e.labels != nil {
				inputs["label"] = e.labels
			}
			text, err := json.Marshal(inputs)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "inputs.json"), text, 0o644); err != nil {
				t.Fatal(err)
			}
			command := exec.Command("node", filepath.Join("testdata", "run.cjs"), path, filepath.Join(folder, "inputs.json"))
			command.Env = append(os.Environ(), "NODE_PATH="+modules)
			command.Stderr = os.Stderr
			output, err := command.Output()
			if err != nil {
				t.Fatal(err)
			}
			var got []float64
			if err := json.Unmarshal(output, &got); err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) {
				t.Fatalf("%d values, want %d", len(got), len(want))
			}
			for i, v := range got {
				if math.Abs(v-float64(want[i])) > 1e-4*(1+math.Abs(v)) {
					t.Fatalf("value %d is %v, want %v", i, v, want[i])
				}
			}
		})
	}
}
