package studio

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
)

// requests is how many requests are made up; the documentation promises what it does for 10,000.
var requests = flag.Int("requests", 600, "made-up requests and images that a studio is sent")

// forger makes requests up: of what is right it changes this and that.
type forger struct {
	*rand.Rand
	image, upload string
	code          code
	pictures      [][]byte
}

// pick is one of some.
func pick[T any](f *forger, list ...T) T { return list[f.IntN(len(list))] }

func (f *forger) number() any {
	return pick[any](f, 0, 1, -1, 0.5, 1.5, 3, 16, 64, 65, 1e9, -1e300, 1e-300, f.NormFloat64(), f.Uint64(), "1", nil, true, json.RawMessage("1e999"), json.RawMessage("NaN"))
}

func (f *forger) text() string {
	return pick(f, "", f.image, f.upload, "oil", "photo", "portraits", "component:1", "gif", "mp4", "../../etc/passwd", "oil/../../../etc/passwd", "\x00", "\xff\xfe",
		"%2e%2e%2f", strings.Repeat("x", 5000), "oil/", "/", "a\r\nb: c", "<script>", "🙂", string(f.code), "CON", ".", "..", f.noise(9))
}

func (f *forger) noise(most int) string {
	b := make([]byte, f.IntN(most+1))
	for i := range b {
		b[i] = byte(f.Uint32())
	}
	return string(b)
}

// value is a value for a field that is called so: mostly one that could be meant.
func (f *forger) value(name string) any {
	if f.IntN(6) == 0 {
		return pick[any](f, f.number(), f.text(), []any{}, map[string]any{}, nil, []any{f.text(), f.number()})
	}
	switch name {
	case "source", "second":
		return f.object("image", "upload", "crop")
	case "crop":
		return f.object("x", "y", "side")
	case "near":
		return f.object("code", "distance")
	case "collections":
		return []any{f.object("name", "path"), f.object("name", "path")}
	case "image":
		return f.image
	case "upload":
		return f.upload
	case "images":
		return []any{f.image, f.text()}
	case "steps":
		return []any{f.number(), 0, 1}
	case "code":
		return f.code
	case "format":
		return "gif"
	case "from", "to", "collection":
		return pick(f, "oil", "photo", "", f.text())
	case "direction":
		return pick(f, "component:1", f.text())
	case "name", "path":
		return f.text()
	}
	return pick(f, any(1), 1, 0.5, f.number())
}

// object has some of the fields, seldom another.
func (f *forger) object(names ...string) map[string]any {
	o := map[string]any{}
	for _, name := range append(names, "more") {
		if name == "more" && f.IntN(20) > 0 || f.IntN(3) == 0 {
			continue
		}
		o[name] = f.value(name)
	}
	return o
}

// request is one that could be meant for a path of the description.
func (f *forger) request(paths []string) *http.Request {
	path := pick(f, paths...)
	address := path
	for _, name := range []string{"run", "upload", "grid"} {
		value := map[string]string{"run": "portraits", "upload": f.upload, "grid": "flow-000001-samples.png"}[name]
		if f.IntN(8) == 0 {
			value = f.text()
		}
		address = strings.Replace(address, "{"+name+"}", pathEscape(value), 1)
	}
	if f.IntN(12) == 0 {
		address += pick(f, "/", "//", "/..", "/%00", "?", "?a=%zz", "%", "/../..//api/runs")
	}
	query := []string{}
	for _, name := range []string{"collection", "label", "q", "side", "sort", "offset", "limit", "image", "path", "since", "most", "beyond", "now"} {
		if f.IntN(6) == 0 {
			query = append(query, name+"="+pathEscape(fmt.Sprint(pick(f, f.value(name), any(f.text()), any(f.number())))))
		}
	}
	if len(query) > 0 {
		address += "?" + strings.Join(query, "&")
	}
	var body []byte
	kind := "application/json"
	if strings.HasSuffix(path, "/uploads") {
		body, kind = f.picture(), "image/png"
	} else if f.IntN(3) > 0 {
		body, _ = json.Marshal(f.object("source", "second", "blend", "from", "strength", "detail", "format", "to"))
		if o := (map[string][]string{"sample": {"n", "seed", "temperature", "near"}, "walk": {"code", "collection", "direction", "steps"}, "selection": {"images"},
			"lists": {"name", "images"}, "runs": {"name", "collections", "size", "minutes", "gray"}}[path[strings.LastIndex(path, "/")+1:]]); o != nil {
			body, _ = json.Marshal(f.object(o...))
		}
	}
	if f.IntN(10) == 0 {
		body = append(body, f.noise(30)...)
	}
	method := pick(f, "GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X")
	if operations := sortedKeys(described().Paths[path]); len(operations) > 0 && f.IntN(12) > 0 {
		method = strings.ToUpper(pick(f, operations...))
	}
	r, err := http.NewRequest(method, "http://localhost:8501"+address, bytes.NewReader(body))
	if err != nil {
		return f.request(paths) // it is no address at all
	}
	if f.IntN(20) == 0 {
		kind = pick(f, "", "text/plain", "application/json; charset=\xff", ";", "image/jpeg", "multipart/form-data")
	}
	r.Header.Set("Content-Type", kind)
	r.RequestURI = ""
	return r
}

// picture is one of the pictures, cut or with some bytes changed.
func (f *forger) picture() []byte {
	p := bytes.Clone(pick(f, f.pictures...))
	switch f.IntN(4) {
	case 0:
		return p[:f.IntN(len(p)+1)]
	case 1, 2:
		for range 1 + f.IntN(8) {
			p[f.IntN(min(len(p), pick(f, 64, len(p))))] = byte(f.Uint32())
		}
	}
	return p
}

// somePictures are small files of the formats that Go writes.
func somePictures(t *testing.T) [][]byte {
	t.Helper()
	m := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.White, color.Black, color.RGBA{200, 30, 60, 255}})
	for i := range m.Pix {
		m.Pix[i] = uint8(i / 7 % 3)
	}
	var p, j, g bytes.Buffer
	for _, err := range []error{report.EncodePNG(&p, m), jpeg.Encode(&j, m, nil), gif.Encode(&g, m, nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return [][]byte{p.Bytes(), j.Bytes(), g.Bytes()}
}

func TestMadeUpRequestsAndImagesAreAnsweredInSentences(t *testing.T) {
	c := newStudio(t, func(o *Options) { o.Roots, o.Home = []string{filepath.Join(home, "pictures")}, t.TempDir() })
	f := &forger{Rand: rand.New(rand.NewPCG(1, 2)), pictures: somePictures(t), image: c.firstImage()}
	var up struct{ Upload string }
	c.get("POST", runPath+"/uploads", f.pictures[0], &up)
	var sampled struct{ Codes []code }
	c.get("POST", runPath+"/sample", map[string]any{"n": 1}, &sampled)
	f.upload, f.code = up.Upload, sampled.Codes[0]
	paths := sortedKeys(described().Paths)
	paths = append(paths, "/", "/static/x", "/nothing")
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	statuses := map[int]int{}
	var before uint64
	for i := range *requests {
		if i == *requests/2 {
			before = heap() // what is remembered has its size by then
		}
		r := f.request(paths)
		if strings.HasSuffix(r.URL.Path, "/events") {
			continue // which does not end
		}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		statuses[w.Code]++
		if w.Code >= 500 {
			t.Fatalf("request %d, %s %s, is answered with %d %s", i, r.Method, r.URL, w.Code, w.Body)
		}
		if w.Code >= 400 && r.Method != "HEAD" && !strings.Contains(w.Body.String(), `{"error":"`) {
			t.Errorf("request %d, %s %s, is answered with %d %.200s", i, r.Method, r.URL, w.Code, w.Body)
		}
		if r.Method != "HEAD" && w.Code/100 != 3 { // but for paths that are not clean
			described().hold(t, r.Method, r.URL.EscapedPath(), w)
		}
	}
	if after := heap(); after > before+64<<20 {
		t.Errorf("the second half of the requests left %d MiB", (after-before)>>20)
	}
	if statuses[200] < *requests/20 || statuses[400] < *requests/20 || statuses[404] == 0 {
		t.Errorf("the requests are not what they should be: %v", statuses)
	}
	t.Log(statuses)
}

func TestPicturesOfTooManyPixelsAreRefusedBeforeTheyAreDecoded(t *testing.T) {
	c := newStudio(t, nil)
	// A PNG whose header declares 60,000 by 60,000 pixels.
	var p bytes.Buffer
	if err := report.EncodePNG(&p, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	data := p.Bytes()
	copy(data[16:], []byte{0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60})
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	c.refuses(c.do("POST", runPath+"/uploads", data), 422, "the picture cannot be used: it declares a size of 60000 x 60000 pixels, more than the 50 million that are decoded")
	// What was given stays within its place.
	data = somePictures(t)[0]
	for range 300 {
		c.do("POST", runPath+"/uploads", data)
	}
	if n := len(c.uploads.kept); n > 256 {
		t.Errorf("%d small pictures are kept", n)
	}
}

func TestNoFileOutsideOfTheRootsAndTheRunIsReadOrWritten(t *testing.T) {
	c := newWorkshop(t, nil)
	root := filepath.Join(home, "pictures")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o666); err != nil {
		t.Fatal(err)
	}
	link := func(target, at string) {
		t.Helper()
		if err := os.Symlink(target, at); err != nil {
			t.Skip("there are no links here: ", err)
		}
		t.Cleanup(func() { os.Remove(at) })
	}
	for _, path := range []string{"..", "/", home, root + "/../runs", "pictures", root + "\x00", root + "-more"} {
		c.refuses(c.do("GET", "/api/folders?path="+pathEscape(path), nil), 403, "outside")
	}
	link(filepath.Dir(secret), filepath.Join(root, "out"))
	c.refuses(c.do("GET", "/api/folders?path="+pathEscape(filepath.Join(root, "out")), nil), 403, "outside")
	var list struct{ Folders []folderInfo }
	c.get("GET", "/api/folders?path="+pathEscape(root), nil, &list)
	if len(list.Folders) != 3 {
		t.Errorf("a link that leads out is listed: %v", list.Folders)
	}
	// A link that leads out, below a folder that is trained on.
	link(secret, filepath.Join(root, "oil", "out.png"))
	c.refuses(c.do("POST", "/api/runs", trained("a")), 403, "link")
	for _, name := range []string{"../a", "a/b", "", ".", "..", ".a", "a\x00", "-a", strings.Repeat("a", 81), "a\\b", "a."} {
		c.refuses(c.do("POST", "/api/runs", trained(name)), 400, "name")
		c.refuses(c.do("POST", runPath+"/lists", map[string]any{"name": name, "images": []string{"x"}}), 400, "name")
	}
	c.refuses(c.do("POST", "/api/runs", trained("begun")), 409, "already")
	// Links within a run that lead out of it.
	begun := filepath.Join(c.Home, "begun")
	link(secret, filepath.Join(begun, run.AuditDir, reportFile))
	c.refuses(c.do("GET", "/api/runs/begun/report", nil), 404, "report")
	grid := "flow-000001-samples.png"
	link(secret, filepath.Join(begun, "samples", grid))
	c.refuses(c.do("GET", "/api/runs/begun/grids/"+grid, nil), 404, "grid")
	live := c.all()[1]
	link(filepath.Dir(secret), filepath.Join(begun, ownDir))
	if err := live.write([]byte("x"), "list.txt"); err == nil {
		t.Error("a file is written through a link that leads out of the run")
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(secret), "list.txt")); err == nil {
		t.Error("a file is written outside of the run")
	}
}

func TestSlowClientsHoldNobodyUp(t *testing.T) {
	c := newStudio(t, nil)
	source := map[string]any{"source": map[string]any{"image": c.firstImage()}}
	server := httptest.NewServer(c)
	defer server.Close()
	host := server.Listener.Addr().String()
	for _, text := range []string{
		"POST " + runPath + "/project HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"source\"",
		"POST " + runPath + "/uploads HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: image/png\r\nContent-Length: 500\r\n\r\n\x89PNG",
		"GET " + runPath + "/events HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"GET " + runPath + "/map HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"GET /",
	} {
		for range 8 { // none of which reads anything
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	answered := make(chan int)
	go func() { answered <- c.do("POST", runPath+"/project", source).Code }()
	select {
	case status := <-answered:
		if status != 200 {
			t.Errorf("beside slow clients: %d", status)
		}
	case <-time.After(30 * time.Second):
		t.Error("slow clients hold the model")
	}
}
