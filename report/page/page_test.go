package page

import (
	"bytes"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func red() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		m.SetRGBA(i%8, i/8, color.RGBA{200, 0, 0, 255})
	}
	return m
}

// everything is a page with a block of every kind, whose texts all begin with a mark that needs escaping.
func everything() Page {
	picture := Picture{red(), "<&caption"}
	return Page{
		Title: "<&title", Subtitle: "<&subtitle", Foot: "<&foot",
		Lead: []Block{Statements{{Sentence: "<&sentence", Small: "<&small", Grave: true, Pictures: Strip{Pictures: []Picture{picture}}}}},
		Sections: []Section{{Title: "<&section", Note: "<&note", Blocks: []Block{
			Prose("<&prose"), Heading("<&heading"), List{"<&line"},
			Table{Columns: []string{"<&column"}, Rows: []Row{{"<&row", []Cell{{Text: "<&text", Interval: "<&interval", Bar: true, Low: 10, At: 20, Width: 30, Zero: 50}}}}},
			Histograms{Series: []string{"<&a", "<&b", "<&c"}, Charts: []Histogram{{Title: "<&chart", Unit: "<&unit", From: -1, To: 1, Counts: [][]int{{1, 2, 3}, {0, 0, 0}, nil}}}},
			Strip{Pictures: []Picture{picture}, Set: true}, Sets{{Pictures: []Picture{picture}}}, Wide(picture),
			Folded{"<&summary", []Block{Prose("<&folded")}},
		}}},
	}
}

func TestPageHoldsEveryTextEscapedAndNothingFromOutside(t *testing.T) {
	data, err := everything().HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range strings.Fields("title subtitle foot sentence small caption section note prose heading line column row text interval a b chart unit summary folded") {
		if !bytes.Contains(data, []byte("&lt;&amp;"+text)) {
			t.Errorf("the page does not hold %q, escaped", text)
		}
	}
	for _, no := range []string{"<&", "http://", "https://", "<script", "ZgotmplZ", "NaN", "%!"} {
		if bytes.Contains(data, []byte(no)) {
			t.Errorf("the page holds %q", no)
		}
	}
	for _, want := range []string{"prefers-color-scheme: dark", "@media print", "max-width: 40rem", `src="data:image/jpeg;base64,`, `src="data:image/png;base64,`, `name="viewport"`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("the page does not hold %q", want)
		}
	}
}

// Names of files end their lines behind a slash or an underscore, or in an ellipsis, and stand whole in the title.
func TestNamesBelowPicturesDoNotBreakAnywhere(t *testing.T) {
	data, err := Page{Lead: []Block{Strip{Pictures: []Picture{{red(), "a&b/Diana_0003.jpg"}}}}}.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<figcaption title="a&amp;b/Diana_0003.jpg">a&amp;b/<wbr>Diana_<wbr>0003.jpg</figcaption>`, "overflow-wrap: normal; overflow: hidden; text-overflow: ellipsis"} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("the page does not hold %s", want)
		}
	}
}

func TestTheSamePageHasTheSameBytes(t *testing.T) {
	a, err := everything().HTML()
	if err != nil {
		t.Fatal(err)
	}
	b, _ := everything().HTML()
	if !bytes.Equal(a, b) {
		t.Error("two renderings differ")
	}
}

func TestCurvesHaveTheHeightOfTheirShares(t *testing.T) {
	// Two series of one shape and different size have the same curve.
	svg := string(Histogram{From: 0, To: 1, Counts: [][]int{{1, 3}, {10, 30}}}.svg([]string{"a", "b"}))
	curves := strings.Split(svg, `class="curve" d="`)
	if len(curves) != 3 {
		t.Fatalf("%d curves in %s", len(curves)-1, svg)
	}
	first, _, _ := strings.Cut(curves[1], `"`)
	second, _, _ := strings.Cut(curves[2], `"`)
	if first != second || !strings.Contains(first, " 6.0L300.0 6.0") {
		t.Errorf("curves %q and %q", first, second)
	}
}

func TestAPageIsWrittenAsAWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	if err := everything().Write(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !bytes.HasSuffix(bytes.TrimSpace(data), []byte("</html>")) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if err := everything().Write(filepath.Join(path, "x.html")); err == nil {
		t.Error("a page below a file should not be written")
	}
}
