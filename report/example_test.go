package report_test

import (
	"fmt"
	"image"

	"github.com/dataprism/dataprism/report"
)

func ExampleGrid() {
	one, two := image.NewGray(image.Rect(0, 0, 32, 32)), image.NewGray(image.Rect(0, 0, 32, 32))
	grid := report.Grid{
		Columns: []string{"Anna", "Bert"},
		Rows: []report.Row{
			{Label: "input", Pictures: []image.Image{one, two}},
			{Label: "as oil", Pictures: []image.Image{two, nil}},
		},
		Scale: 2,
	}
	picture, err := grid.Draw()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(picture.Bounds().Dx() > 2*2*32, picture.Bounds().Dy() > 2*2*32)
	// Output: true true
}
