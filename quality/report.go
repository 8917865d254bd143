package quality

import "github.com/dataprism/dataprism/collection"

// Schema is the version of the JSON form of a [Report]. It rises where a field changes its meaning or goes.
const Schema = 1

// Report is what [Inspect] finds. Files are named as collection/path.
type Report struct {
	Schema      int          `json:"schema"`
	Collections []Collection `json:"collections"`
	Duplicates  Duplicates   `json:"duplicates"`
	Differences []Difference `json:"differences"` // between each two collections, whether they are findings or not
	Apart       *Apart       `json:"apart"`       // null where it was not measured
	Skipped     []Part       `json:"skipped"`     // what was not measured, and why
	Findings    []Finding    `json:"findings"`    // the most important first

	Images []Image `json:"-"` // every file, in the order of collections and names
}

// Part is a part of the report that is not there.
type Part struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Collection is what is in one collection. Found = LeftOut + Usable + len(Skipped), and Usable = Train + Validation.
type Collection struct {
	Name       string                    `json:"name"`
	Path       string                    `json:"path"`
	Error      string                    `json:"error,omitempty"` // why it could not be read as a whole
	Found      int                       `json:"found"`
	LeftOut    int                       `json:"left_out"` // by the limit on images
	Usable     int                       `json:"usable"`
	Skipped    []collection.Skipped      `json:"skipped"`
	Notes      []collection.Skipped      `json:"notes"`      // no more than 10,000 of one reason, and one that says how many more there are
	NoteCount  int                       `json:"note_count"` // with those that are not listed
	Labels     map[string]map[string]int `json:"labels"`     // usable images by label and value
	Unlabelled map[string]int            `json:"unlabelled"`
	Groups     *Ties                     `json:"groups,omitempty"`
	Pairs      *Ties                     `json:"pairs,omitempty"`
	Train      int                       `json:"train"`
	Validation int                       `json:"validation"`
	Quality    Quality                   `json:"quality"`
	Odd        []Odd                     `json:"odd"` // the oddest first, at most maxOdd
	OddCount   int                       `json:"odd_count"`

	NotesListed int `json:"-"` // how many of NoteCount Notes has
}

// Ties says how images of a collection belong together.
type Ties struct {
	Images  int `json:"images"`  // that have a value
	Values  int `json:"values"`  // that occur
	Largest int `json:"largest"` // images of one value
	Shared  int `json:"shared"`  // values that other collections have too
}

// Quality sums the measurements of a collection up.
type Quality struct {
	Formats    map[string]int     `json:"formats"`
	Sizes      []Size             `json:"sizes"` // the most frequent first, at most ten
	Grey       int                `json:"grey"`
	Bordered   int                `json:"bordered"`
	Blank      int                `json:"blank"`
	Small      int                `json:"small"` // with a side below SeenSide
	Attributes map[string]Summary `json:"attributes"`
}

// Size is how many images have a width and height.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
	N      int `json:"n"`
}

// Summary is the distribution of an attribute over the images that have it.
type Summary struct {
	N      int     `json:"n"`
	Mean   float64 `json:"mean"`
	P5     float64 `json:"p5"`
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
	Counts []int   `json:"counts"` // in the equal steps of Edges
	From   float64 `json:"from"`   // the lower edge of the first step, the same for every collection
	To     float64 `json:"to"`     // the upper edge of the last
}

// Odd is an image that stands out in its collection.
type Odd struct {
	File      string  `json:"file"`
	Attribute string  `json:"attribute"`
	Value     float64 `json:"value"`
	Distance  float64 `json:"distance"` // from the median, in robust standard deviations
	Sentence  string  `json:"sentence"`
}

// Duplicates are images that are there more than once.
type Duplicates struct {
	Exact [][]string `json:"exact"` // sets of files with the same pixels
	Near  [][]string `json:"near"`  // sets of files that show the same, not all pixel by pixel
	Leaks []Leak     `json:"leaks"` // sets of both kinds with images on both sides of the split
	Drop  []string   `json:"drop"`  // all of every set but the best
}

// Leak is a set of copies on both sides of the split.
type Leak struct {
	Train      []string `json:"train"`
	Validation []string `json:"validation"`
	Drop       []string `json:"drop"` // all but the best of them
}

// Difference is how an attribute or the share of a value differs between two collections.
type Difference struct {
	Collections [2]string  `json:"collections"`
	Attribute   string     `json:"attribute"`
	Value       string     `json:"value_of,omitempty"` // of a category, whose shares are compared
	Effect      string     `json:"effect"`             // EffectDelta or EffectShares
	Size        float64    `json:"value"`
	Low         float64    `json:"low"`
	High        float64    `json:"high"`
	N           int        `json:"n"`
	P           float64    `json:"p"`
	Found       bool       `json:"found"`     // whether it makes a finding
	Of          [2]float64 `json:"of"`        // what the two have
	Statistic   string     `json:"statistic"` // that Of is: "median", "mean" or "share"
}

// The effects of a [Difference].
const (
	// EffectDelta is Cliff's delta: the chance that an image of the first collection has more than one of the second,
	// less the chance that it has less; -1 to 1.
	EffectDelta = "delta"
	// EffectShares is the share in the first collection less that in the second.
	EffectShares = "shares"
)

// Apart is how well a linear probe tells collections apart by the attributes alone: its balanced accuracy.
type Apart struct {
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	N      int     `json:"n"`
	Chance float64 `json:"chance"`
}

// Finding is a sentence that the measurements bear out. Value and its 95% interval are what the sentence is about;
// counts are exact.
type Finding struct {
	Kind        string   `json:"kind"`
	Collections []string `json:"collections"`
	Attribute   string   `json:"attribute"`
	Sentence    string   `json:"sentence"`
	Value       float64  `json:"value"`
	Low         float64  `json:"low"`
	High        float64  `json:"high"`
	N           int      `json:"n"`
}

// Image is one file of a collection.
type Image struct {
	Collection int
	File       string // within the collection
	Side       string // "train", "validation", or "" where it is skipped
	Reason     string // why it is skipped
	Set        int    // number of the set of copies it is in, from 1; 0 for none
	Drop       bool   // a better copy is kept
	Odd        float64
	*Measured  // nil where it is skipped
}
