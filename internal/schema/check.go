package schema

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Current fails where the file at path is not the schema of t, or with write writes it.
func Current(tb testing.TB, path string, t reflect.Type, title, description string, write bool) {
	tb.Helper()
	want, err := Document(t, title, description)
	if err != nil {
		tb.Fatal(err)
	}
	if write {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		tb.Errorf("%s is not that of the code: go generate writes it (%v)", path, err)
	}
}

// Validate holds a value's JSON to the schema at path.
func Validate(tb testing.TB, path string, value any) error {
	tb.Helper()
	compiled, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		tb.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return compiled.Validate(document)
}
