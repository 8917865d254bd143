package studio

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// description is openapi.json as tests hold answers against it.
type description struct {
	*apiDocument
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

const descriptionURL = "file:///openapi.json"

var described = sync.OnceValue(func() *description {
	api, err := parseAPI()
	if err != nil {
		panic(err)
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(apiText))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(descriptionURL, whole); err != nil {
		panic(err)
	}
	return &description{apiDocument: api, compiler: c, schemas: map[string]*jsonschema.Schema{}}
})

// path is the description's path that an address is of; "" where it is of none.
func (d *description) path(address string) string {
	address, _, _ = strings.Cut(address, "?")
	parts := strings.Split(address, "/")
	best := ""
	for path := range d.Paths {
		pattern := strings.Split(path, "/")
		if len(pattern) != len(parts) {
			continue
		}
		fits := true
		for i, p := range pattern {
			fits = fits && (p == parts[i] || strings.HasPrefix(p, "{") && parts[i] != "")
		}
		if fits && (best == "" || strings.Count(path, "{") < strings.Count(best, "{")) {
			best = path
		}
	}
	return best
}

// schema is the one at a place of the description.
func (d *description) schema(t testing.TB, place ...string) *jsonschema.Schema {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, p := range place {
		place[i] = strings.NewReplacer("~", "~0", "/", "~1").Replace(p)
	}
	at := "#/" + strings.Join(place, "/")
	if d.schemas[at] == nil {
		s, err := d.compiler.Compile(descriptionURL + at)
		if err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		d.schemas[at] = s
	}
	return d.schemas[at]
}

// hold says what of an answer is not as the description has it, and returns the operation and status that it is of.
func (d *description) hold(t testing.TB, method, address string, w *httptest.ResponseRecorder) string {
	t.Helper()
	if !strings.HasPrefix(address, "/api") {
		return ""
	}
	path, lower := d.path(address), strings.ToLower(method)
	operation, found := d.Paths[path][lower]
	if !found {
		if w.Code/100 != 4 {
			t.Errorf("%s %s is not described, but answered with %d", method, address, w.Code)
		}
		return ""
	}
	status := strconv.Itoa(w.Code)
	response, found := operation.Responses[status]
	if !found {
		t.Errorf("%s %s answers with %d, which is not described: %.300s", method, address, w.Code, w.Body)
		return ""
	}
	met := method + " " + path + " " + status
	place := []string{"paths", path, lower, "responses", status}
	if response.Ref != "" {
		response, place = d.Components.Responses[status], []string{"components", "responses", status}
	}
	if len(response.Content) == 0 {
		if w.Body.Len() > 0 {
			t.Errorf("%s has a body, which is not described", met)
		}
		return met
	}
	kind := w.Header().Get("Content-Type")
	if _, found := response.Content[kind]; !found {
		t.Errorf("%s is answered with %q, which is not described", met, kind)
		return met
	}
	if media, _, _ := mime.ParseMediaType(kind); media != "application/json" {
		return met
	}
	var value any
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil {
		t.Errorf("%s: %v", met, err)
	} else if err := d.schema(t, append(place, "content", kind, "schema")...).Validate(value); err != nil {
		t.Errorf("%s: %v\n%.500s", met, err, w.Body)
	}
	return met
}
