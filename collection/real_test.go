package collection

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRealFaces(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "data", "faces")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no real data at %s", root)
	}
	o := Options{Size: 48, Gray: true, MaxImages: 400, Seed: 1, CacheDir: t.TempDir()}
	specs := []Spec{{"lfw", filepath.Join(root, "lfw")}, {"aaf", filepath.Join(root, "aaf")}}
	t0 := time.Now()
	d, err := Open(context.Background(), specs, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("first", time.Since(t0))
	for _, c := range d.Collections {
		t.Log(c.Name, len(c.Items), len(c.Train), len(c.Validation), c.LabelNames(), c.Labels(5), len(c.Skipped), len(c.Notes))
	}
	key := d.Key()
	d.Close()
	t0 = time.Now()
	d, err = Open(context.Background(), specs, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("second", time.Since(t0))
	if d.Key() != key {
		t.Error("key")
	}
	d.Close()
}
