package counterfactual_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/counterfactual"
)

// Few people who smile wear a hat: what a flow would show of them cannot be checked, and is not made.
func ExampleNewPlan() {
	dir, _ := os.MkdirTemp("", "pairs")
	defer os.RemoveAll(dir)
	table := "file_name,smile,hat\n"
	for i := range 600 {
		smile, hat := []string{"no", "yes"}[i%2], []string{"cap", "bare"}[i/2%2]
		if smile == "yes" && hat == "cap" && i%8 == 1 {
			hat = "bare"
		}
		picture := image.NewGray(image.Rect(0, 0, 4, 4))
		picture.SetGray(i%4, i/4%4, color.Gray{uint8(i / 16)})
		f, _ := os.Create(filepath.Join(dir, fmt.Sprintf("%03d.png", i)))
		png.Encode(f, picture)
		f.Close()
		table += fmt.Sprintf("%03d.png,%s,%s\n", i, smile, hat)
	}
	os.WriteFile(filepath.Join(dir, "metadata.csv"), []byte(table), 0o644)

	ctx, options := context.Background(), collection.Options{Size: 4, Gray: true, CacheDir: filepath.Join(dir, "cache")}
	cells, _, err := collection.Cells(ctx, []collection.Spec{{Name: "people", Path: dir}}, []collection.By{{Label: "smile"}, {Label: "hat"}}, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := collection.Open(ctx, cells, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()
	for _, c := range d.Collections {
		fmt.Println(c.Name, len(c.Train))
	}
	_, err = counterfactual.NewPlan(d, "smile", "hat")
	fmt.Println(err)
	// Output:
	// people.smile_no.bare 135
	// people.smile_no.cap 135
	// people.smile_yes.bare 202
	// people.smile_yes.cap 67
	// each cell needs 100 training images, but people.smile_yes.cap has 67: what a flow shows of so few cannot be checked
}
