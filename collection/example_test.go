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

// drawInto writes n images of a shade each into a new folder.
func drawInto(dir string, n int, first uint8) {
	os.MkdirAll(dir, 0o755)
	for i := range n {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%02d.png", i)))
		if err != nil {
			panic(err)
		}
		picture := image.NewGray(image.Rect(0, 0, 40, 30))
		for j := range picture.Pix {
			picture.Pix[j] = first + uint8(i)
		}
		png.Encode(f, picture)
		f.Close()
	}
}

func ExampleOpen() {
	dir, _ := os.MkdirTemp("", "collections")
	defer os.RemoveAll(dir)
	drawInto(filepath.Join(dir, "photos"), 8, 100)
	drawInto(filepath.Join(dir, "paintings"), 4, 200)

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
	// photo 6 2 00.png 3072
	// oil 2 2 00.png 3072
}
