package audit

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

var update = flag.Bool("update", false, "write audit.schema.json")

const schemaPath = "audit.schema.json"

func TestSchemaIsCurrent(t *testing.T) {
	want, err := schema.Document(reflect.TypeFor[Audit](), "audit.json",
		"What dataprism audit found out about a run, version 1. docs/audit.md says what each field means.")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaPath, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaPath)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not that of the code: go generate ./audit writes it (%v)", schemaPath, err)
	}
}

// validate holds a value's JSON to the schema.
func validate(t *testing.T, value any) error {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(document)
}
