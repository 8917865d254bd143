package studio

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/run"
)

const (
	auditText = `{"schema":1,"findings":[
{"kind":"prevalence","collections":["oil","anime"],"attribute":"glasses=yes","sentence":"Glasses are more common in oil.","value":0.3,"low":0.2,"high":0.4,"n":72},
{"kind":"leakage","collections":["photo","oil","anime"],"sentence":"The code still tells the collection.","value":0.44,"low":0.36,"high":0.52,"n":72}],
"limits":["The intervals cover the choice of held-out images."]}`
	trialText = `{"schema":1,"label":"glasses","group":"age","control":"real","findings":[{"sentence":"Drawn images help on oil."}],
"experts":[{"name":"real","images":40},{"name":"drawn","images":80}],"tests":[{"name":"oil","images":24}],
"cells":{"real":{"oil":{"balanced_accuracy":{"value":0.7,"low":0.6,"high":0.8,"n":24}}},
"drawn":{"oil":{"balanced_accuracy":{"value":0.8,"low":0.7,"high":0.9,"n":24},"difference":{"verdicts":{"balanced_accuracy":"higher"}}}}},
"notes":["Few images."],"limits":[]}`
)

// withResults puts an audit and a trial into the run "portraits" for as long as a test lasts.
func withResults(t *testing.T) {
	t.Helper()
	for path, text := range map[string]string{
		run.AuditDir + "/" + auditFile: auditText, run.AuditDir + "/" + reportFile: "<!doctype html><title>The report</title>", "trials/first/" + trialFile: trialText,
	} {
		path = filepath.Join(home, "runs/portraits", path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(filepath.Dir(path)) })
	}
}

func TestBrowserShowsFindings(t *testing.T) {
	withResults(t)
	b := newBrowser(t, newWorkshop(t, nil))
	b.open("#/portraits/findings")
	b.until(`document.querySelectorAll(".statements > li").length === 2`)
	if order := value[string](b, `document.querySelector(".statements p").innerText`); !strings.Contains(order, "code still tells") {
		t.Errorf("what the code tells is to come first, not %q", order)
	}
	b.click(css(".statements summary"))
	b.until(`document.querySelector(".statements").innerText.includes("0.36 to 0.52")`)
	if link := value[string](b, `[...document.querySelectorAll("a")].find((a) => a.innerText === "The whole report").pathname`); link != runPath+"/report" {
		t.Errorf("the report is at %s", link)
	}
	b.until(`document.querySelectorAll(".typical").length === 3 && document.querySelectorAll(".typical .strip img").length === 48`)
	b.until(atRest + ` && document.querySelectorAll(".patches:not(:empty)").length === 6 && document.querySelector(".patches .patch")`)
	if shown := value[int](b, `[...document.querySelectorAll(".patches li")].filter((l) => l.querySelectorAll("img").length < 4).length`); shown > 0 {
		t.Errorf("%d clusters show fewer than an image and three patches", shown)
	}
	if cut := value[bool](b, `[...document.querySelectorAll(".patches .patch")].every((p) => p.firstChild.offsetWidth === 4 * p.offsetWidth)`); !cut {
		t.Error("a patch does not show a quarter of its image")
	}

	b.click(button("Look for copies"))
	b.until(`document.body.innerText.includes("No copies were found") || document.querySelector(".copies figure")`)
	b.click(button("Audit again"))
	b.until(`document.querySelectorAll(".statements > li").length === 2`)
	b.click(css(".strip a"))
	b.until(allShown)
}

func TestBrowserShowsWhatIsTypicalBeforeAnAudit(t *testing.T) {
	b := newBrowser(t, newStudio(t, nil))
	b.open("#/portraits/findings")
	b.until(`document.querySelector(".empty")?.innerText.includes("dataprism audit portraits")`)
	b.until(atRest + ` && document.querySelectorAll(".typical .strip img").length === 48`)
	if offered := value[bool](b, `[...document.querySelectorAll(".head a, .head button")].some((e) => e.offsetParent)`); offered {
		t.Error("a report is offered that is not there")
	}
}

// fewImages answers as if collections had n held-out images.
func fewImages(studio http.Handler, n int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("sort") == "" {
			studio.ServeHTTP(w, r)
			return
		}
		all := httptest.NewRecorder()
		studio.ServeHTTP(all, r)
		var list struct {
			Total  int               `json:"total"`
			Images []json.RawMessage `json:"images"`
		}
		if err := json.Unmarshal(all.Body.Bytes(), &list); err != nil || len(list.Images) < n {
			http.Error(w, "no list of enough images", http.StatusInternalServerError)
			return
		}
		list.Total, list.Images = n, list.Images[:n]
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(list)
	})
}

func TestBrowserShowsNoImageAtBothEnds(t *testing.T) {
	b := newBrowser(t, fewImages(newStudio(t, nil), 5))
	b.open("#/portraits/findings")
	b.until(atRest + ` && document.querySelectorAll(".typical .strip").length === 6`)
	if n := value[int](b, `document.querySelectorAll(".typical .strip img").length`); n != 3*2*2 {
		t.Errorf("of three collections of five images %d are shown at both ends, want two at each", n)
	}
}

// withCopies makes what is remembered of the run "portraits" say that two of its images are the same.
func withCopies(t *testing.T) {
	t.Helper()
	c := newStudio(t, nil)
	var list listedImages
	c.get("GET", runPath+"/images?limit=2", nil, &list)
	c.get("GET", runPath+"/duplicates", nil, &struct{}{})
	path := filepath.Join(home, "runs/portraits", ownDir, duplicatesFile)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var found duplicates
	if err := json.Unmarshal(before, &found); err != nil {
		t.Fatal(err)
	}
	set := duplicateSet{Kind: "exact", Leak: true}
	for i, image := range list.Images {
		set.Images = append(set.Images, duplicate{Image: image.Image, Side: []string{"train", "validation"}[i], Width: 32, Height: 32, Keep: i == 0})
	}
	found.Sets, found.Leaks = []duplicateSet{set}, 1
	text, err := json.Marshal(found)
	if err == nil {
		err = os.WriteFile(path, text, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.WriteFile(path, before, 0o666) })
}

func TestBrowserDropsCopies(t *testing.T) {
	withResults(t)
	withCopies(t)
	b := newBrowser(t, newStudio(t, nil))
	b.open("#/portraits/findings")
	b.click(button("Look for copies"))
	b.until(`document.querySelectorAll(".copies figure").length === 2`)
	if dropped := value[int](b, `document.querySelectorAll(".copies .dropped").length`); dropped != 1 {
		t.Errorf("of two copies %d are dropped", dropped)
	}
	b.click(button("Keep"))
	b.until(`document.querySelectorAll(".copies .dropped").length === 2`)
	b.click(css(".copies figure:nth-child(2) button"))
	b.click(button("Save what is dropped"))
	b.until(`document.querySelector("#status").innerText.includes("1 images are listed in")`)
}

func TestBrowserShowsTrials(t *testing.T) {
	withResults(t)
	b := newBrowser(t, newStudio(t, nil))
	b.open("#/portraits/trials")
	b.until(`document.querySelector("main").innerText.includes("higher than control")`)
	b.choose("Measure", "log loss")
	b.until(`document.querySelector("table").innerText.includes("–")`)
	if link := b.inAddress("metric"); link != "log_loss" {
		t.Errorf("the address has the metric %q", link)
	}
}
