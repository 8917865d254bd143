package weigh_test

import (
	"fmt"

	"github.com/dataprism/dataprism/weigh"
)

// Six in ten smile outdoors, two in ten indoors: the weights make smiling as frequent in both places.
func ExampleContextWeights() {
	smile := weigh.Label{Name: "smile", Values: []string{"no", "yes"}, Class: []int{1, 1, 1, 0, 0, 1, 0, 0, 0, 0}}
	place := weigh.Label{Name: "place", Values: []string{"indoors", "outdoors"}, Class: []int{1, 1, 1, 1, 1, 0, 0, 0, 0, 0}}
	weight, cells, _ := weigh.ContextWeights(smile, place)
	for _, c := range cells {
		fmt.Printf("smile=%s %s: %d images of weight %.2f\n", c.Label, c.Context, c.N, c.Weight)
	}
	fmt.Printf("as many as %.1f of equal weight\n", weigh.EffectiveOf(weight, nil).Rows)
	// Output:
	// smile=no indoors: 4 images of weight 0.75
	// smile=no outdoors: 2 images of weight 1.50
	// smile=yes indoors: 1 images of weight 2.00
	// smile=yes outdoors: 3 images of weight 0.67
	// as many as 8.3 of equal weight
}
