package studio

import (
	"bytes"
	"context"
	"image/gif"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/quality"
)

func TestASelectionIsComparedAndWrittenAsAList(t *testing.T) {
	c := newStudio(t, nil)
	var list listedImages
	c.get("GET", runPath+"/images?collection=oil&label=glasses:yes&limit=5", nil, &list)
	var names []string
	for _, i := range list.Images {
		names = append(names, i.Image)
	}
	names = append(names, names[0]) // counts once
	var shares struct {
		N      int
		Labels map[string]map[string]count
	}
	c.get("POST", runPath+"/selection", map[string]any{"images": names}, &shares)
	n := len(list.Images)
	if of := shares.Labels["collection"]; shares.N != n || of["oil"] != (count{n, 24 - n}) || of["photo"] != (count{0, 24}) {
		t.Errorf("%d images of oil are %+v", n, shares)
	}
	if g := shares.Labels["glasses"]; g["yes"].Selected != n || g["no"].Selected != 0 || g["yes"].Rest+g["no"].Rest != 72-n {
		t.Errorf("%d images with glasses are %+v", n, g)
	}
	var written struct {
		Path    string
		Written int
	}
	c.get("POST", runPath+"/lists", map[string]any{"name": "with glasses", "images": names}, &written)
	if want := filepath.Join(home, "runs/portraits", ownDir, listsDir, "with glasses.txt"); written.Path != want || written.Written != n {
		t.Errorf("the list is %+v", written)
	}
	d, err := collection.Open(context.Background(), []collection.Spec{{Name: "kept", Path: written.Path}}, collection.Options{Size: 32, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if rows := d.Collections[0].Rows(); len(rows) != n {
		t.Errorf("the list is a collection of %d images, want %d", len(rows), n)
	}
}

func TestFindingsAreShownByTheImagesTheyAreAbout(t *testing.T) {
	c := newStudio(t, nil)
	live := c.all()[0]
	e, err := live.explored.wait(t.Context(), c.Server)
	if err != nil {
		t.Fatal(err)
	}
	set, err := live.images.wait(t.Context(), c.Server)
	if err != nil {
		t.Fatal(err)
	}
	label := func(image, name string) string {
		at, err := set.find(image)
		if err != nil {
			t.Fatal(err)
		}
		value, _ := set.Collections[at.collection].Label(at.row, name)
		return value
	}
	both := e.illustrate(set, audit.Finding{Collections: []string{"oil", "photo"}, Attribute: "glasses & smile=no & yes"})
	if len(both) == 0 {
		t.Error("no image shows two values at once")
	}
	for _, image := range both {
		if strings.HasPrefix(image, "anime/") || label(image, "glasses") != "no" || label(image, "smile") != "yes" {
			t.Errorf("%s is not what the finding is about", image)
		}
	}
	typical := e.illustrate(set, audit.Finding{Kind: audit.KindTypicality, Collections: []string{"anime"}})
	for i := 1; i < len(typical); i++ {
		if e.typicality[typical[i]] > e.typicality[typical[i-1]] {
			t.Errorf("image %d of the most typical ones is more typical than the one before", i)
		}
	}
	if len(typical) != mostShown {
		t.Errorf("%d typical images are shown", len(typical))
	}
}

func TestCopiesAreFoundWithTheirSidesAndTheBestOfThem(t *testing.T) {
	dir := t.TempDir()
	for i, from := range []string{"000001.png", "000002.png", "000003.png", "000001.png"} {
		text, err := os.ReadFile(filepath.Join(home, "pictures/oil", from))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, string(rune('a'+i))+".png"), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	report, err := quality.Inspect(t.Context(), []collection.Spec{{Name: "x", Path: dir}}, quality.Options{Validation: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	found := copiesOf(report)
	if len(found.Sets) != 1 || found.Sets[0].Kind != "exact" || len(found.Sets[0].Images) != 2 {
		t.Fatalf("the copies are %+v", found)
	}
	a, b := found.Sets[0].Images[0], found.Sets[0].Images[1]
	if a.Image != "x/a.png" || b.Image != "x/d.png" || a.Keep == b.Keep || a.Width != 32 || (a.Side != b.Side) != found.Sets[0].Leak {
		t.Errorf("the copies are %+v", found.Sets[0])
	}
}

func TestAnimationsLeadThroughCollections(t *testing.T) {
	c := newStudio(t, nil)
	ask := map[string]any{"source": map[string]any{"image": c.firstImage()}, "format": "gif", "to": "oil"}
	moving := func(frames int) {
		t.Helper()
		w := c.do("POST", runPath+"/animation", ask)
		g, err := gif.DecodeAll(w.Body)
		if err != nil || len(g.Image) != frames {
			t.Errorf("%d: an animation of %v frames, want %d: %v", w.Code, g, frames, err)
		}
	}
	moving(2*framesOfStretch - 2)
	ask["to"] = ""
	moving(2*3*framesOfStretch - 2)
	ask["format"] = "mp4"
	w := c.do("POST", runPath+"/animation", ask)
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		c.refuses(w, 409, "ffmpeg")
	} else if !bytes.Contains(w.Body.Bytes()[:16], []byte("ftyp")) {
		t.Errorf("%d: %d bytes are no video", w.Code, w.Body.Len())
	}
	ask["format"] = "avi"
	c.refuses(c.do("POST", runPath+"/animation", ask), 400, "gif or mp4")
}

func TestStepsAreReadAsTheyAreWritten(t *testing.T) {
	c := newWorkshop(t, nil)
	live := c.all()[1]
	path := filepath.Join(live.dir, "metrics.jsonl")
	write := func(text string) {
		t.Helper()
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var got struct {
		Steps []step
		Next  int
	}
	const line = `{"phase":"flow","step":7,"progress":0.25,"loss":1,"images_per_second":2,"seconds":3}` + "\n"
	write(strings.Repeat(line, 5) + line[:20])
	c.get("GET", "/api/runs/begun/metrics?since=1&most=2", nil, &got)
	if got.Next != 5 || len(got.Steps) != 2 || got.Steps[0].Number != 2 || got.Steps[1].Number != 4 || got.Steps[0].Left != 9 {
		t.Errorf("of five steps and a line that is being written, %+v", got)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(line[20:] + line); err != nil {
		t.Fatal(err)
	}
	if c.get("GET", "/api/runs/begun/metrics?since=5", nil, &got); got.Next != 7 || len(got.Steps) != 2 {
		t.Errorf("of the two steps that came, %+v", got)
	}
	write(line) // by a training that was begun anew
	if c.get("GET", "/api/runs/begun/metrics", nil, &got); got.Next != 1 {
		t.Errorf("of another log, %+v", got)
	}
}
