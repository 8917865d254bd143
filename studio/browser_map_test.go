package studio

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

const (
	mapReady  = `document.querySelector(".page.map[data-ready]")`
	noWebGL   = `document.body.innerText.includes("without its graphics card")`
	drawnZ    = `document.querySelector("#points-z canvas").toDataURL()`
	selection = `(document.querySelector(".selection h2")?.textContent ?? "")`
)

// lasso draws a circle around the middle of an area, as a share of its height.
func (b *tab) lasso(area rect, share float64) {
	b.Helper()
	var path []point
	for i := range 13 {
		angle := 2 * math.Pi * float64(i) / 12
		path = append(path, point{area.X + area.Width/2 + share*area.Height/2*math.Cos(angle), area.Y + area.Height/2 + share*area.Height/2*math.Sin(angle)})
	}
	b.drag(path...)
}

func TestBrowserShowsTheMap(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	b.open("#/portraits/map")
	b.until(mapReady)
	if value[bool](b, noWebGL) {
		t.Fatal("the map is drawn without WebGL")
	}
	if said := value[string](b, `document.querySelector("main").innerText`); !strings.Contains(said, "72 held-out images") || !strings.Contains(said, "A probe names the collection of") {
		t.Errorf("the map says %s", said)
	}

	b.becomes(drawnZ, func() { b.choose("Colour by", "hair") })
	b.until(`document.querySelector(".legend").innerText.includes("long")`)
	b.becomes(drawnZ, func() { b.click(button("+")) })
	b.becomes(drawnZ, func() { b.click(button("Whole")) })
	area := b.see(css("#points-z"))
	b.becomes(drawnZ, func() {
		middle := area.at(0.5, 0.5)
		do(b, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseWheel, middle.X, middle.Y, func(p *input.DispatchMouseEventParams) { p.DeltaX, p.DeltaY = 1, -120 }))
	})
	b.click(button("Whole"))

	b.click(button("Lasso"))
	b.lasso(b.see(css("#points-z")), 0.5)
	b.until(`/^[1-9][0-9]* selected/.test(` + selection + `)`)
	some := value[string](b, selection)
	b.lasso(b.see(css("#points-v")), 0.95)
	b.until(selection + ` !== "` + some + `"`)
	b.until(`document.querySelectorAll(".shares tbody tr").length > 5`)
	b.click(button("Select none"))
	b.until(`document.querySelector(".selection").innerText.includes("Nothing is selected")`)
	b.click(button("Move"))

	b.choose("Select", "all of oil")
	b.until(selection + ` === "24 selected"`)
	b.click(button("Project 12 of them"))
	b.until(`document.querySelectorAll(".selection .grid .column").length === 12`)
	b.keys(css(".save-list input"), "\b\b\b\b\b\b\b\b\boil")
	b.click(button("Save the list"))
	b.until(`document.querySelector("#status").innerText.includes("oil.txt")`)
	list, err := os.ReadFile(filepath.Join(home, "runs", "portraits", "studio", "lists", "oil.txt"))
	images := 0
	for line := range strings.Lines(string(list)) {
		if !strings.HasPrefix(line, "#") && strings.TrimSpace(line) != "" {
			images++
		}
	}
	if err != nil || images != 24 {
		t.Errorf("the list has %d images: %v", images, err)
	}

	b.open("#/portraits/map?colour=typicality&select=collection:1")
	b.until(selection + ` === "24 selected"`)
	b.until(`document.querySelector(".legend").innerText.includes("most typical")`)
	b.hover(css("#points-v"), `document.querySelector("#points-z + .seen:not([hidden]) img")`)
	b.click(css(".selection .thumbs a"))
	b.until(allShown)
}

// hover moves the mouse over an area until an element is there.
func (b *tab) hover(area, element string) {
	b.Helper()
	r := b.see(area)
	for y := range 60 {
		for x := range 30 {
			at := r.at(0.3+0.4*float64(x)/30, 0.3+0.4*float64(y)/60)
			do(b, chromedp.MouseEvent(chromedp.MouseMoved, at.X, at.Y))
			if value[bool](b, "Boolean("+element+")") {
				return
			}
		}
	}
	b.Fatalf("nothing is shown where the mouse is over %s", area)
}

func TestBrowserShowsTheMapWithoutGraphicsCard(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil), chromedp.Flag("disable-3d-apis", true))
	b.open("#/portraits/map")
	b.until(mapReady)
	b.until(noWebGL)
	b.click(button("Lasso"))
	b.lasso(b.see(css("#points-v")), 0.9)
	b.until(`/^[1-9][0-9]* selected/.test(` + selection + `)`)
}
