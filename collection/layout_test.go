package collection

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestArrangeReadsFolders(t *testing.T) {
	for _, c := range []struct {
		what, files, classes string
		sides                string // t for training, h for held out, . for open
	}{
		{"flat", "a b", "|", ".."},
		{"classes", "cats/a dogs/b", "cats|dogs", ".."},
		{"one class is none", "cats/a cats/b", "|", ".."},
		{"one folder and the root", "data/a b", "|", ".."},
		{"a wrapper of classes", "set/cats/a set/dogs/b", "cats|dogs", ".."},
		{"nested classes", "big/cats/a big/dogs/b small/c", "big/cats|big/dogs|small", "..."},
		{"train and val", "train/a val/b", "|", "th"},
		{"train and val of classes", "train/cats/a train/dogs/b val/cats/c", "cats|dogs|cats", "tth"},
		{"wrapped", "x/y/train/a x/y/val/b", "|", "th"},
		{"three parts", "train/a validation/b test/c", "||", "thh"},
		{"other words", "Training/a Test/b", "|", "th"},
		{"dev and eval", "train/a dev/b eval/c", "||", "thh"},
		{"sets", "training_set/a test_set/b", "|", "th"},
		{"testing", "train/a testing/b", "|", "th"},
		{"years", "train2017/a val2017/b", "|", "th"},
		{"one domain", "trainA/apple/a trainA/pear/b testA/apple/c", "apple|pear|apple", "tth"},
		{"YOLO", "images/train/a images/val/b", "|", "th"},
		{"YOLO of Roboflow", "train/images/a valid/images/b", "|", "th"},
		{"ImageNet", "Data/CLS-LOC/train/n01/a Data/CLS-LOC/train/n02/b Data/CLS-LOC/val/n01/c", "n01|n02|n01", "tth"},
		{"Tiny ImageNet", "train/n01/images/a train/n02/images/b val/images/c", "n01|n02|", "tth"},
		{"parts within classes", "cats/train/a cats/test/b dogs/train/c dogs/test/d", "cats|cats|dogs|dogs", "thth"},
		{"parts of few images are classes", "a/x b/x c/x d/train/x d/test/y", "a|b|c|d/train|d/test", "....."},
		{"images beside the parts", "train/a val/b c", "||", "tht"},
		{"train alone", "train/cats/a train/b", "|", ".."},
		{"train beside others", "train/a other/b", "train|other", ".."},
		{"test alone", "test/a test/b", "|", ".."},
		{"words within names", "valid/a invalid/b", "valid|invalid", ".."},
		{"absolute", "/d/train/x/a /d/train/y/b /d/val/x/c", "x|y|x", "tth"},
		{"nothing", "", "", ""},
	} {
		l := arrange(strings.Fields(c.files))
		sides := ""
		for _, s := range l.sides {
			sides += string(".th"[s])
		}
		if got := strings.Join(l.classes, "|"); got != c.classes || sides != c.sides || l.domains != nil {
			t.Errorf("%s: classes %q, sides %q, domains %q, want %q and %q", c.what, got, sides, l.domains, c.classes, c.sides)
		}
	}
}

func TestDomainsAreCollectionsOfTheirOwn(t *testing.T) {
	l := arrange(strings.Fields("trainA/a trainB/b testA/c testB/d"))
	if !slices.Equal(l.domains, []string{"trainA", "trainB"}) {
		t.Errorf("domains %q", l.domains)
	}
	all := files{}
	for name, data := range pictures(t, "", 4) {
		for _, folder := range []string{"trainA/", "trainB/", "testA/", "testB/"} {
			all[folder+name] = data
		}
	}
	if _, err := openPaths(t, Options{}, all.folder(t)); err == nil || !strings.Contains(err.Error(), "trainA, trainB: give each as one of its own") {
		t.Error(err)
	}
}

func TestTheFolderOfADomainBringsItsHeldOutImages(t *testing.T) {
	all := files{"metadata.csv": []byte("file_name,age\ntrainA/01.png,3\ntrainB/01.png,4\ntestA/02.png,5\n")}
	for i := range 8 {
		for at, folder := range []string{"trainA", "trainB", "testA", "valA", "testB", "other"} {
			all[fmt.Sprintf("%s/%02d.png", folder, i)] = shade(t, 100*at+i)
		}
	}
	dir := all.folder(t)
	d := opened(t, Options{}, dir+"/trainA", dir+"/trainB")
	for i, want := range [][2]int{{8, 16}, {8, 8}} {
		c := d.Collections[i]
		if len(c.Train) != want[0] || len(c.Validation) != want[1] || len(c.LabelNames()) > 1 {
			t.Errorf("%s: %d for training, %d held out, labels %q", c.Path, len(c.Train), len(c.Validation), c.LabelNames())
		}
	}
	a := d.Collections[0]
	if a.Items[0].File != "testA/00.png" {
		t.Errorf("files %q", fileNames(a))
	}
	if age, _ := a.Label(slices.Index(fileNames(a), "trainA/01.png"), "age"); age != "3" {
		t.Errorf("age %q", age)
	}
	if noted := notesOn(a, "testA"); len(noted) != 1 || !strings.Contains(noted[0], "is read too, and held out") {
		t.Errorf("notes %v", a.Notes)
	}
}

func TestFoldersThatMeanNothingAreNoted(t *testing.T) {
	for files, want := range map[string]string{
		"train/a other/b":    "there is no folder val or test beside it",
		"holdout/a others/b": "there is no folder train beside it",
		"train/a val/b c d":  "2 images lie outside",
	} {
		l := arrange(strings.Fields(files))
		if len(l.notes) != 1 || !strings.Contains(l.notes[0].Reason, want) {
			t.Errorf("%s: notes %v", files, l.notes)
		}
	}
}

func TestFolderZipAndListMeanTheSame(t *testing.T) {
	for what, names := range map[string]string{
		"YOLO":                    "images/train/%.png images/val/1%.png labels/train/x.txt",
		"one folder":              "data/%.png",
		"one folder and the root": "data/%.png %.png",
		"wrapped classes":         "a/b/cats/%.png a/b/dogs/1%.png",
	} {
		all := files{}
		for _, name := range strings.Fields(names) {
			for digit := range 5 {
				all[strings.ReplaceAll(name, "%", string(rune('0'+digit)))] = pngOf(t, landmark(8, 8+len(all)))
			}
		}
		dir := all.folder(t)
		list := ""
		for _, name := range all.names() {
			if strings.HasSuffix(name, ".png") {
				list += dir + "/" + name + "\n"
			}
		}
		relative := strings.ReplaceAll(list, dir+"/", "")
		var want string
		for kind, path := range map[string]string{
			"folder": dir, "zip": writeFile(t, "x.zip", all.zip(t)), "tar": writeFile(t, "x.tar", all.tar(t)),
			"list": files{"list.txt": []byte(relative)}.writeBeside(t, dir), "absolute list": writeFile(t, "list.txt", []byte(list)),
		} {
			c := opened(t, Options{}, path).Collections[0]
			got := strings.Join(filesOf(c, c.Validation), " ") + ";"
			for row := range c.Items {
				class, _ := c.Label(row, LabelClass)
				got += " " + class
			}
			got = strings.ReplaceAll(got, dir+"/", "")
			if strings.Contains(kind, "absolute") && !strings.Contains(names, "train") {
				_, got, _ = strings.Cut(got, ";") // the seeded split depends on names
				_, want, _ := strings.Cut(want, ";")
				if want != "" && got != want {
					t.Errorf("%s, %s: %q, want %q", what, kind, got, want)
				}
				continue
			}
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s, %s: %q, want %q", what, kind, got, want)
			}
		}
	}
}

// writeBeside adds the only file to a folder and returns its path.
func (f files) writeBeside(t testing.TB, dir string) string {
	f.writeTo(t, dir)
	return dir + "/" + f.names()[0]
}
