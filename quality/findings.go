package quality

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The kinds of findings, in the order of their importance.
const (
	KindUnread     = "unread"     // a collection that cannot be read
	KindLeak       = "leak"       // copies on both sides of the split
	KindApart      = "apart"      // collections told apart by quality alone
	KindShared     = "shared"     // copies in several collections
	KindDuplicates = "duplicates" // copies within a collection
	KindSkipped    = "skipped"    // files that cannot be used
	KindDifference = "difference" // an attribute or share that differs
	KindBlank      = "blank"      // images that show nothing
	KindBorder     = "border"     // images with bars of black or white
	KindUnlabelled = "unlabelled" // images without a label that others have
	KindRare       = "rare"       // values of a label with too few images to say anything of
)

// findings puts what was measured into sentences. A sentence about a difference is made only where its interval
// excludes none and it stands among all comparisons; sentences about counts are exact.
func findings(r *Report) []Finding {
	out := []Finding{}
	count := func(kind, attribute string, collections []string, n, of int, sentence string, args ...any) {
		if n > 0 {
			v := float64(n)
			out = append(out, Finding{kind, collections, attribute, fmt.Sprintf(sentence, args...), v, v, v, of})
		}
	}
	for _, c := range r.Collections {
		if c.Error != "" {
			count(KindUnread, "", []string{c.Name}, 1, 1, "%s cannot be read: %s.", c.Name, strings.TrimSuffix(c.Error, "."))
		}
	}
	out = append(out, leakFinding(r)...)
	if a := r.Apart; a != nil && a.Low > a.Chance && a.Value >= a.Chance+0.05 {
		out = append(out, Finding{KindApart, r.names(), "", fmt.Sprintf(
			"Quality alone tells the collections apart: a linear probe on brightness, sharpness, compression and the like names the collection of %s of images (95%% interval %s to %s, chance %s). A model learns this first.",
			percent(a.Value), percent(a.Low), percent(a.High), percent(a.Chance)), a.Value, a.Low, a.High, a.N})
	}
	out = append(out, copyFindings(r)...)
	for _, c := range r.Collections {
		count(KindSkipped, "", []string{c.Name}, len(c.Skipped), c.Found, "%s of %s cannot be used, the first because it %s.",
			ofFiles(len(c.Skipped), c.Found), c.Name, firstReason(c))
	}
	out = append(out, differenceFindings(r)...)
	for _, c := range r.Collections {
		q := c.Quality
		count(KindBlank, "contrast", []string{c.Name}, q.Blank, c.Usable, "%s of %s %s one tone and nothing else.", images(q.Blank), c.Name, verb(q.Blank, "shows", "show"))
		if share := float64(q.Bordered) / float64(max(c.Usable, 1)); share >= 0.01 {
			count(KindBorder, "border", []string{c.Name}, q.Bordered, c.Usable, "%s of %s (%s) %s black or white bars at the sides.", images(q.Bordered), c.Name, percent(share), verb(q.Bordered, "has", "have"))
		}
	}
	out = append(out, labelFindings(r)...)
	return out
}

func (r *Report) names() (out []string) {
	for _, c := range r.Collections {
		out = append(out, c.Name)
	}
	return out
}

// leakFinding says how many held-out images have copies among the training images.
func leakFinding(r *Report) []Finding {
	held, drop, all := 0, 0, 0
	in := map[string]bool{}
	for _, l := range r.Duplicates.Leaks {
		held += len(l.Validation)
		drop += len(l.Drop)
		for _, f := range slices.Concat(l.Train, l.Validation) {
			name, _, _ := strings.Cut(f, "/")
			in[name] = true
		}
	}
	for _, c := range r.Collections {
		all += c.Validation
	}
	if held == 0 {
		return nil
	}
	var names []string
	for _, c := range r.Collections {
		if in[c.Name] {
			names = append(names, c.Name)
		}
	}
	return []Finding{{KindLeak, names, "", fmt.Sprintf(
		"%s of %d held-out images %s a copy among the training images: what is measured on them is known by heart. Drop %s.",
		title(counted(held)), all, verb(held, "has", "have"), plural(drop, "file")), float64(held), float64(held), float64(held), all}}
}

// copyFindings says what copies there are between and within collections.
func copyFindings(r *Report) (out []Finding) {
	type sharing struct{ a, b int }
	members := map[int][]*Image{}
	for i := range r.Images {
		if m := &r.Images[i]; m.Set > 0 {
			members[m.Set] = append(members[m.Set], m)
		}
	}
	between, within := map[sharing]int{}, map[int]int{}
	for _, set := range members {
		per := map[int]int{}
		for _, m := range set {
			per[m.Collection]++
		}
		for a, n := range per {
			if n > 1 {
				within[a] += n - 1
			}
			for b := range per {
				if a < b {
					between[sharing{a, b}]++
				}
			}
		}
	}
	for a, ca := range r.Collections {
		for b, cb := range r.Collections {
			if n := between[sharing{a, b}]; n > 0 {
				v := float64(n)
				out = append(out, Finding{KindShared, []string{ca.Name, cb.Name}, "", fmt.Sprintf("%s %s in both %s and %s.",
					images(n), verb(n, "is", "are"), ca.Name, cb.Name), v, v, v, ca.Usable + cb.Usable})
			}
		}
	}
	for a, c := range r.Collections {
		if n := within[a]; n > 0 {
			v := float64(n)
			out = append(out, Finding{KindDuplicates, []string{c.Name}, "", fmt.Sprintf("%s of %s (%s) %s of others in it.",
				images(n), c.Name, percent(v/float64(c.Usable)), verb(n, "is a copy", "are copies")), v, v, v, c.Usable})
		}
	}
	return out
}

// differenceFindings puts the differences that stand into sentences, the largest first.
func differenceFindings(r *Report) (out []Finding) {
	var found []Difference
	for _, d := range r.Differences {
		if d.Found {
			found = append(found, d)
		}
	}
	slices.SortStableFunc(found, func(a, b Difference) int { return cmp.Compare(math.Abs(b.Size), math.Abs(a.Size)) })
	said := map[string]bool{}
	for _, d := range found {
		if mirrored := d.opposite(r); said[mirrored] && d.Effect == EffectShares {
			continue // of two values the shares of one follow from those of the other
		}
		said[d.key(d.Value)] = true
		out = append(out, Finding{KindDifference, d.Collections[:], d.label(), d.sentence(), d.Size, d.Low, d.High, d.N})
	}
	return out
}

func (d Difference) key(value string) string {
	return strings.Join([]string{d.Collections[0], d.Collections[1], d.Attribute, value}, "\x00")
}

// opposite is the key of the same attribute's other value, where there are two.
func (d Difference) opposite(r *Report) string {
	var others []string
	for _, o := range r.Differences {
		if o.Collections == d.Collections && o.Attribute == d.Attribute && o.Effect == d.Effect && o.Value != d.Value {
			others = append(others, o.Value)
		}
	}
	if len(others) != 1 {
		return ""
	}
	return d.key(others[0])
}

// label names what differs, as in "brightness" and "gender=man".
func (d Difference) label() string {
	if d.Value != "" {
		return d.Attribute + "=" + d.Value
	}
	return d.Attribute
}

func (d Difference) sentence() string {
	a, b := d.Collections[0], d.Collections[1]
	if d.Effect == EffectShares {
		return fmt.Sprintf("%s of %s and %s of %s %s (a difference of %s points, 95%% interval %s to %s).",
			title(percent(d.Of[0])), a, percent(d.Of[1]), b, d.predicate(), points(d.Size), points(d.Low), points(d.High))
	}
	x, y := d.Of[0], d.Of[1]
	size, low, high := d.Size, d.Low, d.High
	if size < 0 {
		a, b, x, y, size, low, high = b, a, y, x, -size, -high, -low
	}
	more, write := "have a higher "+spoken(d.Attribute), number
	if known, ok := AttributeOf(d.Attribute); ok {
		more, write = "are "+known.More, known.Write
	}
	return fmt.Sprintf("Images of %s %s than those of %s: a %s of %s against %s (Cliff's delta %s, 95%% interval %s to %s).",
		a, more, b, d.Statistic, write(x), write(y), number(size), number(low), number(high))
}

// predicate says of images in the plural what their share is about.
func (d Difference) predicate() string {
	switch d.Attribute {
	case "format":
		return "are " + strings.ToUpper(d.Value)
	case "grey":
		return "are grey"
	case "bordered":
		return "have borders"
	}
	return "have " + spoken(d.Attribute) + " " + d.Value
}

// rareImages is how many images a value needs for anything to be said of it.
const rareImages = 20

// labelFindings says which labels are missing and which values are rare.
func labelFindings(r *Report) (out []Finding) {
	names := map[string]bool{}
	for _, c := range r.Collections {
		for name := range c.Labels {
			names[name] = true
		}
	}
	for _, name := range sortedKeys(names) {
		for _, c := range r.Collections {
			if c.Usable == 0 {
				continue
			}
			n := c.Unlabelled[name]
			sentence := fmt.Sprintf("%s of %s (%s) %s no %s.", images(n), c.Name, percent(float64(n)/float64(c.Usable)), verb(n, "has", "have"), spoken(name))
			if c.Labels[name] == nil {
				n, sentence = c.Usable, fmt.Sprintf("%s is not labelled in %s, as it is elsewhere: it cannot be compared.", title(spoken(name)), c.Name)
			}
			if n > 0 {
				v := float64(n)
				out = append(out, Finding{KindUnlabelled, []string{c.Name}, name, sentence, v, v, v, c.Usable})
			}
			out = append(out, rareFinding(c, name)...)
		}
	}
	return out
}

// rareFinding names the values of a label that have few images, where that is not the rule.
func rareFinding(c Collection, name string) []Finding {
	var rare []string
	total := 0
	for _, v := range sortedKeys(c.Labels[name]) {
		if n := c.Labels[name][v]; n < rareImages {
			rare = append(rare, fmt.Sprintf("%s (%d)", v, n))
			total += n
		}
	}
	if len(rare) == 0 || len(c.Labels[name]) > maxValues || 2*len(rare) > len(c.Labels[name]) {
		return nil
	}
	v := float64(len(rare))
	return []Finding{{KindRare, []string{c.Name}, name, fmt.Sprintf("Of %s in %s %s fewer than %d images, too few to say anything of: %s.",
		spoken(name), c.Name, verb(len(rare), "a value has", "some values have"), rareImages, strings.Join(rare, ", ")), v, v, v, total}}
}

func firstReason(c Collection) string {
	if len(c.Skipped) == 0 {
		return ""
	}
	return strings.TrimSuffix(c.Skipped[0].Reason, ".")
}
