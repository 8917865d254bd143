package collection

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
)

// side says where a folder, or a column, puts an image.
type side int8

const (
	sideOpen  side = iota // the seeded split decides
	sideTrain             // for training
	sideHeld              // held out
)

// part is what the name of a folder says about the part of a data set that is in it.
type part struct {
	name   string // "train", "val", "test", or "" for a folder that is no part
	domain string // "A" of trainA, as unpaired translation (CycleGAN, CUT) lays two domains out
}

var partOpen = part{}

func (p part) side() side {
	switch p.name {
	case "":
		return sideOpen
	case "train":
		return sideTrain
	}
	return sideHeld
}

// partWords are the words for the parts, which may stand beside a filler such as "set".
func partWords() map[string]string {
	return map[string]string{
		"train": "train", "training": "train", "trainset": "train",
		"val": "val", "valid": "val", "validation": "val", "valset": "val", "dev": "val",
		"test": "test", "testing": "test", "testset": "test", "eval": "test", "evaluation": "test", "heldout": "test", "holdout": "test",
	}
}

// partOf reads the name of a folder: one of the words, in upper or lower case, with a filler ("training_set",
// "test-images"), a year or number ("val2017"), or a domain ("trainA", "test_b").
func partOf(folder string) part {
	if len(folder) > 40 {
		return partOpen
	}
	word := ""
	domain := ""
	tokens := strings.FieldsFunc(folder, func(r rune) bool { return strings.ContainsRune("-_. ", r) })
	for i, token := range tokens {
		token = strings.TrimRight(token, "0123456789")
		switch lower := strings.ToLower(token); {
		case lower == "":
		case slices.Contains([]string{"set", "data", "dataset", "split", "images", "image", "imgs", "img"}, lower):
		case i > 0 && i == len(tokens)-1 && len(lower) == 1 && lower >= "a" && lower <= "d":
			domain = strings.ToUpper(lower)
		default:
			if last := token[len(token)-1]; i == len(tokens)-1 && len(token) > 1 && last >= 'A' && last <= 'D' && unicode.IsLower(rune(token[len(token)-2])) {
				domain, lower = string(last), lower[:len(lower)-1]
			}
			word += lower
		}
	}
	if name := partWords()[word]; name != "" {
		return part{name, domain}
	}
	return partOpen
}

// layout is what the folders of a collection mean for each of its files.
type layout struct {
	sides   []side
	classes []string // "" for none
	// domains are the folders for training of several domains, which are collections of their own.
	domains []string
	notes   []Skipped
}

// maxPartDepth is how many folders below the outermost common one are looked at for train and test.
const maxPartDepth = 3

// arrange reads what folders mean from the names of files alone, so that a folder, an archive of it and a list of its
// files mean the same. What all files have in common at their front, such as the folder that an archive wraps around
// everything, means nothing. Then
//
//   - where folders for training stand beside folders that are held out (partOf), at the first level of folders or,
//     for at least half of the files, at the second or third, they decide the split, and images outside of both are
//     for training; one of them alone is no split;
//   - what other folders an image is in is its class ("a/b" for nested ones), if there are at least two classes;
//     folders called images at the end are left out.
func arrange(files []string) *layout {
	l := &layout{sides: make([]side, len(files)), classes: make([]string, len(files))}
	folders := make([][]string, len(files))
	for i, f := range files {
		folders[i] = parts(path.Dir(f))
	}
	withoutCommon(folders)
	if depth, ok := partDepth(folders); ok {
		l.divide(folders, depth)
	} else {
		l.noteLonePart(folders)
	}
	withoutCommon(folders)
	distinct := map[string]bool{}
	for i, f := range folders {
		for len(f) > 0 && isImagesFolder(f[len(f)-1]) {
			f = f[:len(f)-1]
		}
		l.classes[i] = strings.Join(f, "/")
		if l.classes[i] != "" {
			distinct[l.classes[i]] = true
		}
	}
	if len(distinct) < 2 {
		clear(l.classes)
	}
	return l
}

func isImagesFolder(name string) bool {
	switch strings.ToLower(name) {
	case "images", "image", "imgs", "img", "jpegimages":
		return true
	}
	return false
}

// withoutCommon takes the folders off that all files begin with.
func withoutCommon(folders [][]string) {
	if len(folders) == 0 {
		return
	}
	common := folders[0]
	for _, f := range folders {
		n := 0
		for n < min(len(common), len(f)) && common[n] == f[n] {
			n++
		}
		common = common[:n]
	}
	for i := range folders {
		folders[i] = folders[i][len(common):]
	}
}

// partDepth finds the level of folders that are parts of a data set.
func partDepth(folders [][]string) (int, bool) {
	seen := map[string]part{}
	for depth := range maxPartDepth {
		trains, held := 0, 0
		for _, f := range folders {
			if len(f) <= depth {
				continue
			}
			p, known := seen[f[depth]]
			if !known {
				p = partOf(f[depth])
				seen[f[depth]] = p
			}
			switch p.side() {
			case sideTrain:
				trains++
			case sideHeld:
				held++
			}
		}
		if trains > 0 && held > 0 && (depth == 0 || 2*(trains+held) >= len(folders)) {
			return depth, true
		}
	}
	return 0, false
}

// divide sets the sides by the folders at a depth, and takes those folders out.
func (l *layout) divide(folders [][]string, depth int) {
	outside := 0
	trains := map[string]string{} // folder for training by domain
	for i, f := range folders {
		l.sides[i] = sideTrain
		p := partOpen
		if len(f) > depth {
			p = partOf(f[depth])
		}
		switch p.side() {
		case sideOpen:
			outside++
			continue
		case sideTrain:
			trains[p.domain] = f[depth]
		case sideHeld:
			l.sides[i] = sideHeld
		}
		folders[i] = slices.Delete(slices.Clone(f), depth, depth+1)
	}
	if len(trains) > 1 && trains[""] == "" {
		for _, folder := range trains {
			l.domains = append(l.domains, folder)
		}
		slices.Sort(l.domains)
	}
	if outside > 0 {
		l.notes = append(l.notes, Skipped{"", fmt.Sprintf("%d images lie outside of the folders that divide the others into training and held out: they are for training", outside)})
	}
}

// noteLonePart says where a folder has the name of a part but none to stand beside.
func (l *layout) noteLonePart(folders [][]string) {
	seen := map[string]bool{}
	for _, f := range folders {
		if len(f) == 0 || seen[f[0]] {
			continue
		}
		seen[f[0]] = true
		if partOf(f[0]) == partOpen {
			continue
		}
		other := "train"
		if partOf(f[0]).side() == sideTrain {
			other = "val or test"
		}
		l.notes = append(l.notes, Skipped{f[0], "is taken for a class, not for a side of the split: there is no folder " + other + " beside it"})
	}
}
