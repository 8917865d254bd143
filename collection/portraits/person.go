package portraits

// Style is a way of drawing a person, and the name of the collection of all portraits drawn so.
type Style int

// The styles, in the order of Styles.
const (
	// Photo is shaded and lit, before a blurred background, with sensor noise.
	Photo Style = iota
	// Oil is painted in brush strokes, warm and lit from one side on a dark ground.
	Oil
	// Anime is drawn in flat colours with outlines, cel shadows and large eyes.
	Anime
)

// Styles returns every style.
func Styles() []Style { return []Style{Photo, Oil, Anime} }

// String returns the style's name in lower case, which is its collection's name and folder.
func (s Style) String() string {
	switch s {
	case Photo:
		return "photo"
	case Oil:
		return "oil"
	case Anime:
		return "anime"
	}
	return "unknown"
}

// HairColour is the family of a person's natural (or, if vivid, dyed) hair colour; with age it turns grey.
type HairColour int

// The hair colours.
const (
	DarkHair  HairColour = iota // black to chestnut
	FairHair                    // red to light blond
	VividHair                   // pink, violet, blue or green
)

func (c HairColour) String() string {
	return [...]string{"dark", "fair", "vivid"}[min(max(c, 0), VividHair)]
}

// Person is everything that a portrait shows, apart from the style it is drawn in. Draw takes values outside the
// ranges given here as the nearest value in range.
type Person struct {
	// Pose, in degrees. A positive yaw turns the face to the viewer's right, a positive pitch looks up, a positive
	// tilt leans the head clockwise.
	Yaw   float64 // [-25, 25]
	Pitch float64 // [-10, 10]
	Tilt  float64 // [-9, 9]
	// Framing: how close the camera is, and where the person stands.
	Zoom  float64 // [-1, 1] far to near
	Shift float64 // [-1, 1] left to right
	// Gaze is the direction of the pupils, right and down.
	GazeX, GazeY float64 // [-1, 1]

	// The shape of the face, each relative to the average at 0.
	FaceWidth     float64 // [-1, 1] narrow to wide
	Jaw           float64 // [-1, 1] pointed to square
	EyeSize       float64 // [-1, 1] small to large
	EyeSpacing    float64 // [-1, 1] close to wide apart
	NoseLength    float64 // [-1, 1] short to long
	NoseWidth     float64 // [-1, 1] narrow to wide
	MouthWidth    float64 // [-1, 1] narrow to wide
	Lips          float64 // [-1, 1] thin to full
	BrowHeight    float64 // [-1, 1] low to high
	BrowThickness float64 // [-1, 1] thin to bushy

	SkinTone  float64 // [0, 1] light to dark
	EyeColour float64 // [0, 1] brown through green to blue
	Age       float64 // [18, 80] years: lines, shadows, grey hair
	Smile     float64 // [0, 1] serious to laughing with teeth shown
	Beard     float64 // [0, 1] shaved to long
	Glasses   bool
	Frame     float64 // [0, 1] shape of the glasses, round to square

	HairLength float64    // [0, 1] cropped to below the shoulders
	HairColour HairColour // family
	HairShade  float64    // [0, 1] within the family
	HairVolume float64    // [0, 1] flat to full
	Wave       float64    // [0, 1] straight to wavy
	Parting    float64    // [-1, 1] where the hair is parted, left to right
	Fringe     float64    // [0, 1] hair over the forehead, none to the brows

	Background float64 // [0, 1] hue around the colour circle
	Clothing   float64 // [0, 1] hue around the colour circle
	Collar     float64 // [0, 1] round neck, V-neck, shirt
	Light      float64 // [-1, 1] lit from the left to lit from the right

	// Seed gives the details that no parameter names: single strands, strokes, noise, the things in the background.
	Seed uint64
}

// Where a continuous parameter becomes a label.
const (
	longHairFrom = 0.5
	beardFrom    = 0.25
	smileFrom    = 0.5
	adultFrom    = 33.0
	oldFrom      = 58.0
	mediumFrom   = 0.36
	darkFrom     = 0.68
)

// AttributeNames returns the keys of Labels in the order of metadata.csv.
func AttributeNames() []string {
	return []string{"hair", "beard", "glasses", "smile", "age", "skin", "hair_colour"}
}

// Labels returns the attributes by name: hair is long or short; beard, glasses and smile are yes or no; age is young,
// adult or old; skin is light, medium or dark; hair_colour is dark, fair or vivid.
func (p Person) Labels() map[string]string {
	return p.Attributes().Labels()
}

// Attributes returns what the person's labels are made of.
func (p Person) Attributes() Attributes {
	a := Attributes{
		LongHair:   p.HairLength >= longHairFrom,
		Beard:      p.Beard >= beardFrom,
		Glasses:    p.Glasses,
		Smile:      p.Smile >= smileFrom,
		HairColour: p.HairColour,
	}
	switch {
	case p.Age >= oldFrom:
		a.Age = Old
	case p.Age >= adultFrom:
		a.Age = Adult
	}
	switch {
	case p.SkinTone >= darkFrom:
		a.Skin = DarkSkin
	case p.SkinTone >= mediumFrom:
		a.Skin = MediumSkin
	}
	return a
}

// inRange returns the person with every parameter moved into its range.
func (p Person) inRange() Person {
	within := func(lo, hi float64, values ...*float64) {
		for _, v := range values {
			// The comparison is written so that NaN becomes lo.
			if !(*v >= lo) {
				*v = lo
			}
			*v = min(*v, hi)
		}
	}
	within(-25, 25, &p.Yaw)
	within(-10, 10, &p.Pitch)
	within(-9, 9, &p.Tilt)
	within(-1, 1, &p.Zoom, &p.Shift, &p.GazeX, &p.GazeY, &p.FaceWidth, &p.Jaw, &p.EyeSize, &p.EyeSpacing, &p.NoseLength,
		&p.NoseWidth, &p.MouthWidth, &p.Lips, &p.BrowHeight, &p.BrowThickness, &p.Parting, &p.Light)
	within(0, 1, &p.SkinTone, &p.EyeColour, &p.Smile, &p.Beard, &p.Frame, &p.HairLength, &p.HairShade,
		&p.HairVolume, &p.Wave, &p.Fringe, &p.Background, &p.Clothing, &p.Collar)
	within(18, 80, &p.Age)
	p.HairColour = min(max(p.HairColour, DarkHair), VividHair)
	return p
}

// own is one of the person's values in [0, 1) that no parameter names.
func (p Person) own(i int) float64 { return grain(p.Seed).unit(i, 0) }
