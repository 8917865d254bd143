package portraits

import (
	"fmt"
	"strings"
)

// Prevalence is how often each attribute is seen in a collection. Given the collection the attributes are independent
// of each other, so these numbers are the whole bias of the collection.
type Prevalence struct {
	LongHair, Beard, Glasses, Smile float64
	Age                             [3]float64 // young, adult, old
	Skin                            [3]float64 // light, medium, dark
	HairColour                      [3]float64 // dark, fair, vivid
}

// Prevalences returns what is planted in a style's collection. Photo is balanced, but for few with dyed hair. Oil is
// mostly old, bearded, serious and dark-haired. Anime is mostly long-haired, young, smiling and light, with hardly a
// beard.
func Prevalences(s Style) Prevalence {
	switch s {
	case Oil:
		return Prevalence{
			LongHair: 0.30, Beard: 0.75, Glasses: 0.10, Smile: 0.15,
			Age:        [3]float64{0.10, 0.30, 0.60},
			Skin:       [3]float64{0.75, 0.20, 0.05},
			HairColour: [3]float64{0.75, 0.25, 0},
		}
	case Anime:
		return Prevalence{
			LongHair: 0.90, Beard: 0.03, Glasses: 0.15, Smile: 0.80,
			Age:        [3]float64{0.80, 0.15, 0.05},
			Skin:       [3]float64{0.80, 0.15, 0.05},
			HairColour: [3]float64{0.30, 0.35, 0.35},
		}
	}
	return Prevalence{
		LongHair: 0.50, Beard: 0.40, Glasses: 0.40, Smile: 0.50,
		Age:        [3]float64{0.40, 0.30, 0.30},
		Skin:       [3]float64{0.45, 0.30, 0.25},
		HairColour: [3]float64{0.55, 0.40, 0.05},
	}
}

// Of is the probability that a person of the collection has exactly these attributes.
func (p Prevalence) Of(a Attributes) float64 {
	yes := func(share float64, on bool) float64 {
		if on {
			return share
		}
		return 1 - share
	}
	return yes(p.LongHair, a.LongHair) * yes(p.Beard, a.Beard) * yes(p.Glasses, a.Glasses) * yes(p.Smile, a.Smile) *
		p.Age[a.Age] * p.Skin[a.Skin] * p.HairColour[a.HairColour]
}

// Share is the prevalence of one label's value, by the names that Labels uses, and false for a name or value that
// there is not.
func (p Prevalence) Share(attribute, value string) (float64, bool) {
	byNames := map[string]float64{
		"hair=long": p.LongHair, "hair=short": 1 - p.LongHair,
		"beard=yes": p.Beard, "beard=no": 1 - p.Beard,
		"glasses=yes": p.Glasses, "glasses=no": 1 - p.Glasses,
		"smile=yes": p.Smile, "smile=no": 1 - p.Smile,
	}
	for i := range 3 {
		byNames["age="+AgeGroup(i).String()] = p.Age[i]
		byNames["skin="+SkinGroup(i).String()] = p.Skin[i]
		byNames["hair_colour="+HairColour(i).String()] = p.HairColour[i]
	}
	share, ok := byNames[attribute+"="+value]
	return share, ok
}

// Table is the prevalences of all styles as a Markdown table, a row for each value of each attribute.
func Table() string {
	var b strings.Builder
	b.WriteString("| attribute |")
	rule := "| --- |"
	for _, s := range Styles() {
		fmt.Fprintf(&b, " %s |", s)
		rule += " ---: |"
	}
	b.WriteString("\n" + rule + "\n")
	for _, row := range []struct{ attribute, value string }{
		{"hair", "long"}, {"beard", "yes"}, {"glasses", "yes"}, {"smile", "yes"},
		{"age", "young"}, {"age", "adult"}, {"age", "old"},
		{"skin", "light"}, {"skin", "medium"}, {"skin", "dark"},
		{"hair_colour", "dark"}, {"hair_colour", "fair"}, {"hair_colour", "vivid"},
	} {
		fmt.Fprintf(&b, "| %s = %s |", row.attribute, row.value)
		for _, s := range Styles() {
			share, _ := Prevalences(s).Share(row.attribute, row.value)
			fmt.Fprintf(&b, " %.0f%% |", 100*share)
		}
		b.WriteString("\n")
	}
	return b.String()
}
