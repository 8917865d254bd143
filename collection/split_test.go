package collection

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// made returns a collection without pixels. labels are "name=value" words for each file; a file that starts with "-"
// is unreadable.
func made(name string, rows ...string) *Collection {
	c := &Collection{Name: name}
	b := newColumnBuilder(len(rows))
	for i, r := range rows {
		words := strings.Fields(r)
		file, ok := strings.CutPrefix(words[0], "-")
		c.usable = append(c.usable, !ok)
		c.Items = append(c.Items, Item{file})
		for _, w := range words[1:] {
			label, value, _ := strings.Cut(w, "=")
			column, _ := b.column(label)
			column.set(i, value)
		}
	}
	c.columns = newColumnSet(b.columns)
	files := make([]string, len(c.Items))
	for i, item := range c.Items {
		files[i] = item.File
	}
	c.sides = arrange(files).sides
	return c
}

func numbered(prefix string, n int, label func(i int) string) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("%s%05d ", prefix, i)
		if label != nil {
			rows[i] += label(i)
		}
	}
	return rows
}

func TestSplitIsCloseToTheShare(t *testing.T) {
	for _, c := range []struct {
		name  string
		rows  []string
		share float64
		want  int
		off   int
	}{
		{"plain", numbered("f", 1000, nil), 0.1, 100, 0},
		{"plain, half", numbered("f", 501, nil), 0.5, 251, 0},
		{"few", numbered("f", 5, nil), 0.1, 2, 0},
		{"three", numbered("f", 3, nil), 0.1, 1, 0},
		{"four", numbered("f", 4, nil), 0.9, 2, 0},
		{"four sites", numbered("f", 100, func(i int) string { return fmt.Sprint("group=", i%4) }), 0.1, 50, 0},
		{"four sites, most held out", numbered("f", 100, func(i int) string { return fmt.Sprint("group=", i%4) }), 0.9, 50, 0},
		{"two", numbered("f", 2, nil), 0.9, 1, 0},
		{"one", numbered("f", 1, nil), 0.5, 0, 1},
		{"twos", numbered("f", 1000, func(i int) string { return fmt.Sprint("group=", i/2) }), 0.1, 100, 1},
		{"tens", numbered("f", 1000, func(i int) string { return fmt.Sprint("group=", i/10) }), 0.15, 150, 5},
		{"three sites", numbered("f", 99, func(i int) string { return fmt.Sprint("group=", i%3) }), 0.1, 33, 0},
		{"one site", numbered("f", 99, func(i int) string { return "group=only" }), 0.1, 0, 0},
		{"one large person", numbered("f", 200, func(i int) string { return fmt.Sprint("group=", max(i-100, 0)) }), 0.1, 20, 0},
	} {
		for seed := range uint64(5) {
			col := made("a", c.rows...)
			split([]*Collection{col}, seed, c.share)
			if d := len(col.Validation) - c.want; d < -c.off || d > c.off {
				t.Errorf("%s, seed %d: %d of %d held out, want %d", c.name, seed, len(col.Validation), len(c.rows), c.want)
			}
			if len(col.Train)+len(col.Validation) != len(c.rows) || !slices.IsSorted(col.Train) || !slices.IsSorted(col.Validation) {
				t.Errorf("%s: the split is no partition", c.name)
			}
		}
	}
}

// sideOfEach maps collection and file to whether the file is held out.
func sideOfEach(cs []*Collection) map[string]bool {
	held := map[string]bool{}
	for _, c := range cs {
		for _, f := range filesOf(c, c.Train) {
			held[c.Name+"/"+f] = false
		}
		for _, f := range filesOf(c, c.Validation) {
			held[c.Name+"/"+f] = true
		}
	}
	return held
}

func TestPairsAndGroupsStayTogetherAcrossCollections(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 20 {
		labels := func(i int) string {
			out := ""
			if rng.IntN(3) > 0 {
				out += fmt.Sprintf(" pair=%d", rng.IntN(200))
			}
			if rng.IntN(10) == 0 {
				out += fmt.Sprintf(" group=%d", rng.IntN(100))
			}
			return out
		}
		cs := []*Collection{made("a", numbered("x", 300, labels)...), made("b", numbered("y", 200, labels)...), made("c", numbered("z", 50, labels)...)}
		split(cs, uint64(trial), 0.2)
		sides := map[string]bool{}
		for name, held := range sideOfEach(cs) {
			which, file, _ := strings.Cut(name, "/")
			c := cs[which[0]-'a']
			row := slices.IndexFunc(c.Items, func(i Item) bool { return i.File == file })
			for _, label := range []string{"pair", "group"} {
				v, ok := c.Label(row, label)
				if !ok {
					continue
				}
				key := label + v
				if other, seen := sides[key]; seen && other != held {
					t.Fatalf("trial %d: %s is on both sides", trial, key)
				}
				sides[key] = held
			}
		}
	}
}

func TestPairedCollectionsAreHeldOutByTheShare(t *testing.T) {
	pair := func(i int) string { return fmt.Sprint("pair=", i) }
	cs := []*Collection{made("a", numbered("x", 400, pair)...), made("b", numbered("y", 200, pair)...)}
	split(cs, 3, 0.1)
	if math.Abs(float64(len(cs[0].Validation)-40)) > 2 || math.Abs(float64(len(cs[1].Validation)-20)) > 2 {
		t.Errorf("%d of 400 and %d of 200 held out", len(cs[0].Validation), len(cs[1].Validation))
	}
}

func TestSplitDependsOnSeedAndNamesOnly(t *testing.T) {
	rows := numbered("x", 300, func(i int) string { return fmt.Sprint("group=", i/4) })
	shuffled := slices.Clone(rows)
	rand.New(rand.NewPCG(7, 7)).Shuffle(len(rows), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	sides := func(seed uint64, rows []string) map[string]bool {
		c := made("a", rows...)
		split([]*Collection{c}, seed, 0.2)
		return sideOfEach([]*Collection{c})
	}
	same := func(a, b map[string]bool) bool {
		for k := range a {
			if a[k] != b[k] {
				return false
			}
		}
		return true
	}
	if !same(sides(1, rows), sides(1, shuffled)) {
		t.Error("the order of files changes the split")
	}
	if same(sides(1, rows), sides(2, rows)) {
		t.Error("the seed does not change the split")
	}
}

func TestFoldersDecideTheSplit(t *testing.T) {
	for _, c := range []struct {
		name        string
		rows        []string
		train, held string
		notes       int
	}{
		{"train and val", []string{"train/a", "train/b", "val/c", "loose"}, "train/a train/b loose", "val/c", 0},
		{"test is held out too", []string{"Train/a", "Test/b", "validation/c"}, "Train/a", "Test/b validation/c", 0},
		{"a group in both goes where most of it is", []string{"train/a group=1", "train/b group=1", "val/c group=1", "val/d"}, "train/a train/b val/c", "val/d", 1},
		{"a group of as many in both is held out", []string{"train/a group=1", "train/b", "val/c group=1", "train/d"}, "train/b train/d", "train/a val/c", 1},
		{"the other way", []string{"train/a group=1", "val/b group=1", "val/c group=1", "train/d"}, "train/d", "train/a val/b val/c", 1},
		{"unreadable", []string{"train/a", "-train/b", "val/c", "-val/d"}, "train/a", "val/c", 0},
	} {
		col := made("a", c.rows...)
		split([]*Collection{col}, 1, 0.1)
		train, held := strings.Join(filesOf(col, col.Train), " "), strings.Join(filesOf(col, col.Validation), " ")
		if train != c.train || held != c.held || len(col.Notes) != c.notes {
			t.Errorf("%s: %q and %q with %d notes", c.name, train, held, len(col.Notes))
		}
	}
}

func TestAColumnDecidesTheSplit(t *testing.T) {
	for name, c := range map[string]struct {
		values  [4]string // of every fourth image
		held    int       // -1: by the seed
		isLabel bool
	}{
		"both sides":         {[4]string{"train", "Train", "test", "validation"}, 20, false},
		"one side alone":     {[4]string{"train", "train", "train", "train"}, -1, true},
		"another word":       {[4]string{"train", "test", "left", "train"}, -1, true},
		"some without value": {[4]string{"train", "", "", "test"}, -1, false},
	} {
		f := pictures(t, "", 40)
		table := "file_name,split,age\n"
		for i := range 40 {
			table += fmt.Sprintf("%04d.png,%s,%d\n", i, c.values[i%4], i%3)
		}
		f["metadata.csv"] = []byte(table)
		got := opened(t, Options{Validation: 0.3}, f.folder(t)).Collections[0]
		if c.held >= 0 && len(got.Validation) != c.held {
			t.Errorf("%s: %d held out, want %d", name, len(got.Validation), c.held)
		}
		if _, isLabel := got.Labels(0)["split"]; isLabel != c.isLabel {
			t.Errorf("%s: labels are %v", name, got.Labels(0))
		}
		if c.isLabel {
			continue
		}
		for _, row := range got.Train {
			if v := c.values[row%4]; v != "" && partOf(v).side() == sideHeld {
				t.Errorf("%s: image %d of %q is trained on", name, row, v)
			}
		}
		for _, row := range got.Validation {
			if v := c.values[row%4]; v != "" && partOf(v).side() == sideTrain {
				t.Errorf("%s: image %d of %q is held out", name, row, v)
			}
		}
	}
}
