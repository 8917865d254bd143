package web_test

import (
	"fmt"
	"io/fs"

	"github.com/dataprism/dataprism/studio/web"
)

func ExampleFiles() {
	names, err := fs.Glob(web.Files(), "*.html")
	fmt.Println(names, err)
	// Output: [index.html] <nil>
}
