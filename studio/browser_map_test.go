package studio

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	mapReady  = `document.querySelector(".page.map[data-ready]")`
	noWebGL   = `document.querySelector(".plainly")`
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
	if value[bool](b, "Boolean("+noWebGL+")") {
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
	b := newBrowser(t, newStudio(t, nil))
	b.onNewDocument(`const draw = HTMLCanvasElement.prototype.getContext;
		HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return kind.startsWith("webgl") ? null : draw.call(this, kind, ...more); };`)
	b.open("#/portraits/map")
	b.until(mapReady)
	b.drawsPlainly("this browser has no WebGL")
}

// forgetCompiled takes the code away that was recorded for the map's library, for as long as the document lives.
const forgetCompiled = `import(document.querySelector("script[src]").src.replace("app.js", "scatter.js")).then(({compiled}) => {
	for (const key of Object.keys(compiled)) delete compiled[key]; location.hash = "#/portraits/map"; })`

func TestBrowserShowsTheMapWhereNoCodeWasRecorded(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	b.open("#/portraits/project")
	b.until(allShown)
	do(b, chromedp.Evaluate[any](forgetCompiled, chromedp.EvalAwaitPromise))
	b.until(mapReady)
	b.drawsPlainly("code for this browser is missing")
}

// drawsPlainly checks a map that is drawn without WebGL: it says why, has its colours, and the lasso selects.
func (b *tab) drawsPlainly(why string) {
	b.Helper()
	b.until(noWebGL + `?.innerText.includes("` + why + `")`)
	const colours = `(() => { const from = document.querySelector("#points-z canvas"), c = document.createElement("canvas"), seen = new Set();
		c.width = from.width; c.height = from.height;
		const pen = c.getContext("2d", {willReadFrequently: true});
		pen.drawImage(from, 0, 0);
		const all = pen.getImageData(0, 0, c.width, c.height).data;
		for (let i = 0; i < all.length; i += 4) if (all[i + 3] === 255) seen.add(all.slice(i, i + 3).join());
		return [...seen].sort().join(" "); })()`
	b.until(colours + `.split(" ").length === 3`)
	b.becomes(colours, func() { b.choose("Colour by", "typicality") })
	b.click(button("Lasso"))
	b.lasso(b.see(css("#points-v")), 0.9)
	b.until(`/^[1-9][0-9]* selected/.test(` + selection + `)`)
}

// TestBrowserShowsTheMapByEveryCard draws on a screen of other pixels, by a driver that lists attributes in another order
// and finds no uniform in use: the recorded code must do for it, too.
func TestBrowserShowsTheMapByEveryCard(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	b.onNewDocument(`const card = WebGLRenderingContext.prototype, attribute = card.getActiveAttrib;
		card.getActiveUniform = () => null;
		card.getActiveAttrib = function (program, i) { return attribute.call(this, program, this.getProgramParameter(program, this.ACTIVE_ATTRIBUTES) - 1 - i); };`)
	do(b, chromedp.EmulateViewport(390, 800, chromedp.EmulateScale(3)))
	b.open("#/portraits/map")
	b.until(mapReady)
	if value[bool](b, "Boolean("+noWebGL+")") {
		t.Error("the map is drawn without WebGL")
	}
}

// onNewDocument runs a script in every document before its own.
func (b *tab) onNewDocument(script string) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, devtools.AddScriptToEvaluateOnNewDocument, devtools.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		b.Fatal(err)
	}
}

func TestBrowserShowsTheMapWhileItIsMade(t *testing.T) {
	c := newStudio(t, nil)
	live := c.all()[0]
	whole, err := live.explored.wait(t.Context(), c.Server)
	if err != nil {
		t.Fatal(err)
	}
	// Another studio, whose map waits until it is told to go on, knows every other image so far.
	some := &explored{Labels: map[string][]int{}, Values: whole.Values, Total: whole.Total}
	for i := 0; i < len(whole.Images); i += 2 {
		some.Images, some.Collection, some.Typicality = append(some.Images, whole.Images[i]), append(some.Collection, whole.Collection[i]), append(some.Typicality, whole.Typicality[i])
		some.Z, some.V = append(some.Z, whole.Z[2*i:2*i+2]...), append(some.V, whole.V[2*i:2*i+2]...)
	}
	for name, numbers := range whole.Labels {
		for i := 0; i < len(numbers); i += 2 {
			some.Labels[name] = append(some.Labels[name], numbers[i])
		}
	}
	made := make(chan struct{})
	slow := newStudio(t, nil)
	being := slow.all()[0]
	being.explored.do = func(ctx context.Context, _ func(string, ...any)) (*explored, error) {
		select {
		case <-made:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return whole, nil
	}
	b := newBrowser(t, slow)
	b.open("#/portraits/map")
	b.until(`document.querySelector("main").innerText.includes("are being mapped")`)
	being.placed.Store(some)
	b.until(`document.querySelector("main").innerText.includes("So far 36 are placed")`)
	b.choose("Select", "all of oil")
	b.until(`/^[1-9][0-9]* selected/.test(` + selection + `)`)
	part := value[string](b, selection)
	close(made)
	b.until(mapReady)
	if now := value[string](b, selection); now == part || now != "24 selected" {
		t.Errorf("of the whole map, %s, of a part of it %s", now, part)
	}
}
