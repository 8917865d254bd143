package studio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/train"
)

// newWorkshop is a studio that trains, with the runs "portraits" and "begun", which has not been trained to its end and
// holds files that are no such files.
func newWorkshop(t *testing.T, change func(*Options)) client {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(childVariable, filepath.Join(home, "runs/portraits"))
	dir := t.TempDir()
	begun := filepath.Join(dir, "begun")
	config, err := os.ReadFile(filepath.Join(home, "runs/portraits", run.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{
		run.ConfigFile: config, filepath.Join(run.AuditDir, auditFile): []byte("{"), filepath.Join(train.MetricsFile, "no-file"): nil,
		filepath.Join(run.SamplesDir, "no-grid.png"): nil,
	} {
		path = filepath.Join(begun, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, text, 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return newStudio(t, func(o *Options) {
		o.Runs = append(o.Runs, begun)
		o.Roots, o.Home, o.Program = []string{filepath.Join(home, "pictures")}, dir, []string{own}
		if change != nil {
			change(o)
		}
	})
}

// trained is the body that starts a training.
func trained(name string) map[string]any {
	collections := []map[string]string{}
	for _, style := range []string{"oil", "photo"} {
		collections = append(collections, map[string]string{"name": style, "path": filepath.Join(home, "pictures", style)})
	}
	return map[string]any{"name": name, "collections": collections, "size": 32, "minutes": 1}
}

// until waits for a run to be in a state.
func (c client) until(id string, fits func(runInfo) bool) runInfo {
	c.Helper()
	var list struct{ Runs []runInfo }
	for range 400 {
		c.get("GET", "/api/runs", nil, &list)
		for _, r := range list.Runs {
			if r.ID == id && fits(r) {
				return r
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	c.Fatalf("%s is never as it should be: %+v", id, list.Runs)
	return runInfo{}
}

// broken is a body that ends early.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// ask is a request of a test, as client.do takes it.
type ask struct {
	method, path string
	body         any
	header       []string
}

func TestTheDescriptionAndTheServerAgree(t *testing.T) {
	c := newWorkshop(t, nil)
	api := described()
	for _, r := range c.table() {
		if strings.HasPrefix(r.path, "/api") {
			if _, found := api.Paths[r.path][strings.ToLower(r.method)]; !found {
				t.Errorf("%s %s is not described", r.method, r.path)
			}
		}
	}
	image := c.firstImage()
	picture := c.do("GET", runPath+"/image?image="+image, nil)
	var up struct{ Upload string }
	c.get("POST", runPath+"/uploads", picture.Body.Bytes(), &up)
	var sampled struct{ Codes []code }
	c.get("POST", runPath+"/sample", map[string]any{"n": 1}, &sampled)
	source := map[string]any{"source": map[string]any{"image": image}}
	moving := map[string]any{"source": map[string]any{"image": image}, "format": "gif", "to": "oil"}
	walk := map[string]any{"code": sampled.Codes[0], "direction": "component:1", "steps": []float64{0, 1}}
	chosen := map[string]any{"images": []string{image}}
	unknown := map[string]any{"source": map[string]any{"image": "oil/none.png"}}
	unknownMoving := map[string]any{"source": map[string]any{"image": "oil/none.png"}, "format": "gif"}
	none := map[string]any{"images": []string{"oil/none.png"}}
	list := map[string]any{"name": "a list", "images": []string{image}}
	c.audited()
	for _, a := range []ask{
		{"GET", "/api", nil, nil}, {"GET", "/api/openapi.json", nil, nil}, {"GET", "/api/features", nil, nil},
		{"GET", "/api/folders", nil, nil}, {"GET", "/api/folders?path=" + filepath.Join(home, "pictures"), nil, nil},
		{"GET", "/api/folders?path=/", nil, nil}, {"GET", "/api/folders?path=" + filepath.Join(home, "pictures/none"), nil, nil},
		{"GET", runPath + "/images?limit=0", nil, nil}, {"GET", runPath + "/images?collection=none", nil, nil}, {"GET", "/api/runs/begun/images", nil, nil},
		{"GET", runPath + "/image?image=" + image, nil, []string{"If-None-Match", picture.Header().Get("ETag")}},
		{"GET", runPath + "/image?image=none", nil, nil}, {"GET", "/api/runs/begun/image?image=" + image, nil, nil},
		{"POST", "/api/runs/begun/uploads", picture.Body.Bytes(), nil}, {"POST", runPath + "/uploads", []byte("no picture"), nil},
		{"POST", runPath + "/uploads", make([]byte, mostUpload+1), nil},
		{"GET", runPath + "/uploads/" + up.Upload + "/picture", nil, nil}, {"GET", runPath + "/uploads/none/picture", nil, nil},
		{"POST", runPath + "/project", source, nil}, {"POST", runPath + "/project", unknown, nil}, {"POST", "/api/runs/begun/project", source, nil},
		{"POST", runPath + "/animation", moving, nil}, {"POST", runPath + "/animation", unknownMoving, nil}, {"POST", "/api/runs/begun/animation", moving, nil},
		{"POST", "/api/runs/begun/sample", map[string]any{}, nil},
		{"GET", runPath + "/directions", nil, nil}, {"GET", "/api/runs/begun/directions", nil, nil},
		{"POST", runPath + "/walk", walk, nil}, {"POST", "/api/runs/begun/walk", walk, nil},
		{"GET", runPath + "/map", nil, nil}, {"GET", runPath + "/map?beyond=x", nil, nil}, {"GET", "/api/runs/begun/map", nil, nil},
		{"POST", runPath + "/selection", chosen, nil}, {"POST", runPath + "/selection", none, nil}, {"POST", "/api/runs/begun/selection", chosen, nil},
		{"POST", runPath + "/lists", list, nil}, {"POST", runPath + "/lists", map[string]any{"name": "x", "images": none["images"]}, nil}, {"POST", "/api/runs/begun/lists", list, nil},
		{"GET", runPath + "/findings", nil, nil}, {"GET", "/api/runs/begun/findings", nil, nil},
		{"GET", runPath + "/report", nil, nil}, {"GET", "/api/runs/begun/report", nil, nil},
		{"GET", runPath + "/patches", nil, nil}, {"GET", runPath + "/patches?now=x", nil, nil}, {"GET", "/api/runs/begun/patches", nil, nil},
		{"GET", runPath + "/duplicates", nil, nil}, {"GET", runPath + "/duplicates?now=x", nil, nil}, {"GET", "/api/runs/begun/duplicates", nil, nil},
		{"POST", runPath + "/stop", nil, nil}, {"POST", runPath + "/resume", nil, nil},
		{"POST", runPath + "/audit", nil, nil}, {"POST", "/api/runs/begun/audit", nil, nil},
		{"GET", runPath + "/metrics?most=5", nil, nil}, {"GET", runPath + "/metrics?since=x", nil, nil}, {"GET", "/api/runs/begun/metrics", nil, nil},
		{"GET", runPath + "/grids", nil, nil}, {"GET", runPath + "/grids/" + c.all()[0].grids()[0].Name, nil, nil}, {"GET", runPath + "/grids/none", nil, nil},
		{"GET", runPath + "/trials", nil, nil}, {"GET", runPath + "/evaluation", nil, nil},
	} {
		c.do(a.method, a.path, a.body, a.header...)
	}
	c.trainings()
	c.everywhere()
	c.overloaded()
	for path, operations := range api.Paths {
		for method, o := range operations {
			for status := range o.Responses {
				if met := strings.ToUpper(method) + " " + path + " " + status; !c.met[met] {
					t.Errorf("%s is described, but was never answered", met)
				}
			}
		}
	}
}

// audited puts an audit and a trial into the run "portraits", as other commands write them.
func (c client) audited() {
	c.Helper()
	for path, text := range map[string]string{
		run.AuditDir + "/" + auditFile:  `{"schema":1,"findings":[{"kind":"prevalence","collections":["oil"],"attribute":"glasses=yes","sentence":"x","value":1,"low":0,"high":1,"n":3}],"limits":["y"]}`,
		run.AuditDir + "/" + reportFile: "<!doctype html>", "trials/one/" + trialFile: `{"a":[1]}`,
	} {
		path = filepath.Join(home, "runs/portraits", path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			c.Fatal(err)
		}
		c.Cleanup(func() { os.RemoveAll(filepath.Dir(path)) })
	}
}

// trainings starts, stops and resumes some.
func (c client) trainings() {
	c.Helper()
	if w := c.do("POST", "/api/runs", trained("slow one")); w.Code != http.StatusCreated {
		c.Fatalf("a training: %d %s", w.Code, w.Body)
	}
	slow := "/api/runs/slow%20one"
	c.until("slow one", func(r runInfo) bool { _, busy := run.Busy(c.all()[2].dir); return busy && len(r.Collections) > 0 })
	c.do("POST", slow+"/resume", nil)
	c.do("POST", slow+"/stop", nil)
	if r := c.until("slow one", func(r runInfo) bool { return r.Doing == "" }); r.State != stateUnfinished {
		c.Errorf("a training that was stopped is %s", r.State)
	}
	c.do("POST", slow+"/resume", nil)
	c.until("slow one", func(r runInfo) bool { return r.State == stateTrained })
	c.do("POST", "/api/runs", trained("slow one"))
	elsewhere := trained("elsewhere")
	elsewhere["collections"].([]map[string]string)[0]["path"] = home
	c.refuses(c.do("POST", "/api/runs", elsewhere), 403, "outside")
	elsewhere["collections"].([]map[string]string)[0]["path"] = filepath.Join(home, "pictures", "none")
	c.refuses(c.do("POST", "/api/runs", elsewhere), 404, "no folder")
	if w := c.do("POST", "/api/runs", trained("broken")); w.Code != http.StatusCreated {
		c.Fatalf("a training: %d %s", w.Code, w.Body)
	}
	if r := c.until("broken", func(r runInfo) bool { return r.Doing == "" }); r.Problem != "collection a has too few images" {
		c.Errorf("a training that fails says %q", r.Problem)
	}
}

// everywhere sends what every operation answers alike.
func (c client) everywhere() {
	c.Helper()
	api := described()
	locked := newStudio(c.T, func(o *Options) { o.Token = "a token of some length" })
	for path, operations := range api.Paths {
		for method, o := range operations {
			method = strings.ToUpper(method)
			at := strings.NewReplacer("{run}", "portraits", "{upload}", "none", "{grid}", "none").Replace(path)
			c.do(method, at, nil, "Host", "evil.example")
			c.met[described().hold(c.T, method, at, locked.do(method, at, nil))] = true
			if strings.Contains(path, "{run}") {
				c.do(method, strings.Replace(at, "portraits", "none", 1), nil)
			}
			if o.RequestBody == nil {
				continue
			}
			c.do(method, at, []byte("{}"), "Content-Type", "text/plain")
			for _, body := range []io.Reader{broken{}, bytes.NewReader(make([]byte, mostJSON+1))} {
				kind := "application/json"
				if o.RequestBody.Content[kind].Schema.text() == "anything" {
					kind = "image/png"
				}
				r := httptest.NewRequest(method, "http://localhost"+at, body)
				r.Header.Set("Content-Type", kind)
				w := httptest.NewRecorder()
				c.ServeHTTP(w, r)
				c.met[described().hold(c.T, method, at, w)] = true
			}
		}
	}
}

// overloaded asks a studio whose queue is full and that has no stream left, and follows a run until the client goes.
func (c client) overloaded() {
	c.Helper()
	full := newStudio(c.T, nil)
	source := map[string]any{"source": map[string]any{"image": full.firstImage()}, "format": "gif"}
	full.do("GET", runPath+"/map", nil)
	full.Stop()
	full.working.Wait()
	for range mostCalls {
		full.queue.waiting = append(full.queue.waiting, &call{ctx: context.Background()})
	}
	full.do("POST", runPath+"/animation", source)
	delete(source, "format")
	full.do("POST", runPath+"/project", source)
	full.do("POST", runPath+"/sample", map[string]any{"n": 1})
	code := codeOf(make([]float32, full.all()[0].model.Dim()))
	full.do("POST", runPath+"/walk", map[string]any{"code": code, "direction": "component:1", "steps": []float64{0}})
	full.streams.Store(mostStreams)
	full.do("GET", runPath+"/events", nil)
	maps.Copy(c.met, full.met)

	ctx, gone := context.WithTimeout(c.Context(), 100*time.Millisecond)
	defer gone()
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "http://localhost"+runPath+"/events", nil))
	c.met[described().hold(c.T, "GET", runPath+"/events", w)] = true
	for _, event := range []string{"event: state\ndata: {", "event: step\ndata: {", "event: grid\ndata: {"} {
		if !strings.Contains(w.Body.String(), event) {
			c.Errorf("who follows a run does not hear of %q: %s", event, w.Body)
		}
	}
}
