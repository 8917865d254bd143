package degrade_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/dataprism/dataprism/collection/degrade"
)

func ExampleFault_Apply() {
	pixels := make([]byte, 32*32) // one grey image
	for i := range pixels {
		pixels[i] = byte(i)
	}
	fault := degrade.Fault{Kind: degrade.JPEG, Level: 10}
	worse, err := fault.Apply(pixels, 32, 1, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(fault.Name(), len(worse), string(worse) != string(pixels))
	// Output: jpeg10 1024 true
}
