package trial_test

import (
	"fmt"

	"github.com/dataprism/dataprism/trial"
)

func ExampleParseExpert() {
	e, err := trial.ParseExpert("made=lfw+into(lfw):even@v")
	fmt.Println(e.Name, e.Sets[1].Kind, e.Sets[1].Collection, e.Weights, e.Method, err)
	_, err = trial.ParseExpert("made=lfw+onto(lfw)")
	fmt.Println(err)
	// Output:
	// made into lfw even v <nil>
	// "made=lfw+onto(lfw)" is no expert: at "onto(lfw)", what is made is one of reconstructed(C), into(C), drawn(C) (write one like real=lfw or made=lfw+drawn(lfw):even@network)
}

func ExampleWeights_Effective() {
	fmt.Printf("%.1f\n", trial.Weights{1, 1, 1, 1}.Effective())
	fmt.Printf("%.1f\n", trial.Weights{4, 0, 0, 0}.Effective())
	// Output:
	// 4.0
	// 1.0
}
