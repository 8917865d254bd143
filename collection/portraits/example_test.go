package portraits_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/dataprism/dataprism/collection/portraits"
)

func ExampleDraw() {
	rng := rand.New(rand.NewPCG(1, 2))
	who := portraits.NewPerson(portraits.Attributes{LongHair: true, Smile: true}, rng)
	for _, style := range portraits.Styles() {
		picture := portraits.Draw(who, style, 64)
		fmt.Println(style, picture.Bounds().Size(), who.Labels()["hair"], who.Labels()["smile"])
	}
	// Output:
	// photo (64,64) long yes
	// oil (64,64) long yes
	// anime (64,64) long yes
}

func ExamplePrevalence_Share() {
	for _, style := range portraits.Styles() {
		long, _ := portraits.Prevalences(style).Share("hair", "long")
		fmt.Printf("%s: %.0f%% have long hair\n", style, 100*long)
	}
	// Output:
	// photo: 50% have long hair
	// oil: 30% have long hair
	// anime: 90% have long hair
}
