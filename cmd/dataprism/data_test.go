package main

import (
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
)

func TestTablesAreGivenByTheNameOfTheirCollection(t *testing.T) {
	specs := []collection.Spec{{Name: "a", Path: "x"}, {Name: "b", Path: "y"}}
	flags := tableFlags{metadata: []string{"b=labels=1.csv"}, column: []string{"b=scan", "a=file"}}
	if err := flags.apply(specs); err != nil {
		t.Fatal(err)
	}
	if specs[0].Metadata != "" || specs[0].FileColumn != "file" || specs[1].Metadata != "labels=1.csv" || specs[1].FileColumn != "scan" {
		t.Errorf("%+v", specs)
	}
	for _, wrong := range []string{"c=x", "a", "a=", "=x"} {
		if err := (tableFlags{metadata: []string{wrong}}).apply(specs); err == nil || !strings.Contains(err.Error(), "--metadata "+wrong) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
