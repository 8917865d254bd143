package studio

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// allShown is true once an image is shown under every collection, shownPictures are those that are.
const (
	allShown      = `document.querySelectorAll(".result .pictures:not(.own) img").length === 3`
	shownPictures = `[...document.querySelectorAll(".result .pictures img")].map((i) => i.src).join()`
)

// writePicture draws a picture that is wider than high.
func writePicture(t *testing.T, name string) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 160, 100))
	for y := range 100 {
		for x := range 160 {
			if (x-80)*(x-80)+(y-50)*(y-50) < 900 {
				m.Set(x, y, color.RGBA{230, 190, 160, 255})
			} else {
				m.Set(x, y, color.RGBA{uint8(x), uint8(2 * y), 90, 255})
			}
		}
	}
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
	return path
}

// inAddress is a value that the address holds.
func (b *tab) inAddress(name string) string {
	return value[string](b, fmt.Sprintf(`new URLSearchParams(location.hash.split("?")[1]).get(%q) ?? ""`, name))
}

func TestBrowserProjectsImages(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	b.open("")
	b.until(allShown)
	if got := value[string](b, `location.hash`); !strings.HasPrefix(got, "#/portraits/project?image=") {
		t.Errorf("the address is %s", got)
	}

	slider := b.see(css("#strength"))
	b.becomes(shownPictures, func() { b.drag(slider.at(0.667, 0.5), slider.at(0.5, 0.5), slider.at(0.25, 0.5)) })
	if got := b.inAddress("strength"); got < "0.3" || got > "0.45" {
		t.Errorf("a quarter of the way along, the strength is %s", got)
	}
	b.becomes(shownPictures, func() { b.keys(css("#strength"), kb.End) })
	if got := b.inAddress("strength"); got != "1.5" {
		t.Errorf("at its end, the strength is %s", got)
	}
	b.becomes(shownPictures, func() { b.keys(css("#detail"), kb.Home) })
	if got := b.inAddress("detail"); got != "0" {
		t.Errorf("without detail, it is %q in the address", got)
	}
	b.becomes(shownPictures, func() { b.choose("Read it as from", "anime") })
	b.choose("Read it as from", "what fits best")

	b.becomes(shownPictures, func() { b.click(css(".gallery li:nth-child(3) button")) })
	b.becomes(shownPictures, func() { b.keys(css(`.gallery [aria-pressed="true"]`), kb.ArrowRight, kb.Enter) })
	b.choose("Collection", "oil")
	b.choose("Label", "glasses: yes")
	b.until(`[...document.querySelectorAll(".gallery button[data-image]")].every((i) => i.dataset.image.startsWith("oil/"))`)
	b.keys(css(`.gallery input[type="search"]`), "no such name")
	b.until(`document.querySelector(".gallery").innerText.includes("No held-out image is like that")`)
}

// firstRow lays the pictures of so many collections out, and is how many of them stand in the first row, and how wide each is.
const firstRow = `((cards) => {
	const place = document.querySelector(".result .pictures:not(.own)");
	while (place.children.length > cards) place.lastChild.remove();
	while (place.children.length < cards) place.append(place.firstChild.cloneNode(true));
	place.style.setProperty("--cards", cards);
	const at = [...place.children].map((card) => card.getBoundingClientRect());
	return [at.filter((card) => card.top === at[0].top).length, at[0].width];
})`

func TestBrowserShowsCollectionsSideBySide(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	b.open("")
	b.until(allShown)
	if got := value[float64](b, `+document.querySelector(".result .pictures:not(.own)").style.getPropertyValue("--cards")`); got != 3 {
		t.Errorf("three collections are laid out as %g", got)
	}
	for width, rows := range map[int64][]float64{1440: {2, 3, 4, 5}, 1280: {2, 3, 4, 4}, 768: {2, 3, 4, 4}, 390: {2, 2, 2, 2}} {
		do(b, chromedp.EmulateViewport(width, 900))
		for i, want := range rows {
			got := value[[]float64](b, fmt.Sprintf("%s(%d)", firstRow, i+2))
			if got[0] != want || got[1] > 289 {
				t.Errorf("at %d pixels, %d collections stand %g in a row, each %g wide, want %g", width, i+2, got[0], got[1], want)
			}
		}
	}
}

func TestBrowserProjectsUploads(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	b.open("#/portraits/project")
	b.until(allShown)
	upload := writePicture(t, "wide.png")
	b.becomes(shownPictures, func() { do(b, chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{upload})) })
	crop := b.see(css(".crop .square"))
	b.becomes(shownPictures, func() { b.drag(crop.at(0.5, 0.5), crop.at(0.4, 0.5), crop.at(0.2, 0.5)) })
	b.becomes(shownPictures, func() { b.keys(css(".crop .square"), "-", kb.ArrowRight) })
	if got := strings.Split(b.inAddress("upload"), ","); len(got) != 6 || got[1] != "160" || got[2] != "100" {
		t.Errorf("the address has the upload %s", got)
	}

	b.click(`document.querySelector(".slot:nth-child(2) button")`)
	b.becomes(shownPictures, func() { b.click(css(".gallery button[data-image]")) })
	b.becomes(shownPictures, func() { b.keys(css("#blend"), kb.End) })

	link, shown := value[string](b, `location.hash`), value[string](b, shownPictures)
	b.open(link)
	b.until(fmt.Sprintf(`%s === %q`, shownPictures, shown))
	b.click(button("Remove"))
	b.until(`document.querySelector("#blend-slider").hidden`)

	for _, how := range []string{`new ClipboardEvent("paste", {clipboardData: given})`, `new DragEvent("drop", {dataTransfer: given, cancelable: true})`} {
		b.becomes(shownPictures, func() { // the first picture is the whole upload; as another upload it has another crop
			value[any](b, `fetch(document.querySelector(".slot img").src).then((r) => r.blob()).then((picture) => {
				const given = new DataTransfer();
				given.items.add(new File([picture], "picture.png", {type: "image/png"}));
				dispatchEvent(`+how+`);
			})`)
		})
		b.becomes(shownPictures, func() { b.keys(css(".crop .square"), "-", "-") })
	}

	b.click(button("Camera"))
	b.until(`document.querySelector("dialog video").videoWidth > 0`)
	b.becomes(shownPictures, func() { b.click(button("Take the picture")) })
	b.until(`!document.querySelector("dialog")`)
}

func TestBrowserTakesProjectionsAway(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	b.open("#/portraits/project")
	b.until(allShown)
	files := t.TempDir()
	if _, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID, DownloadPath: files,
	}); err != nil {
		t.Fatal(err)
	}
	downloaded := func(name, begins string) {
		t.Helper()
		for end := time.Now().Add(stepTime); ; time.Sleep(50 * time.Millisecond) {
			text, err := os.ReadFile(filepath.Join(files, name))
			if err == nil && strings.HasPrefix(string(text), begins) {
				return
			}
			if time.Now().After(end) {
				list, _ := os.ReadDir(files)
				t.Fatalf("%s was not downloaded, but %v", name, list)
			}
		}
	}
	b.click(button("Download all"))
	downloaded("projection-portraits.png", "\x89PNG")
	b.click(css(`[aria-label="Download: As anime would show it"]`))
	downloaded("As-anime-would-show-it.png", "\x89PNG")
	b.click(css(".animation summary"))
	b.click(button("Make it"))
	b.until(`document.querySelector(".film img")?.naturalWidth > 0`)
	b.click(css(".film a"))
	downloaded("portraits-to-anime.gif", "GIF89a")
}
