package page_test

import (
	"bytes"
	"fmt"

	"github.com/dataprism/dataprism/report/page"
)

func Example() {
	p := page.Page{
		Title: "Photos and paintings",
		Lead:  []page.Block{page.Statements{{Sentence: "Photos are sharper than paintings.", Small: "difference 120, 95% interval 90 to 150"}}},
		Sections: []page.Section{{Title: "Sharpness", Blocks: []page.Block{page.Table{
			Columns: []string{"collection", "sharpness"},
			Rows: []page.Row{
				{Name: "photos", Cells: []page.Cell{{Text: "300", Interval: "280 to 320"}}},
				{Name: "<oil>", Cells: []page.Cell{{Text: "180", Interval: "165 to 195"}}},
			},
		}}}},
	}
	html, err := p.HTML()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bytes.Contains(html, []byte("280 to 320")), bytes.Contains(html, []byte("&lt;oil&gt;")), bytes.Contains(html, []byte("<script")))
	// Output: true true false
}
