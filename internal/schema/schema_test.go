package schema

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/dataprism/dataprism/measure"
)

func TestFieldsAreRequiredUnlessTheyMayBeMissing(t *testing.T) {
	type inner struct {
		Shared int              `json:"shared"`
		Value  measure.Estimate `json:"value"`
		hidden int
	}
	_ = inner{}.hidden // of which JSON knows nothing
	type outer struct {
		inner
		Shared string             `json:"shared"`
		Some   *inner             `json:"some,omitempty"`
		Many   map[string]float64 `json:"many"`
	}
	text, err := Document(reflect.TypeFor[outer](), "outer.json", "a test")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Required   []string
		Properties map[string]struct{ Type any }
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if want := []string{"shared", "value", "many"}; !reflect.DeepEqual(got.Required, want) {
		t.Errorf("required are %q, want %q", got.Required, want)
	}
	if got.Properties["shared"].Type != "string" || !reflect.DeepEqual(got.Properties["some"].Type, []any{"object", "null"}) {
		t.Errorf("the properties are %+v", got.Properties)
	}
}
