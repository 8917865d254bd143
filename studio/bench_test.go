package studio

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
	store "github.com/gomlx/gomlx/ml/model"
	"gopkg.in/yaml.v3"
)

// untrained writes a run of two collections with the default model for images of 64 pixels, whose weights are drawn: as
// quick as one that was trained.
func untrained(b *testing.B) string {
	b.Helper()
	backend, err := simd.New("")
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Finalize()
	ae := autoencoder.DefaultConfig(64, 3)
	config := run.Config{
		Version: run.Version, Seed: 1, Data: run.Data{Background: "#ffffff", Validation: 0.1},
		Model: prism.Config{Collections: []string{"a", "b"}, Autoencoder: ae, Flow: flow.DefaultConfig(ae.Latent, 2)},
	}
	p, err := prism.New(backend, store.NewStore(), config.Model, 1)
	if err != nil {
		b.Fatal(err)
	}
	if z, _, err := p.Encode(make([]float32, p.Pixels())); err != nil {
		b.Fatal(err)
	} else if _, _, err := p.Codes(z, []int{0}); err != nil {
		b.Fatal(err)
	} else if _, err := p.Decode(z); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	text, err := yaml.Marshal(config)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, run.ConfigFile), text, 0o666); err != nil {
		b.Fatal(err)
	}
	if err := p.Write(filepath.Join(dir, run.WeightsFile)); err != nil {
		b.Fatal(err)
	}
	return dir
}

// benched is a studio with one such run, and a picture that was given to it.
func benched(b *testing.B) (*Server, string, string) {
	b.Helper()
	dir := untrained(b)
	s, err := New(Options{Runs: []string{dir}, Cache: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	m := image.NewRGBA(image.Rect(0, 0, 640, 480))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = uint8(rng.Uint32())
	}
	m.Set(0, 0, color.Black)
	var data bytes.Buffer
	if err := report.EncodePNG(&data, m); err != nil {
		b.Fatal(err)
	}
	c := client{&testing.T{}, s, map[string]bool{}}
	var up struct{ Upload string }
	path := "/api/runs/" + filepath.Base(dir)
	c.get("POST", path+"/uploads", data.Bytes(), &up)
	return s, path, up.Upload
}

// project64 projects a square of the picture, and returns how long that took.
func project64(b *testing.B, s *Server, path, upload string, x int, strength float64) time.Duration {
	began := time.Now()
	body := map[string]any{"source": map[string]any{"upload": upload, "crop": crop{float64(x % 300), float64(x / 300 % 100), 300}}, "strength": strength}
	c := client{&testing.T{}, s, map[string]bool{}}
	if w := c.do("POST", path+"/project", body); w.Code != 200 {
		b.Errorf("%d %s", w.Code, w.Body)
	}
	return time.Since(began)
}

// quantiles reports the median and the 95th percentile in milliseconds.
func quantiles(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	for name, q := range map[string]float64{"ms-median": 0.5, "ms-p95": 0.95} {
		b.ReportMetric(times[int(q*float64(len(times)-1))].Seconds()*1000, name)
	}
}

// BenchmarkProjection shows images that were not shown before, one after the other.
func BenchmarkProjection(b *testing.B) {
	s, path, upload := benched(b)
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		times = append(times, project64(b, s, path, upload, i, 1))
	}
	quantiles(b, times)
}

// BenchmarkStrength drags the slider of an image.
func BenchmarkStrength(b *testing.B) {
	s, path, upload := benched(b)
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		times = append(times, project64(b, s, path, upload, 0, float64(i%150)/100))
	}
	quantiles(b, times)
}

// BenchmarkUsers has 32 users show images of their own at once, each as soon as the one before is there.
func BenchmarkUsers(b *testing.B) {
	for _, users := range []int{1, 32} {
		b.Run(fmt.Sprint(users), func(b *testing.B) {
			s, path, upload := benched(b)
			var mu sync.Mutex
			var times []time.Duration
			next := 0
			b.ResetTimer()
			var all sync.WaitGroup
			for range users {
				all.Go(func() {
					for {
						mu.Lock()
						i := next
						next++
						mu.Unlock()
						if i >= b.N {
							return
						}
						took := project64(b, s, path, upload, i, 1)
						mu.Lock()
						times = append(times, took)
						mu.Unlock()
					}
				})
			}
			all.Wait()
			quantiles(b, times)
		})
	}
}
