package studio

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/picturetest"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/train"
)

// home holds the run "portraits", trained for a few steps, and its collections; it is made once for all tests.
var home string

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(childMain(os.Args[1:]))
	}
	os.Exit(withHome(m))
}

func withHome(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dataprism-studio-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if home, err = filepath.EvalSymlinks(dir); err != nil {
		panic(err)
	}
	if err := trainPortraits(home); err != nil {
		panic(err)
	}
	code := m.Run()
	if endSharedBrowser != nil {
		endSharedBrowser()
	}
	return code
}

// trainPortraits trains on three collections of 60 portraits below dir.
func trainPortraits(dir string) error {
	ctx := context.Background()
	if _, err := portraits.Write(ctx, filepath.Join(dir, "pictures"), portraits.Options{Count: 60, Size: 32, Seed: 1}); err != nil {
		return err
	}
	ae := autoencoder.DefaultConfig(32, 3)
	ae.Latent, ae.Width = 16, 16
	fl := flow.DefaultConfig(ae.Latent, 3)
	fl.Blocks, fl.Hidden = 2, 16
	training := train.DefaultConfig().WithSteps(12)
	training.Autoencoder.Batch, training.Decoder.Batch, training.Flow.Batch = 8, 8, 32
	training.Adversary.Width = 8
	c := run.Config{
		Version: run.Version, Seed: 1, Data: run.Data{Background: "#ffffff", Validation: 0.4},
		Model: prism.Config{Autoencoder: ae, Flow: fl}, Training: &training,
	}
	for _, style := range portraits.Styles() {
		name := style.String()
		c.Data.Sources = append(c.Data.Sources, run.Source{Name: name, Path: filepath.Join(dir, "pictures", name)})
		c.Model.Collections = append(c.Model.Collections, name)
	}
	folder, err := run.Take(filepath.Join(dir, "runs", "portraits"), false)
	if err != nil {
		return err
	}
	defer folder.Close()
	backend, err := simd.New("")
	if err != nil {
		return err
	}
	defer backend.Finalize()
	job := run.Job{Folder: folder, Cache: filepath.Join(dir, "cache")}
	_, err = job.Train(ctx, backend, c)
	return err
}

// client asks a studio.
type client struct {
	*testing.T
	*Server
	met map[string]bool // operations and statuses that were answered
}

// newStudio is a studio with the run "portraits".
func newStudio(t *testing.T, change func(*Options)) client {
	t.Helper()
	o := Options{Runs: []string{filepath.Join(home, "runs", "portraits")}, Cache: filepath.Join(home, "cache"), Log: func(line string) { t.Log(line) }}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return client{t, s, map[string]bool{}}
}

// do sends a request; a body that is no []byte is sent as JSON.
func (c client) do(method, path string, body any, header ...string) *httptest.ResponseRecorder {
	c.Helper()
	var reader io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case []byte:
		reader, kind = bytes.NewReader(b), "application/octet-stream"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			c.Fatal(err)
		}
		reader, kind = bytes.NewReader(text), "application/json"
	}
	r := httptest.NewRequest(method, "http://localhost:8501"+path, reader)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	c.met[described().hold(c.T, method, path, w)] = true
	return w
}

// get reads the JSON of an answer of 200.
func (c client) get(method, path string, body, into any) {
	c.Helper()
	w := c.do(method, path, body)
	if w.Code != http.StatusOK {
		c.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		c.Fatalf("%s %s: %v", method, path, err)
	}
}

// refuses checks the status of an answer and that it is an error in a sentence which says something.
func (c client) refuses(w *httptest.ResponseRecorder, status int, says string) {
	c.Helper()
	var e struct{ Error string }
	if w.Code != status || json.Unmarshal(w.Body.Bytes(), &e) != nil || !strings.Contains(e.Error, says) {
		c.Errorf("the answer is %d %s, want %d and %q", w.Code, w.Body, status, says)
	}
}

const runPath = "/api/runs/portraits"

type listedImages struct {
	Total  int
	Images []imageInfo
}

// firstImage is the name of a held-out image.
func (c client) firstImage() string {
	c.Helper()
	var list listedImages
	c.get("GET", runPath+"/images?limit=1", nil, &list)
	return list.Images[0].Image
}

func TestImagesAreListedFilteredAndShown(t *testing.T) {
	c := newStudio(t, nil)
	var list listedImages
	c.get("GET", runPath+"/images?limit=200", nil, &list)
	if list.Total != 72 || len(list.Images) != 72 {
		t.Errorf("%d of %d images are listed, want the 72 held-out ones", len(list.Images), list.Total)
	}
	c.get("GET", runPath+"/images?collection=oil&label=glasses:yes&side=all&offset=1&limit=3", nil, &list)
	if list.Total < 4 || len(list.Images) != 3 {
		t.Errorf("%d of %d images are listed", len(list.Images), list.Total)
	}
	for _, i := range list.Images {
		if i.Collection != "oil" || i.Labels["glasses"] != "yes" {
			t.Errorf("%v is not what was asked for", i)
		}
	}
	c.get("GET", runPath+"/images?q="+strings.TrimPrefix(list.Images[0].Image, "oil/")+"&side=all", nil, &list)
	if list.Total == 0 || list.Total > 3 {
		t.Errorf("%d images have the name of one", list.Total)
	}
	for _, order := range []string{"typical", "untypical"} {
		c.get("GET", runPath+"/images?collection=oil&sort="+order, nil, &list)
		first, last := *list.Images[0].Typicality, *list.Images[len(list.Images)-1].Typicality
		if (first < last) != (order == "untypical") {
			t.Errorf("%s images go from %g to %g", order, first, last)
		}
	}
	w := c.do("GET", runPath+"/image?image="+list.Images[0].Image, nil)
	if w.Code != 200 || w.Header().Get("Content-Type") != "image/png" || !bytes.HasPrefix(w.Body.Bytes(), []byte("\x89PNG")) {
		t.Errorf("an image: %d %v", w.Code, w.Header())
	}
	if w := c.do("GET", runPath+"/image?image="+list.Images[0].Image, nil, "If-None-Match", w.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("an image that the browser has: %d", w.Code)
	}
	c.refuses(c.do("GET", runPath+"/image?image=oil/../../../../etc/passwd", nil), 404, "no image")
	c.refuses(c.do("GET", runPath+"/images?limit=1000", nil), 400, "1 to 200")
	c.refuses(c.do("GET", runPath+"/images?label=x", nil), 400, "NAME:VALUE")
	c.refuses(c.do("GET", "/api/runs/nowhere/images", nil), 404, "portraits")
}

func TestAnImageIsShownUnderEveryCollection(t *testing.T) {
	c := newStudio(t, nil)
	image := c.firstImage()
	var own, plain projectInfo
	ask := map[string]any{"source": map[string]any{"image": image}}
	c.get("POST", runPath+"/project", ask, &own)
	if len(own.Projections) != 3 || len(own.Posterior) != 3 || own.From+"/" != image[:len(own.From)+1] {
		t.Fatalf("%s is shown as %d, from %s", image, len(own.Projections), own.From)
	}
	ask["strength"], ask["detail"] = 0, 0
	c.get("POST", runPath+"/project", ask, &plain)
	for _, p := range plain.Projections {
		if p.Image != plain.Reconstruction {
			t.Errorf("at strength 0, %s is not the reconstruction", p.Collection)
		}
	}
	ask["detail"] = 1
	var whole projectInfo
	c.get("POST", runPath+"/project", ask, &whole)
	input := pictureOf(t, plain.Input)
	for i, p := range whole.Projections {
		if far, near := picturetest.Difference(input, pictureOf(t, plain.Projections[i].Image)), picturetest.Difference(input, pictureOf(t, p.Image)); near > far/2 {
			t.Errorf("at strength 0, with its detail, %s is %.1f off from the image, and %.1f without", p.Collection, near, far)
		}
	}
	// The image as the model sees it, given back, is the same image.
	picture := c.do("GET", runPath+"/image?image="+image, nil).Body.Bytes()
	var up struct {
		Upload        string
		Width, Height int
		Crop          crop
	}
	c.get("POST", runPath+"/uploads", picture, &up)
	if up.Width != 32 || up.Crop.Side < 16 || up.Crop.X+up.Crop.Side > 32 {
		t.Errorf("a picture of 32 pixels is taken for %+v", up)
	}
	ask = map[string]any{"source": map[string]any{"upload": up.Upload, "crop": crop{0, 0, 32}}, "from": own.From}
	var given projectInfo
	c.get("POST", runPath+"/project", ask, &given)
	if given.Input != own.Input || given.Reconstruction != own.Reconstruction || given.Projections[2].Image != own.Projections[2].Image {
		t.Error("an image that was given is not shown as the same one of the collection is")
	}
	ask["second"], ask["blend"] = map[string]any{"image": image}, 0.5
	var blended projectInfo
	c.get("POST", runPath+"/project", ask, &blended)
	if blended.Projections[0].Image != own.Projections[0].Image {
		t.Error("a blend of an image with itself is another")
	}
	ask["source"] = map[string]any{"upload": up.Upload, "crop": crop{4, 6, 20}}
	c.get("POST", runPath+"/project", ask, &blended)
	if blended.Input == own.Input {
		t.Error("a crop changes nothing")
	}
	for says, ask := range map[string]any{
		"either image or upload": map[string]any{"source": map[string]any{}},
		"detail is -1":           map[string]any{"source": map[string]any{"image": image}, "detail": -1},
		"strength is 2":          map[string]any{"source": map[string]any{"image": image}, "strength": 2},
		"blend is -1":            map[string]any{"source": map[string]any{"image": image}, "blend": -1},
		"no collection":          map[string]any{"source": map[string]any{"image": image}, "from": "watercolour"},
		"crop.side":              map[string]any{"source": map[string]any{"upload": up.Upload, "crop": crop{0, 0, 33}}},
		"within the picture":     map[string]any{"source": map[string]any{"upload": up.Upload, "crop": crop{20, 0, 20}}},
		"unknown field":          map[string]any{"sauce": 1},
	} {
		c.refuses(c.do("POST", runPath+"/project", ask), 400, says)
	}
	c.refuses(c.do("POST", runPath+"/project", map[string]any{"source": map[string]any{"upload": "none"}}), 404, "again")
	c.refuses(c.do("POST", runPath+"/uploads", []byte("no picture")), 422, "cannot be used")
}

func TestPicturesAreShownWithTheirOwnPixels(t *testing.T) {
	c := newStudio(t, nil)
	large := image.NewGray(image.Rect(0, 0, 400, 300))
	for i := range large.Pix {
		large.Pix[i] = uint8(i%400/2 + 55*(i%2))
	}
	var data bytes.Buffer
	if err := png.Encode(&data, large); err != nil {
		t.Fatal(err)
	}
	var up struct{ Upload string }
	c.get("POST", runPath+"/uploads", data.Bytes(), &up)
	image := c.firstImage()
	for name, of := range map[string]struct {
		ask  map[string]any
		side int
	}{
		"a picture of more pixels than are shown": {map[string]any{"source": map[string]any{"upload": up.Upload}}, finest},
		"a square of it":                   {map[string]any{"source": map[string]any{"upload": up.Upload, "crop": crop{10, 10, 100}}}, 100},
		"a square as small as the model's": {map[string]any{"source": map[string]any{"upload": up.Upload, "crop": crop{10, 10, 20}}}, 32},
		"a blend with a small image":       {map[string]any{"source": map[string]any{"upload": up.Upload}, "second": map[string]any{"image": image}, "blend": 0.5}, 32},
		"a blend with itself":              {map[string]any{"source": map[string]any{"upload": up.Upload}, "second": map[string]any{"upload": up.Upload}, "blend": 0.5}, finest},
	} {
		var answer projectInfo
		c.get("POST", runPath+"/project", of.ask, &answer)
		for _, p := range answer.Projections {
			if side := pictureOf(t, p.Image).Bounds().Dx(); side != of.side {
				t.Errorf("%s is shown with %d pixels as %s, want %d", name, side, p.Collection, of.side)
			}
		}
	}
}

// pictureOf is the picture in a data URL.
func pictureOf(t *testing.T, url string) image.Image {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(url, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func TestCodesAreSampledVariedAndWalked(t *testing.T) {
	c := newStudio(t, nil)
	var one, two struct {
		Codes []code
		Rows  []row
	}
	c.get("POST", runPath+"/sample", map[string]any{"n": 5, "seed": 3}, &one)
	if len(one.Codes) != 5 || len(one.Rows) != 3 || len(one.Rows[1].Images) != 5 {
		t.Fatalf("%d codes under %d collections", len(one.Codes), len(one.Rows))
	}
	c.get("POST", runPath+"/sample", map[string]any{"codes": one.Codes[3:]}, &two)
	if len(two.Codes) != 2 || two.Codes[1] != one.Codes[4] || two.Rows[2].Images[1] != one.Rows[2].Images[4] {
		t.Error("codes that are given are not shown as they were")
	}
	near := map[string]any{"code": one.Codes[4], "distance": 0}
	c.get("POST", runPath+"/sample", map[string]any{"n": 2, "near": near}, &two)
	if two.Rows[2].Images[0] != one.Rows[2].Images[4] || two.Codes[1] != one.Codes[4] {
		t.Error("at no distance from a code there is another")
	}
	var found struct{ Directions []direction }
	c.get("GET", runPath+"/directions", nil, &found)
	kinds := map[string]string{}
	for _, d := range found.Directions {
		kinds[d.Kind] = d.ID
	}
	for _, id := range kinds {
		c.get("POST", runPath+"/walk", map[string]any{"code": one.Codes[4], "direction": id, "steps": []float64{-2, 0, 2}}, &two)
		if len(two.Rows) != 3 || two.Rows[2].Images[1] != one.Rows[2].Images[4] || two.Rows[2].Images[0] == two.Rows[2].Images[2] {
			t.Errorf("%s leads nowhere", id)
		}
	}
	if len(kinds) != 2 {
		t.Errorf("there are directions of %v, want components and labels", kinds)
	}
	c.refuses(c.do("POST", runPath+"/sample", map[string]any{"n": 65}), 400, "1 to 64")
	c.refuses(c.do("POST", runPath+"/sample", map[string]any{"near": map[string]any{"code": "AAAA"}}), 400, "float32")
	c.refuses(c.do("POST", runPath+"/walk", map[string]any{"code": one.Codes[0], "direction": "up", "steps": []float64{1}}), 400, `direction "up"`)
}

func TestTheMapHoldsEveryHeldOutImage(t *testing.T) {
	c := newStudio(t, nil)
	var first, again explored
	c.get("GET", runPath+"/map", nil, &first)
	n := 72
	if len(first.Images) != n || len(first.Z) != 2*n || len(first.V) != 2*n || len(first.Typicality) != n || len(first.Labels["glasses"]) != n {
		t.Fatalf("the map has %d images", len(first.Images))
	}
	// The axes are the components of the largest variance, the first first.
	var x, y float64
	for i := range n {
		x += float64(first.Z[2*i]) * float64(first.Z[2*i])
		y += float64(first.Z[2*i+1]) * float64(first.Z[2*i+1])
	}
	if !(x >= y && y > 0) {
		t.Errorf("the variances along the axes are %g and %g", x, y)
	}
	if _, err := os.Stat(filepath.Join(home, "runs/portraits", ownDir, mapFile)); err != nil {
		t.Error(err)
	}
	newStudio(t, nil).get("GET", runPath+"/map", nil, &again)
	if fmt.Sprint(again) != fmt.Sprint(first) {
		t.Error("the map that was kept is another")
	}
}

func TestPatchesAreOfTheImagesAtEitherEnd(t *testing.T) {
	c := newStudio(t, nil)
	var first, again patches
	c.get("GET", runPath+"/patches", nil, &first)
	if len(first.Collections) != 3 || first.Size != 8 {
		t.Fatalf("there are patches of %d collections, %d pixels a side", len(first.Collections), first.Size)
	}
	clusters := 0
	for _, of := range first.Collections {
		if of.Other == of.Collection {
			t.Errorf("%s is compared with itself", of.Collection)
		}
		var list listedImages
		for order, found := range map[string][]patchCluster{"typical": of.Most, "untypical": of.Least} {
			c.get("GET", runPath+"/images?collection="+of.Collection+"&sort="+order+"&limit=24", nil, &list)
			for _, cluster := range found {
				clusters++
				if cluster.Score <= 0 || cluster.Count < 3 {
					t.Errorf("a cluster of %d patches is worth %g", cluster.Count, cluster.Score)
				}
				for _, p := range cluster.Patches {
					if p.X%4 != 0 || p.X > 24 || p.Y%4 != 0 || p.Y > 24 || !slices.ContainsFunc(list.Images, func(i imageInfo) bool { return i.Image == p.Image }) {
						t.Errorf("a patch of %s images is %+v", order, p)
					}
				}
			}
		}
	}
	if clusters == 0 {
		t.Error("no patches are found")
	}
	newStudio(t, nil).get("GET", runPath+"/patches", nil, &again)
	if fmt.Sprint(again.Collections) != fmt.Sprint(first.Collections) {
		t.Error("the patches that were kept are others")
	}
}

func TestOnlyThosePagesAndClientsThatMayAreAnswered(t *testing.T) {
	c := newStudio(t, nil)
	for host, status := range map[string]int{"localhost:1": 200, "127.0.0.1": 200, "[::1]:80": 200, "evil.example": 403, "localhost.evil.example": 403, "": 403} {
		if w := c.do("GET", "/api/runs", nil, "Host", host); w.Code != status {
			t.Errorf("host %q: %d, want %d", host, w.Code, status)
		}
	}
	post := func(header ...string) int {
		return c.do("POST", runPath+"/sample", map[string]any{"n": 1}, header...).Code
	}
	for _, test := range []struct {
		name   string
		header []string
		status int
	}{
		{"own page", []string{"Origin", "http://localhost:8501", "Sec-Fetch-Site", "same-origin"}, 200},
		{"no browser", nil, 200},
		{"another site", []string{"Origin", "http://evil.example"}, 403},
		{"another port", []string{"Origin", "http://localhost:9999"}, 403},
		{"another site, told by the browser", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a form", []string{"Content-Type", "text/plain"}, 415},
	} {
		if status := post(test.header...); status != test.status {
			t.Errorf("%s: %d, want %d", test.name, status, test.status)
		}
	}
	for mode, status := range map[string]int{"no-cors": 403, "cors": 403, "navigate": 200} {
		if w := c.do("GET", "/api/runs", nil, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", mode); w.Code != status {
			t.Errorf("another site asks for the runs, to %s: %d, want %d", mode, w.Code, status)
		}
	}
	w := c.do("GET", "/", nil)
	if policy := w.Header().Get("Content-Security-Policy"); w.Code != 200 || !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
		t.Errorf("the document: %d with the policy %q", w.Code, policy)
	}
	for _, name := range []string{"style.css", "app.js"} {
		_, address, _ := strings.Cut(w.Body.String(), `"/static/`)
		version, _, _ := strings.Cut(address, "/")
		if f := c.do("GET", "/static/"+version+"/"+name, nil); f.Code != 200 || !strings.Contains(f.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", name, f.Code, f.Header())
		} else if z, err := gzip.NewReader(c.do("GET", "/static/"+version+"/"+name, nil, "Accept-Encoding", "gzip").Body); err != nil {
			t.Error(err)
		} else if text, err := io.ReadAll(z); err != nil || !bytes.Equal(text, f.Body.Bytes()) {
			t.Errorf("%s is another when it is compressed: %v", name, err)
		}
	}
	c.refuses(c.do("GET", "/static/0000000000000000/studio.js", nil), 404, "again")
	c.refuses(c.do("GET", "/nothing", nil), 404, "nothing")
	c.refuses(c.do("DELETE", "/api/runs", nil), 405, "GET")
}

func TestATokenIsNeededWhereOthersCanReachTheStudio(t *testing.T) {
	o := Options{Runs: []string{filepath.Join(home, "runs")}, Address: "0.0.0.0:8501"}
	if _, err := New(o); err == nil {
		t.Error("a studio is open to everybody")
	}
	const token = "a token of some length"
	c := newStudio(t, func(o *Options) { o.Address, o.Token = "0.0.0.0:8501", token })
	c.refuses(c.do("GET", "/api/runs", nil), 401, "token")
	c.refuses(c.do("GET", "/?token=wrong", nil), 401, "token")
	c.refuses(c.do("GET", "/", nil, "Authorization", "Bearer wrong"), 401, "token")
	if w := c.do("GET", "/api/runs", nil, "Authorization", "Bearer "+token); w.Code != 200 {
		t.Errorf("with the token: %d", w.Code)
	}
	w := c.do("GET", "/?token=a+token+of+some+length", nil)
	cookie := w.Result().Cookies()[0]
	if w.Code != 303 || cookie.Name != "dataprism-8501" || w.Header().Get("Location") != "/" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode {
		t.Errorf("the token is exchanged for %d %v", w.Code, w.Header())
	}
	if w := c.do("GET", "/api/runs", nil, "Cookie", cookie.Name+"="+cookie.Value); w.Code != 200 {
		t.Errorf("with the cookie: %d", w.Code)
	}
}
