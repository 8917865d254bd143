package studio

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// shotsVariable names the folder that pictures of the pages are left in, to look at.
const shotsVariable = "DATAPRISM_SHOTS"

func TestBrowserPagesFitEveryReader(t *testing.T) {
	withResults(t)
	b := newBrowser(t, newWorkshop(t, nil))
	for _, page := range []struct{ name, hash, ready string }{
		{"project", "#/portraits/project", allShown},
		{"sample", "#/portraits/sample", `document.querySelectorAll(".drawn img").length === 24`},
		{"map", "#/portraits/map?select=collection:1", mapReady + ` && document.querySelectorAll(".shares tbody tr").length > 5`},
		{"findings", "#/portraits/findings", `document.querySelectorAll(".typical .strip img").length === 48 && document.querySelectorAll(".patches:not(:empty)").length === 6`},
		{"trials", "#/portraits/trials", css("table")},
		{"train", "#/portraits/train", `document.querySelectorAll(".chart polyline").length === 3`},
		{"api", "api", css("dl")},
	} {
		b.open(page.hash)
		b.until(page.ready)
		b.until(atRest)
		if page.name == "sample" {
			b.click(css(`.drawn button`))
			b.until(`document.querySelectorAll(".walk .grid img").length === 21`)
		}
		if page.name == "train" {
			b.click(css(".start summary"))
		}
		for _, width := range []int{1440, 390} {
			do(b, chromedp.EmulateViewport(int64(width), 900))
			for _, scheme := range []string{"light", "dark"} {
				if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
				}); err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprintf("%s-%d-%s", page.name, width, scheme)
				if (width == 390) == (scheme == "dark") { // each width and each scheme once
					b.accessible(name)
				}
				if wide := value[float64](b, `document.documentElement.scrollWidth`); wide > float64(width) {
					t.Errorf("%s is %g pixels wide", name, wide)
				}
				if folder := os.Getenv(shotsVariable); folder != "" {
					if err := os.WriteFile(filepath.Join(folder, name+".png"), do(b, chromedp.FullScreenshot(100)), 0o666); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		do(b, chromedp.EmulateViewport(1440, 900))
	}
}
