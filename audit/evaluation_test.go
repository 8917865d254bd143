package audit

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/measure"
	"github.com/google/go-cmp/cmp"
)

func sampleEvaluation() *Evaluation {
	e := measure.Estimate{Value: 0.5, Low: 0.4, High: 0.6, N: 100}
	hits := measure.Hits{At1: e, At5: e}
	shares := map[string]measure.Estimate{"yes": e, "no": e}
	return &Evaluation{
		Schema:         EvaluationSchema,
		Reconstruction: &Reconstruction{L1: e, Sharpness: e},
		NLL:            &measure.Likelihood{Nats: e, BitsPerDim: e},
		Inversion:      &measure.Inversion{MaxAbs: 1e-5, P999: 1e-6},
		Leakage: &LeakageTable{Chance: 0.5, Linear: ProbeResult{e, e}, MLP: ProbeResult{e, e},
			Moments: &ProbeResult{e, e}, Controls: &LeakageControls{e, e}},
		Retrieval:  map[string]RetrievalResult{Direction("a", "b"): {hits, hits, hits}},
		Attributes: map[string]map[string]AttributeShares{"glasses": {"a": {Data: shares, Samples: shares, Shown: shares, Projected: shares}}},
		Transfer:   map[string]map[string]measure.Estimate{"glasses": {Direction("a", "a"): e}},
		Skipped:    []Skipped{{"transfer.beard", "too few"}},
	}
}

func TestEvaluationIsReadBackAsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evaluation.json")
	want := sampleEvaluation()
	if err := WriteEvaluation(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadEvaluation(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("written and read differ:\n%s", diff)
	}
}

func TestEvaluationHasTheDocumentedPaths(t *testing.T) {
	data, err := json.Marshal(sampleEvaluation())
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"schema", "reconstruction/l1/value", "reconstruction/sharpness/low", "nll/nats/high", "nll/bits_per_dim/n",
		"inversion/max_abs", "inversion/p999", "leakage/chance", "leakage/linear/z/value", "leakage/linear/v/value",
		"leakage/mlp/z/value", "leakage/mlp/v/value", "leakage/moments/v/value", "leakage/controls/permuted/value",
		"leakage/controls/normal/value", "retrieval/a->b/projected/at1/value", "retrieval/a->b/reconstructed/at5/value",
		"retrieval/a->b/random/at1/value", "attributes/glasses/a/data/yes/value", "attributes/glasses/a/samples/no/value",
		"attributes/glasses/a/projected/yes/value", "transfer/glasses/a->a/value",
	} {
		at := tree
		for _, key := range strings.Split(path, "/") {
			object, isObject := at.(map[string]any)
			if !isObject || object[key] == nil {
				t.Errorf("%s is not in the file", path)
				break
			}
			at = object[key]
		}
	}
}

func TestWhatWasNotMeasuredIsNull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evaluation.json")
	want := &Evaluation{Schema: EvaluationSchema, Leakage: &LeakageTable{Chance: 0.5}, Skipped: []Skipped{}}
	if err := WriteEvaluation(path, &Evaluation{Leakage: want.Leakage}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"reconstruction": null`, `"nll": null`, `"v": null`, `"skipped": []`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the file has no %s:\n%s", part, text)
		}
	}
	got, err := ReadEvaluation(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("written and read differ:\n%s", diff)
	}
	if got.Leakage.MLP.V.Measured() {
		t.Error("an estimate that is null counts as measured")
	}
}

func TestEvaluationsOfVersionOneAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evaluation.json")
	text := `{"schema": 1, "leakage": {"chance": 0.5, "mlp": {"v": {"value": 0.6, "low": 0.5, "high": 0.7, "n": 9}}}}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	e, err := ReadEvaluation(path)
	if err != nil {
		t.Fatal(err)
	}
	if e.Leakage == nil || e.Leakage.MLP.V.Value != 0.6 {
		t.Errorf("leakage %+v", e.Leakage)
	}
}

func TestForeignEvaluationsAreRefused(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"newer.json": `{"schema": 3}`, "none.json": `{}`, "cut.json": `{"schema": 1, "nll"`, "list.json": `[1]`,
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := ReadEvaluation(path)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v should name the file", name, err)
		}
		var schema *SchemaError
		if isSchema := errors.As(err, &schema); isSchema != (name == "newer.json" || name == "none.json") {
			t.Errorf("%s: error %v is a SchemaError: %v", name, err, isSchema)
		}
	}
	if _, err := ReadEvaluation(filepath.Join(folder, "missing.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestValuesThatAreNotNumbersAreNotWritten(t *testing.T) {
	folder := t.TempDir()
	e := sampleEvaluation()
	e.NLL.Nats.Value = math.NaN()
	if err := WriteEvaluation(filepath.Join(folder, "evaluation.json"), e); err == nil {
		t.Error("NaN should be an error")
	}
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("%d files were left behind", len(files))
	}
}

func FuzzReadingAnEvaluation(f *testing.F) {
	data, err := json.Marshal(sampleEvaluation())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"leakage":{"moments":null}}`))
	f.Add([]byte(`{"schema":1e400}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decodeEvaluation("fuzz.json", data)
		if (e == nil) == (err == nil) {
			t.Errorf("evaluation %v with error %v", e, err)
		}
	})
}
