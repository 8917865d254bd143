package studio

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// drawnSamples are the pictures of the codes, walkedTo those of the walk from one.
const (
	drawnSamples = `[...document.querySelectorAll(".drawn img")].map((i) => i.src).join()`
	walkedTo     = `[...document.querySelectorAll(".walk .grid img")].map((i) => i.src).join()`
)

func TestBrowserSamples(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	b.open("#/portraits/sample")
	b.until(`document.querySelectorAll(".drawn img").length === 24`)
	b.becomes(drawnSamples, func() { b.click(button("New codes")) })
	b.becomes(drawnSamples, func() { b.keys(css("#temperature"), kb.ArrowLeft, kb.ArrowLeft) })
	b.choose("Codes", "4")
	b.until(`document.querySelectorAll(".drawn img").length === 12`)

	b.click(css(`.drawn [aria-label="Code 2"]`))
	b.until(`document.querySelectorAll(".walk .grid img").length === 21`)
	b.becomes(walkedTo, func() { b.choose("Walk along", "component 2") })
	b.becomes(walkedTo, func() { b.keys(css(`.drawn [aria-pressed="true"]`), kb.ArrowRight, kb.Enter) })
	if chosen := value[string](b, `document.querySelector('.drawn [aria-pressed="true"]').getAttribute("aria-label")`); chosen != "Code 3" {
		t.Errorf("keys lead to %s", chosen)
	}
	b.becomes(drawnSamples, func() { b.click(button("More like this")) })

	link, drawn, walked := value[string](b, `location.hash`), value[string](b, drawnSamples), value[string](b, walkedTo)
	b.open(link)
	b.until(fmt.Sprintf(`%s === %q && %s === %q`, drawnSamples, drawn, walkedTo, walked))
	b.becomes(drawnSamples, func() { b.click(button("All codes again")) })
}
