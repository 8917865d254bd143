package trial

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"github.com/dataprism/dataprism/internal/schema"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:generate go test . -run TestSchemaIsCurrent -update

var update = flag.Bool("update", false, "write trial.schema.json")

const schemaPath = "trial.schema.json"

func TestSchemaIsCurrent(t *testing.T) {
	for path, of := range map[string]struct {
		t                  reflect.Type
		title, description string
	}{
		schemaPath: {reflect.TypeFor[Result](), "trial.json",
			"What dataprism trial found out about experts, version 1. docs/trials.md says what each field means."},
		"loop.schema.json": {reflect.TypeFor[LoopResult](), "loop.json",
			"What dataprism loop found out about generations, version 1. docs/trials.md says what each field means."},
	} {
		want, err := schema.Document(of.t, of.title, of.description)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not that of the code: go generate ./trial writes it (%v)", path, err)
		}
	}
}

func TestResultsFitTheSchema(t *testing.T) {
	class, group := labelled(200, [2]float64{0.7, 0.3}, seeded(1))
	f := fits{spoken(class, class, group)}
	c, err := cell(f, f, 0.05, 1)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(Result{Schema: Schema, Cells: map[string]map[string]Cell{"real": {"lfw": c}}})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := jsonschema.NewCompiler().Compile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(document); err != nil {
		t.Error(err)
	}
}
