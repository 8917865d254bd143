package studio

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
)

// stepTime is how long a step of a test in the browser may take before it has failed.
const stepTime = 20 * time.Second

// atRest is true where the page waits for no pictures.
const atRest = `!document.querySelector('[aria-busy="true"]')`

// tab is a page of the studio in Chromium. What its console says is a fault of the test.
type tab struct {
	*testing.T
	ctx  context.Context
	base string

	mu      sync.Mutex
	console []string
}

// chromium is the path of the browser, by the names that it has on the systems.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium is found: the pages are tested where chromium or google-chrome is installed")
	return ""
}

// The browser that all tests share, started by the first that needs it. What ends it is nil before.
var (
	sharedBrowser    context.Context
	endSharedBrowser func()
)

// openBrowser starts the browser, with a camera that films a test pattern.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	path := chromium(t)
	if endSharedBrowser != nil {
		return sharedBrowser
	}
	profile, err := os.MkdirTemp("", "dataprism-browser-")
	if err != nil {
		t.Fatal(err)
	}
	allocated, endAllocated := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(profile),
		chromedp.Flag("use-angle", "swiftshader"), chromedp.Flag("enable-unsafe-swiftshader", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	ctx, end := chromedp.NewContext(allocated)
	sharedBrowser, endSharedBrowser = ctx, func() {
		end()
		endAllocated()
		os.RemoveAll(profile)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// newBrowser is a tab for the pages of a studio, with cookies, storage and a cache of its own.
func newBrowser(t *testing.T, studio http.Handler) *tab {
	t.Helper()
	shared := openBrowser(t)
	site := httptest.NewServer(studio)
	t.Cleanup(site.Close)
	ctx, end := chromedp.NewContext(shared, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	b := &tab{T: t, ctx: ctx, base: site.URL}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900)); err != nil { // which opens the tab
		t.Fatal(err)
	}
	messages := chromedp.Console(ctx)
	go func() { // which ends with the tab
		for m, err := range messages {
			if err != nil {
				return
			}
			b.hear(m)
		}
	}()
	t.Cleanup(b.checkConsole)
	return b
}

// hear keeps what the page's console says.
func (b *tab) hear(m chromedp.ConsoleMessage) {
	if m.Source == string(log.EntrySourceRendering) && strings.Contains(m.Text, "GL Driver Message") {
		return // the software renderer's words about its own speed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.console = append(b.console, fmt.Sprintf("%s %s", m, m.URL))
}

func (b *tab) checkConsole() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, said := range b.console {
		b.Errorf("the console says %s", said)
	}
}

// do takes a step in the browser.
func do[T any](b *tab, step chromedp.Action[T]) T {
	b.Helper()
	ctx, end := context.WithTimeout(b.ctx, stepTime)
	defer end()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		b.Fatalf("%v\nthe page shows: %s", err, b.text())
	}
	return v
}

// value is that of a JavaScript expression.
func value[T any](b *tab, expression string) T {
	b.Helper()
	return do(b, chromedp.Evaluate[T](expression))
}

func (b *tab) text() string {
	ctx, end := context.WithTimeout(b.ctx, time.Second)
	defer end()
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.hash + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return shown
}

// open shows an address of the studio, such as "#/portraits/map", as in a new window.
func (b *tab) open(hash string) {
	b.Helper()
	do(b, chromedp.Steps(chromedp.Navigate("about:blank"), chromedp.Navigate(b.base+"/"+hash)))
}

// until waits for a JavaScript expression to be true.
func (b *tab) until(expression string) {
	b.Helper()
	for end := time.Now().Add(stepTime); ; time.Sleep(80 * time.Millisecond) {
		ctx, cancel := context.WithDeadline(b.ctx, end)
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf("Boolean(%s)", expression)))
		cancel()
		if err == nil && holds { // an error may be that of a page that is just being left
			return
		}
		if time.Now().After(end) {
			b.Fatalf("it is not so that %.300s (%v)\nthe page shows: %s", expression, err, b.text())
		}
	}
}

// becomes waits until a JavaScript expression has another value than before a step, and nothing is on its way any more.
func (b *tab) becomes(expression string, step func()) {
	b.Helper()
	b.until(atRest)
	before := value[string](b, expression)
	step()
	b.until(fmt.Sprintf(`(%s) !== %q && %s`, expression, before, atRest))
}

// button is the expression of the button with a text.
func button(text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("button")].find((b) => b.textContent === %q && b.offsetParent)`, text)
}

// css is the expression of the first element that a selector finds.
func css(selector string) string { return fmt.Sprintf(`document.querySelector(%q)`, selector) }

// point is a place in the window, rect an area of it.
type (
	point struct{ X, Y float64 }
	rect  struct{ X, Y, Width, Height float64 }
)

// at is the point at shares of the width and height of an area.
func (r rect) at(x, y float64) point { return point{r.X + x*r.Width, r.Y + y*r.Height} }

// see brings an element into the window and says where it is, once it stays there.
func (b *tab) see(element string) rect {
	b.Helper()
	b.until(element)
	const loaded = `[...document.images].every((i) => i.complete || i.getBoundingClientRect().top > 2 * innerHeight || i.getBoundingClientRect().bottom < -innerHeight)`
	where := func() rect {
		b.until(atRest + " && " + loaded) // what arrives may move what is there
		return value[rect](b, fmt.Sprintf(`(() => { const e = %s; e.scrollIntoView({block: "center", behavior: "instant"});
			const {x, y, width, height} = e.getBoundingClientRect(); return {X: x, Y: y, Width: width, Height: height}; })()`, element))
	}
	for at := where(); ; {
		time.Sleep(50 * time.Millisecond)
		before := at
		if at = where(); at == before {
			return at
		}
	}
}

// click presses the mouse over an element.
func (b *tab) click(element string) {
	b.Helper()
	at := b.see(element).at(0.5, 0.5)
	do(b, chromedp.MouseClickXY(at.X, at.Y))
}

// drag holds the mouse down along a path.
func (b *tab) drag(path ...point) {
	b.Helper()
	held := func(p *input.DispatchMouseEventParams) { p.Buttons = 1 }
	first, last := path[0], path[len(path)-1]
	do(b, chromedp.Steps(chromedp.MouseEvent(chromedp.MouseMoved, first.X, first.Y),
		chromedp.MouseEvent(chromedp.MousePressed, first.X, first.Y, chromedp.ButtonLeft, chromedp.ClickCount(1))))
	for _, p := range path[1:] {
		do(b, chromedp.Steps(chromedp.MouseEvent(chromedp.MouseMoved, p.X, p.Y, chromedp.ButtonLeft, held), chromedp.Sleep(15*time.Millisecond)))
	}
	do(b, chromedp.MouseEvent(chromedp.MouseReleased, last.X, last.Y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
}

// keys presses keys in an element.
func (b *tab) keys(element string, keys ...string) {
	b.Helper()
	b.until(element)
	value[any](b, element+".focus()")
	for _, k := range keys {
		do(b, chromedp.KeyEvent(k))
	}
}

// choose takes an option of the list that a label names.
func (b *tab) choose(label, option string) {
	b.Helper()
	list := fmt.Sprintf(`[...document.querySelectorAll("label.field")].find((l) => l.firstChild.textContent === %q)?.querySelector("select")`, label)
	b.until(fmt.Sprintf(`[...(%s)?.options ?? []].some((o) => o.textContent === %q)`, list, option))
	value[any](b, fmt.Sprintf(`(() => { const list = %s; list.value = [...list.options].find((o) => o.textContent === %q).value;
		list.dispatchEvent(new Event("change", {bubbles: true})); })()`, list, option))
}

// accessible fails where axe-core finds something serious in the page as it is.
func (b *tab) accessible(where string) {
	b.Helper()
	script, err := os.ReadFile(filepath.Join("testdata", "axe", "axe.min.js"))
	if err != nil {
		b.Fatal(err)
	}
	value[int](b, string(script)+";0")
	found := do(b, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then((r) => JSON.stringify(
		r.passes.length < 10 ? ["axe-core looked at next to nothing"] : r.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary).join(" | "))))`, chromedp.EvalAwaitPromise))
	var violations []string
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		b.Fatal(err)
	}
	for _, v := range violations {
		b.Errorf("%s: %s", where, v)
	}
}
