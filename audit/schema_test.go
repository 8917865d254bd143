package audit

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/measure"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:generate go test . -run TestSchemaIsCurrent -update

var update = flag.Bool("update", false, "write audit.schema.json")

const schemaPath = "audit.schema.json"

// schemaOf describes the JSON of a type. What a pointer, a list or a map may lack is null; an estimate that was not
// made is null too.
func schemaOf(t reflect.Type) map[string]any {
	nullable := func(s map[string]any) map[string]any {
		s["type"] = []any{s["type"], "null"}
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		s := schemaOf(t.Elem())
		if _, already := s["type"].([]any); already {
			return s
		}
		return nullable(s)
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Uint64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		return nullable(map[string]any{"type": "array", "items": schemaOf(t.Elem())})
	case reflect.Array:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return nullable(map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem())})
	}
	properties, required := map[string]any{}, []any{}
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			inner := schemaOf(field.Type)
			for name, s := range inner["properties"].(map[string]any) {
				if _, shadowed := properties[name]; !shadowed {
					properties[name] = s
				}
			}
			required = append(required, inner["required"].([]any)...)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		properties[name] = schemaOf(field.Type)
		if !strings.Contains(options, "omitempty") {
			required = append(required, name)
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	if t == reflect.TypeFor[measure.Estimate]() {
		return nullable(s)
	}
	return s
}

func TestSchemaIsCurrent(t *testing.T) {
	schema := schemaOf(reflect.TypeFor[Audit]())
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "audit.json"
	schema["description"] = "What dataprism audit found out about a run, version 1. docs/audit.md says what each field means."
	unique := map[string]bool{} // a field of the audit stands before one of the evaluation that it holds
	var required []any
	for _, name := range schema["required"].([]any) {
		if !unique[name.(string)] {
			unique[name.(string)] = true
			required = append(required, name)
		}
	}
	schema["required"] = required
	want, err := json.MarshalIndent(schema, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
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
	schema, err := jsonschema.NewCompiler().Compile(schemaPath)
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
	return schema.Validate(document)
}
