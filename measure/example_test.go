package measure_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/dataprism/dataprism/measure"
)

// Rows that belong together, such as the pictures of one person, count as one observation where an interval is
// computed.
func ExampleMean() {
	errors := []float64{0.10, 0.10, 0.10, 0.14, 0.14, 0.14}
	people := []int{0, 0, 0, 1, 1, 1}
	alone, _ := measure.Mean(errors, nil)
	together, _ := measure.Mean(errors, people)
	fmt.Printf("%.2f, from %.2f to %.2f\n", alone.Value, alone.Low, alone.High)
	fmt.Printf("%.2f, from %.2f to %.2f\n", together.Value, together.Low, together.High)
	// Output:
	// 0.12, from 0.10 to 0.14
	// 0.12, from -0.13 to 0.37
}

// What a judge says is corrected by the errors that it is known to make.
func ExampleShares() {
	var truth, judged []int
	add := func(t, j, n int) {
		for range n {
			truth, judged = append(truth, t), append(judged, j)
		}
	}
	add(0, 0, 180) // of 200 images without glasses it sees 20 with them
	add(0, 1, 20)
	add(1, 1, 160) // of 200 with them it misses 40
	add(1, 0, 40)
	confusion, err := measure.CountConfusion(truth, judged, nil, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := make([]int, 1000)
	for i := range 310 {
		seen[i] = 1
	}
	shares, err := measure.Shares(seen, nil, confusion, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("seen in 31%%, to be found in %.0f%%\n", 100*shares[1].Value)
	// Output: seen in 31%, to be found in 30%
}
