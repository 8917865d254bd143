package stream

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"testing"
)

func TestTheSameStreamGivesTheSameNumbers(t *testing.T) {
	a, b := New(7, AuditSee, 2), New(7, AuditSee, 2)
	for range 100 {
		if a.Uint64() != b.Uint64() {
			t.Fatal("two generators of one stream differ")
		}
	}
}

func TestStreamsHaveNothingInCommon(t *testing.T) {
	// Not even where the name and the numbers of one could be read as those of another.
	streams := map[string]*rand.Rand{
		"plain":            New(1, "a"),
		"another seed":     New(2, "a"),
		"another name":     New(1, "b"),
		"a number":         New(1, "a", 0),
		"another number":   New(1, "a", 1),
		"two numbers":      New(1, "a", 0, 1),
		"numbers reversed": New(1, "a", 1, 0),
		"negative":         New(1, "a", -1),
	}
	seen := make(map[uint64]string)
	for name, s := range streams {
		for range 200 {
			x := s.Uint64()
			if other, met := seen[x]; met {
				t.Fatalf("%q and %q both draw %d", name, other, x)
			}
			seen[x] = name
		}
	}
}

func TestEveryStreamHasANameOfItsOwn(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "stream.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, isSpec := n.(*ast.ValueSpec)
		if !isSpec {
			return true
		}
		for _, v := range spec.Values {
			if text, isText := v.(*ast.BasicLit); isText {
				if names[text.Value] {
					t.Errorf("two streams are called %s", text.Value)
				}
				names[text.Value] = true
			}
		}
		return true
	})
	if len(names) < 5 {
		t.Errorf("only %d names of streams were found", len(names))
	}
}
