package studio

import (
	"os"
	"path/filepath"
	"testing"
)

func TestBrowserTrains(t *testing.T) {
	b := newBrowser(t, newWorkshop(t, nil))
	b.open("#/portraits/train")
	b.until(`document.querySelectorAll(".chart polyline").length === 3`)
	b.until(`document.querySelector(".film-strip img")`)

	begin := func(name string) {
		b.click(css(".start summary"))
		for range 2 {
			b.click(button("Add a folder"))
			b.click(`document.querySelector('dialog [aria-label^="Open"]')`)
			take := []string{"oil", "photo"}[value[int](b, `document.querySelectorAll(".chosen input").length`)]
			b.click(css(`dialog [aria-label="Take ` + take + `"]`))
			b.until(`!document.querySelector("dialog")`)
		}
		b.keys(css(`.new-run input[placeholder]`), name)
		b.click(button("Begin training"))
		b.until(`location.hash === "#/` + name + `/train"`)
	}
	begin("fresh")
	b.until(`document.querySelector(".now").innerText.startsWith("It is trained")`)
	b.until(`[...document.querySelectorAll("#runs option")].some((o) => o.textContent === "fresh")`)
	begin("slow-one")
	b.until(`!document.querySelector(".now").innerText.startsWith("It begins")`)
	b.click(button("Stop"))
	b.until(`document.querySelector(".now").innerText.startsWith("It was stopped")`)
	b.click(button("Continue"))
	b.until(`document.querySelector(".now").innerText.startsWith("It is trained")`)
	b.click(`[...document.querySelectorAll(".now a")][0]`)
	b.until(allShown)
}

func TestBrowserComparesRuns(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	if err := os.CopyFS(other, os.DirFS(filepath.Join(home, "runs/portraits"))); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, newStudio(t, func(o *Options) { o.Runs = append(o.Runs, other) }))
	b.open("#/portraits/train")
	b.click(`[...document.querySelectorAll("label.check")].find((l) => l.textContent === "other")?.firstChild`)
	b.until(`document.querySelectorAll("section table td .interval").length > 6`)
	b.until(`document.querySelectorAll(".charts figure:first-child polyline").length === 2`)
	b.click(`[...document.querySelectorAll("label.check")].find((l) => l.textContent === "other").firstChild`)
	b.until(`document.querySelectorAll(".charts figure:first-child polyline").length === 1`)
}

func TestBrowserSaysWhatToDoWhereNothingIs(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	for hash, says := range map[string]string{
		"#/portraits/trials": "No trial has been made",
		"#/portraits/train":  "dataprism serve --root",
	} {
		b.open(hash)
		b.until(`document.querySelector("main").innerText.includes("` + says + `")`)
	}
	w := newBrowser(t, newWorkshop(t, nil))
	for hash, says := range map[string]string{
		"#/begun/project": "has not been trained to its end",
		"#/nowhere/none":  "One image, as each collection would show it",
	} {
		w.open(hash)
		w.until(`document.querySelector("main").innerText.includes("` + says + `")`)
	}
}
