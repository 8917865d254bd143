package collection

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// realFaces is the folder of real photographs, which is not part of the project.
func realFaces(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "data", "faces", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("there are no real photographs at %s", dir)
	}
	return dir
}

func TestRealFaces(t *testing.T) {
	o := Options{Size: 48, Gray: true, MaxImages: 300, Seed: 1, CacheDir: t.TempDir()}
	d := opened(t, o, realFaces(t, "lfw"), realFaces(t, "aaf"))
	if again := opened(t, o, realFaces(t, "lfw"), realFaces(t, "aaf")); again.Key() != d.Key() {
		t.Error("the second start gives other data")
	}
	for i, found := range []int{12792, 13322} {
		c := d.Collections[i]
		if c.Found != found || len(c.Rows()) != 300 || len(c.Validation) != 30 || len(c.Skipped)+len(c.Notes) != 0 {
			t.Errorf("%s: %d found, %d usable, %d held out, skipped %v", c.Name, c.Found, len(c.Rows()), len(c.Validation), c.Skipped)
		}
		men, n, sum, square := 0, 0, 0.0, 0.0
		for _, row := range c.Rows() {
			if gender, ok := c.Label(row, "gender"); ok && gender == "male" {
				men++
			}
			for _, v := range c.Pixels(row) {
				sum += float64(v)
				square += float64(v) * float64(v)
				n++
			}
		}
		mean := sum / float64(n)
		deviation := math.Sqrt(square/float64(n) - mean*mean)
		if men < 100 || mean < 60 || mean > 200 || deviation < 30 {
			t.Errorf("%s: %d men, mean %.0f, deviation %.0f", c.Name, men, mean, deviation)
		}
	}
}
