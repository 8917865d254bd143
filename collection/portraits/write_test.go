package portraits

import (
	"context"
	"encoding/csv"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
)

// readTable returns the rows of a collection's metadata.csv as maps.
func readTable(t *testing.T, folder string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(folder, "metadata.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestWriteGivesEveryPortraitItsLabels(t *testing.T) {
	dir := t.TempDir()
	specs, err := Write(context.Background(), dir, Options{Count: 40, Size: 32, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	pairs := map[string][]map[string]string{}
	for i, s := range Styles() {
		if specs[i].Name != s.String() || specs[i].Path != filepath.Join(dir, s.String()) {
			t.Errorf("collection %d is %+v", i, specs[i])
		}
		rows := readTable(t, specs[i].Path)
		if len(rows) != 40 {
			t.Errorf("%v has %d rows", s, len(rows))
		}
		for _, row := range rows {
			f, err := os.Open(filepath.Join(specs[i].Path, row["file_name"]))
			if err != nil {
				t.Fatal(err)
			}
			config, err := png.DecodeConfig(f)
			f.Close()
			if err != nil || config.Width != 32 || config.Height != 32 {
				t.Errorf("%v: %s is %dx%d (%v)", s, row["file_name"], config.Width, config.Height, err)
			}
			if row["pair"] != "" {
				pairs[row["pair"]] = append(pairs[row["pair"]], row)
			}
		}
	}
	if len(pairs) == 0 {
		t.Error("no person is in two collections")
	}
	for pair, rows := range pairs {
		if len(rows) < 2 {
			t.Errorf("pair %s has one member", pair)
		}
		for _, name := range AttributeNames() {
			if rows[0][name] != rows[1][name] {
				t.Errorf("pair %s has %s = %s and %s", pair, name, rows[0][name], rows[1][name])
			}
		}
	}
}

func TestWriteReturnsAtOnceWhenTheCollectionsAreThere(t *testing.T) {
	dir := t.TempDir()
	drawn := 0
	o := Options{Count: 5, Size: 32, Seed: 3, Progress: func(done, total int) {
		drawn++
		if done > total {
			t.Errorf("progress is %d of %d", done, total)
		}
	}}
	write := func() {
		t.Helper()
		if _, err := Write(context.Background(), dir, o); err != nil {
			t.Fatal(err)
		}
	}
	write()
	write()
	if drawn != 15 {
		t.Errorf("%d portraits are drawn in two calls, not 15", drawn)
	}
	if err := os.RemoveAll(filepath.Join(dir, "oil")); err != nil {
		t.Fatal(err)
	}
	write()
	if drawn != 20 {
		t.Errorf("%d portraits are drawn when one collection is missing, not 20", drawn)
	}
	o.Seed = 4
	write()
	if drawn != 35 {
		t.Errorf("%d portraits are drawn when the seed changes, not 35", drawn)
	}
	onlyThese(t, dir, "anime", "oil", "photo")
}

// onlyThese checks that a folder holds these names and no others.
func onlyThese(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		have = append(have, e.Name())
	}
	if !slices.Equal(have, want) {
		t.Errorf("the folder holds %v, not %v", have, want)
	}
}

func TestWorkersDoNotChangeWhatIsWritten(t *testing.T) {
	one, three := t.TempDir(), t.TempDir()
	for dir, workers := range map[string]int{one: 1, three: 3} {
		if _, err := Write(context.Background(), dir, Options{Count: 6, Size: 32, Workers: workers, Styles: []Style{Anime}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := filepath.WalkDir(filepath.Join(one, "anime"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		a, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(filepath.Join(three, "anime", d.Name()))
		if err != nil {
			return err
		}
		if string(a) != string(b) {
			t.Errorf("%s differs", d.Name())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestWriteStopsCleanly(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o := Options{Count: 50, Size: 32, Progress: func(done, _ int) {
		if done == 3 {
			cancel()
		}
	}}
	if _, err := Write(ctx, dir, o); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	onlyThese(t, dir)
}

func TestWriteLeavesForeignFoldersAlone(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "oil", "holiday.png")
	if err := os.MkdirAll(filepath.Dir(mine), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mine, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Write(context.Background(), dir, Options{Count: 2, Size: 32})
	if err == nil || !strings.Contains(err.Error(), "was not drawn by dataprism") {
		t.Errorf("the error is %v", err)
	}
	onlyThese(t, dir, "oil")
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

func TestWriteRefusesOptionsThatMakeNoSense(t *testing.T) {
	for name, o := range map[string]Options{
		"count":  {Count: -1},
		"size":   {Size: 8},
		"large":  {Size: 5000},
		"style":  {Styles: []Style{7}},
		"double": {Styles: []Style{Oil, Oil}},
	} {
		dir := t.TempDir()
		if _, err := Write(context.Background(), dir, o); err == nil {
			t.Errorf("%s: no error", name)
		}
		onlyThese(t, dir)
	}
}

func TestCollectionsCanBeOpened(t *testing.T) {
	specs, err := Write(context.Background(), t.TempDir(), Options{Count: 40, Size: 32, Seed: 8})
	if err != nil {
		t.Fatal(err)
	}
	data, err := collection.Open(context.Background(), specs, collection.Options{Size: 32, Strict: true, CacheDir: t.TempDir(), Validation: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	held := map[string]bool{} // whether a pair is held out
	for _, c := range data.Collections {
		if len(c.Rows()) != 40 || len(c.Notes) != 0 {
			t.Errorf("%s has %d usable rows and the notes %v", c.Name, len(c.Rows()), c.Notes)
		}
		for _, side := range []struct {
			rows []int
			held bool
		}{{c.Train, false}, {c.Validation, true}} {
			for _, row := range side.rows {
				if hair, ok := c.Label(row, "hair"); !ok || hair != "long" && hair != "short" {
					t.Errorf("%s, row %d: hair is %q", c.Name, row, hair)
				}
				pair, ok := c.Label(row, "pair")
				if !ok || pair == "" {
					continue
				}
				if before, seen := held[pair]; seen && before != side.held {
					t.Errorf("pair %s is on both sides of the split", pair)
				}
				held[pair] = side.held
			}
		}
	}
	if len(held) == 0 {
		t.Error("no pairs are found")
	}
}
