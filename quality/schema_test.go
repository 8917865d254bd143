package quality

import (
	"flag"
	"reflect"
	"testing"

	"github.com/dataprism/dataprism/internal/schema"
)

//go:generate go test . -run TestSchemaIsCurrent -update

var update = flag.Bool("update", false, "write inspect.schema.json")

const inspectSchema = "inspect.schema.json"

func TestSchemaIsCurrent(t *testing.T) {
	schema.Current(t, inspectSchema, reflect.TypeFor[Report](), "inspect --json",
		"What dataprism inspect found in collections, version 1. docs/inspect.md says what each field means.", *update)
}
