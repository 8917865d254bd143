package audit_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/measure"
)

// What could be measured is in the file, and why the rest could not.
func ExampleReadEvaluation() {
	dir, _ := os.MkdirTemp("", "audit")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "evaluation.json")
	err := audit.WriteEvaluation(path, &audit.Evaluation{
		Reconstruction: &audit.Reconstruction{L1: measure.Estimate{Value: 0.094, Low: 0.093, High: 0.095, N: 6006}},
		Skipped:        []audit.Skipped{{What: "retrieval", Why: "no image has a pair in another collection"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := audit.ReadEvaluation(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Reconstruction.L1)
	for _, s := range e.Skipped {
		fmt.Printf("%s: %s\n", s.What, s.Why)
	}
	// Output:
	// 0.094 [0.093, 0.095], n = 6006
	// retrieval: no image has a pair in another collection
}
