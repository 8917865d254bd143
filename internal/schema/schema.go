// Package schema describes the types whose JSON the program writes, as JSON Schema: for the tests that keep a committed
// schema to its type.
package schema

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/dataprism/dataprism/measure"
)

// Document is the schema of a file that holds the JSON of t.
func Document(t reflect.Type, title, description string) ([]byte, error) {
	s := Of(t)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"], s["description"] = title, description
	unique := map[string]bool{} // a field stands before one of the same name in a type that is embedded
	var required []any
	for _, name := range s["required"].([]any) {
		if !unique[name.(string)] {
			unique[name.(string)] = true
			required = append(required, name)
		}
	}
	s["required"] = required
	text, err := json.MarshalIndent(s, "", " ")
	return append(text, '\n'), err
}

// Of describes the JSON of a type. What a pointer, a list or a map may lack is null; an estimate that was not
// made is null too.
func Of(t reflect.Type) map[string]any {
	nullable := func(s map[string]any) map[string]any {
		s["type"] = []any{s["type"], "null"}
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		s := Of(t.Elem())
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
		return nullable(map[string]any{"type": "array", "items": Of(t.Elem())})
	case reflect.Array:
		return map[string]any{"type": "array", "items": Of(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return nullable(map[string]any{"type": "object", "additionalProperties": Of(t.Elem())})
	}
	properties, required := map[string]any{}, []any{}
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			inner := Of(field.Type)
			for name, s := range inner["properties"].(map[string]any) {
				if _, shadowed := properties[name]; !shadowed {
					properties[name] = s
				}
			}
			required = append(required, inner["required"].([]any)...)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "-" {
			continue
		}
		properties[name] = Of(field.Type)
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
