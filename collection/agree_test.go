package collection_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
)

// The split goes by the units of a data set, measurements without one by those of measure.
func TestUnitsAreThoseThatMeasureJoins(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5 {
		dir := t.TempDir()
		key := func(of string) string {
			if n := rng.IntN(24); n < 8 {
				return fmt.Sprint(of, n)
			}
			return ""
		}
		var specs []collection.Spec
		var pairs, groups []string
		for i, name := range []string{"photo", "oil"} {
			folder := filepath.Join(dir, name)
			drawInto(folder, 12, uint8(100*i))
			var table strings.Builder
			table.WriteString("file_name,pair,group\n")
			for row := range 12 {
				pair, group := key("p"), key("g")
				fmt.Fprintf(&table, "%02d.png,%s,%s\n", row, pair, group)
				pairs, groups = append(pairs, pair), append(groups, group)
			}
			if err := os.WriteFile(filepath.Join(folder, "metadata.csv"), []byte(table.String()), 0o666); err != nil {
				t.Fatal(err)
			}
			specs = append(specs, collection.Spec{Name: name, Path: folder})
		}
		want, err := measure.Units(len(pairs), pairs, groups)
		if err != nil {
			t.Fatal(err)
		}
		d, err := collection.Open(context.Background(), specs, collection.Options{Size: 32, CacheDir: filepath.Join(dir, "cache")})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Concat(d.Units()...); !slices.Equal(got, want) {
			t.Errorf("units %v of the data set, %v of measure, for pairs %v and groups %v", got, want, pairs, groups)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
