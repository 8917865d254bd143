package audit

import (
	"flag"
	"reflect"
	"testing"

	"github.com/dataprism/dataprism/internal/schema"
)

//go:generate go test . -run TestSchemasAreCurrent -update

var update = flag.Bool("update", false, "write the schemas")

const (
	auditSchema = "audit.schema.json"
	driftSchema = "drift.schema.json"
)

func TestSchemasAreCurrent(t *testing.T) {
	schema.Current(t, auditSchema, reflect.TypeFor[Audit](), "audit.json",
		"What dataprism audit found out about a run, version 1. docs/audit.md says what each field means.", *update)
	schema.Current(t, driftSchema, reflect.TypeFor[Drift](), "drift.json",
		"How dataprism drift found a new folder to differ from a run, version 1. docs/drift.md says what each field means.", *update)
}
