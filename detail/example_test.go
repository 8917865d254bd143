package detail_test

import (
	"fmt"

	"github.com/dataprism/dataprism/detail"
	"github.com/dataprism/dataprism/measure"
)

// An edge, the fine grain that its reconstruction lacks, and a projection with half of the contrast.
func ExampleCarry() {
	const side = 16
	grey := func(value func(y, x int) float32) measure.Images {
		m := measure.Images{N: 1, H: side, W: side, C: 1, Data: make([]float32, side*side)}
		for i := range m.Data {
			m.Data[i] = value(i/side, i%side)
		}
		return m
	}
	edge := func(_, x int) float32 {
		if x < side/2 {
			return -0.8
		}
		return 0.8
	}
	grained := func(y, x int) float32 { return edge(y, x) + 0.1*float32(1-2*((x+y)%2)) }
	halved := func(y, x int) float32 { return edge(y, x) / 2 }
	carried, err := detail.Carry(grey(grained), grey(edge), grey(halved), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("beside the edge: %.2f %.2f\n", carried.Data[8*side+7], carried.Data[8*side+8])
	// Output: beside the edge: -0.44 0.44
}
