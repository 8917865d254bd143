package quality

import "math"

// Attribute is a number that every image has, by which images and collections are compared.
type Attribute struct {
	Name string // in JSON, CSV and text
	Unit string // "" for what has none; [ShareOfPixels] for shares
	// More and Less say what an image of a collection is beside one of another where the attribute is larger or
	// smaller.
	More, Less string

	value func(m *Measurements) float64
	// logarithmic attributes are compared by ratio: their logarithm is what is looked at for what stands out.
	logarithmic bool
	// notable is a distance on that scale that is worth noticing; smaller ones are taken as none.
	notable float64
}

// ShareOfPixels is the unit of attributes that are shares, which most images have nothing of: they are summed up by
// their means, others by their medians.
const ShareOfPixels = "share of pixels"

// Write writes a value with its unit.
func (a Attribute) Write(x float64) string {
	switch a.Unit {
	case "":
		return number(x)
	case ShareOfPixels:
		return percent(x) + " of pixels"
	}
	return number(x) + " " + a.Unit
}

// AttributeOf returns the attribute of a name.
func AttributeOf(name string) (Attribute, bool) {
	for _, a := range Attributes() {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}

// Of returns the attribute of an image; NaN where the image has none.
func (a Attribute) Of(m *Measurements) float64 { return a.value(m) }

// Attributes lists what images are compared by.
func Attributes() []Attribute {
	return []Attribute{
		{"side", "pixels", "larger", "smaller", func(m *Measurements) float64 { return float64(min(m.Width, m.Height)) }, true, 0.1},
		{"aspect", "", "wider", "narrower", func(m *Measurements) float64 { return float64(m.Width) / float64(m.Height) }, true, 0.05},
		{"bytes_per_pixel", "bytes per pixel", "less compressed", "more compressed", func(m *Measurements) float64 {
			return float64(m.Bytes) / (float64(m.Width) * float64(m.Height))
		}, true, 0.3},
		{"brightness", "levels", "brighter", "darker", func(m *Measurements) float64 { return m.Brightness }, false, 6},
		{"contrast", "levels", "richer in contrast", "flatter", func(m *Measurements) float64 { return m.Contrast }, false, 4},
		{"crushed", ShareOfPixels, "more crushed in the shadows", "less crushed in the shadows", func(m *Measurements) float64 { return m.Dark }, false, 0.02},
		{"burnt", ShareOfPixels, "more burnt in the highlights", "less burnt in the highlights", func(m *Measurements) float64 { return m.Bright }, false, 0.02},
		{"chroma", "levels", "more colourful", "less colourful", func(m *Measurements) float64 { return m.Chroma.Mean }, false, 2},
		{"sharpness", "squared levels", "sharper pixel by pixel", "more blurred pixel by pixel", func(m *Measurements) float64 { return m.Sharpness }, true, 0.3},
		{"seen_sharpness", "squared levels", "sharper at 64 pixels", "more blurred at 64 pixels", func(m *Measurements) float64 { return m.SeenSharpness }, true, 0.3},
		{"noise", "levels", "noisier", "cleaner", func(m *Measurements) float64 { return m.Noise }, false, 0.4},
		{"jpeg_quality", "", "saved at a higher JPEG quality", "saved at a lower JPEG quality", func(m *Measurements) float64 { return m.JPEGQuality }, false, 3},
		{"blocking", "", "blockier", "less blocky", func(m *Measurements) float64 { return m.Blocking }, false, 0.1},
		{"border", ShareOfPixels, "more bordered", "less bordered", func(m *Measurements) float64 { return m.BorderShare() }, false, 0.02},
	}
}

// BorderShare is the part of the image that its borders cover.
func (m *Measurements) BorderShare() float64 { return m.Border.Share(m.Width, m.Height) }

// scaled is the attribute of an image on the scale that distances are taken on.
func (a Attribute) scaled(m *Measurements) float64 {
	v := a.value(m)
	if a.logarithmic {
		return math.Log(max(v, 1e-3))
	}
	return v
}
