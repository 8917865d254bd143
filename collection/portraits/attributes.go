package portraits

import "math/rand/v2"

// AgeGroup is a person's age as a label.
type AgeGroup int

// The age groups.
const (
	Young AgeGroup = iota // 18 to 30 years
	Adult                 // 36 to 52
	Old                   // 63 to 80
)

func (a AgeGroup) String() string { return [...]string{"young", "adult", "old"}[min(max(a, 0), Old)] }

// SkinGroup is a person's skin tone as a label.
type SkinGroup int

// The skin tones.
const (
	LightSkin SkinGroup = iota
	MediumSkin
	DarkSkin
)

func (s SkinGroup) String() string {
	return [...]string{"light", "medium", "dark"}[min(max(s, 0), DarkSkin)]
}

// Attributes are the parts of a person that are labels. The collections differ in how often each is seen and in
// nothing else.
type Attributes struct {
	LongHair   bool
	Beard      bool
	Glasses    bool
	Smile      bool
	Age        AgeGroup
	Skin       SkinGroup
	HairColour HairColour
}

// Labels returns the attributes as Person.Labels does.
func (a Attributes) Labels() map[string]string {
	word := func(on bool, yes, no string) string {
		if on {
			return yes
		}
		return no
	}
	return map[string]string{
		"hair":        word(a.LongHair, "long", "short"),
		"beard":       word(a.Beard, "yes", "no"),
		"glasses":     word(a.Glasses, "yes", "no"),
		"smile":       word(a.Smile, "yes", "no"),
		"age":         a.Age.String(),
		"skin":        a.Skin.String(),
		"hair_colour": a.HairColour.String(),
	}
}

// allAttributes lists every combination, 2^4 * 3^3 of them.
func allAttributes() []Attributes {
	all := make([]Attributes, 0, 16*27)
	for bits := 0; bits < 16; bits++ {
		for rest := 0; rest < 27; rest++ {
			all = append(all, Attributes{
				LongHair:   bits&1 != 0,
				Beard:      bits&2 != 0,
				Glasses:    bits&4 != 0,
				Smile:      bits&8 != 0,
				Age:        AgeGroup(rest % 3),
				Skin:       SkinGroup(rest / 3 % 3),
				HairColour: HairColour(rest / 9),
			})
		}
	}
	return all
}

// NewPerson draws a person who has the attributes. Everything else, such as pose, face, light and background, depends
// on nothing but the attributes, in every collection alike. Values of one label keep a distance from those of the
// next (nobody is 34, or smiles by half), so that every label can be told from the picture.
func NewPerson(a Attributes, rng *rand.Rand) Person {
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }
	// bell is a symmetric distribution on [-1, 1] that prefers the middle.
	bell := func() float64 { return (rng.Float64()+rng.Float64()+rng.Float64())*2/3 - 1 }
	pick := func(on bool, lo, hi, offLo, offHi float64) float64 {
		if on {
			return between(lo, hi)
		}
		return between(offLo, offHi)
	}
	p := Person{
		Yaw:           25 * bell(),
		Pitch:         10 * bell(),
		Tilt:          9 * bell(),
		Zoom:          bell(),
		Shift:         bell(),
		GazeX:         bell(),
		GazeY:         bell(),
		FaceWidth:     bell(),
		Jaw:           bell(),
		EyeSize:       bell(),
		EyeSpacing:    bell(),
		NoseLength:    bell(),
		NoseWidth:     bell(),
		MouthWidth:    bell(),
		Lips:          bell(),
		BrowHeight:    bell(),
		BrowThickness: bell(),
		EyeColour:     rng.Float64(),
		Frame:         rng.Float64(),
		HairShade:     rng.Float64(),
		HairVolume:    rng.Float64(),
		Wave:          rng.Float64(),
		Parting:       between(-1, 1),
		Fringe:        rng.Float64(),
		Background:    rng.Float64(),
		Clothing:      rng.Float64(),
		Collar:        rng.Float64(),
		Light:         between(-1, 1),
		SkinTone:      [...]float64{between(0, 0.28), between(0.42, 0.6), between(0.76, 1)}[a.Skin],
		Age:           [...]float64{between(18, 30), between(36, 52), between(63, 80)}[a.Age],
		Smile:         pick(a.Smile, 0.7, 1, 0, 0.2),
		Beard:         pick(a.Beard, 0.45, 1, 0, 0),
		Glasses:       a.Glasses,
		HairLength:    pick(a.LongHair, 0.68, 1, 0, 0.32),
		HairColour:    a.HairColour,
		Seed:          rng.Uint64(),
	}
	// Fringes go with youth: they would hide the lines of a forehead.
	p.Fringe *= [...]float64{1, 0.75, 0.5}[a.Age]
	// Light eyes are rarer in darker skin.
	p.EyeColour *= [...]float64{1, 0.6, 0.3}[a.Skin]
	if a.Beard {
		p.Jaw = min(p.Jaw+0.4, 1)
		p.BrowThickness = min(p.BrowThickness+0.4, 1)
	}
	return p
}
