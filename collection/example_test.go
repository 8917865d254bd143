package collection_test

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/collection"
)

// drawInto writes n grey images into a new folder.
func drawInto(dir string, n int) {
	os.MkdirAll(dir, 0o755)
	for i := range n {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%02d.png", i)))
		if err != nil {
			panic(err)
		}
		png.Encode(f, image.NewGray(image.Rect(0, 0, 40, 30)))
		f.Close()
	}
}

func ExampleOpen() {
	dir, _ := os.MkdirTemp("", "collections")
	defer os.RemoveAll(dir)
	drawInto(filepath.Join(dir, "photos"), 8)
	drawInto(filepath.Join(dir, "paintings"), 4)

	var specs []collection.Spec
	for _, arg := range []string{"photo=" + filepath.Join(dir, "photos"), "oil=" + filepath.Join(dir, "paintings")} {
		spec, err := collection.ParseSpec(arg)
		if err != nil {
			fmt.Println(err)
			return
		}
		specs = append(specs, spec)
	}
	d, err := collection.Open(context.Background(), specs, collection.Options{Size: 32, CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()
	for _, c := range d.Collections {
		fmt.Println(c.Name, len(c.Train), len(c.Validation), c.Items[0].File, len(c.Pixels(0)))
	}
	// Output:
	// photo 7 1 00.png 3072
	// oil 3 1 00.png 3072
}
