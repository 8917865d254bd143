package audit

import (
	"slices"
	"testing"
)

func TestReasonsPutTogetherWhatDiffersInNamesAndNumbers(t *testing.T) {
	few := func(path, value, n string) Skipped {
		return Skipped{"flips." + path, "what projection makes of " + value + " needs at least 20 independent images, there are " + n}
	}
	var lines []string
	for _, r := range Reasons([]Skipped{
		few("hair.anime->photo.short", "hair=short", "14"),
		{"leakage", "oil has held-out images of 1 independent unit, two are needed"},
		few("age.oil->photo.35-44", "age=35-44", "9"),
		few("smile.oil.x->photo.no", "smile=no", "3"),
		{"attributes.age.lfw", "no held-out image of the collection has the label age"},
		{"attributes.mood.aaf", "no held-out image of the collection has the label mood"},
		{"flips.hair.anime->oil.short", "no held-out image is labelled hair=vivid"},
	}) {
		lines = append(lines, r.String())
	}
	if want := []string{
		"flips.hair.anime->photo.short, and 2 more like it: what projection makes of hair=short needs at least 20 independent images, there are 14",
		"leakage: oil has held-out images of 1 independent unit, two are needed",
		"attributes.age.lfw, and 1 more like it: no held-out image of the collection has the label age",
		"flips.hair.anime->oil.short: no held-out image is labelled hair=vivid",
	}; !slices.Equal(lines, want) {
		t.Errorf("the reasons are\n%q\nwant\n%q", lines, want)
	}
}
