package quality

import "fmt"

// TieSentences say how the images of the collection belong together, by group and by pair: a sentence for each that it has.
func (c Collection) TieSentences() (out []string) {
	for _, t := range []struct {
		of   string
		ties *Ties
	}{{"group", c.Groups}, {"pair", c.Pairs}} {
		if t.ties != nil {
			out = append(out, t.ties.sentence(c.Name, t.of))
		}
	}
	return out
}

// sentence says how many groups or pairs the images of a collection belong to, how many of them to the same one, and how
// many groups or pairs have images in other collections too.
func (t Ties) sentence(collection, of string) string {
	spread := "each to a " + of + " of its own"
	if t.Largest > 1 {
		spread = "at most " + counted(t.Largest) + " to one " + of
	}
	elsewhere := "none has images in other collections"
	if t.Shared > 0 {
		elsewhere = fmt.Sprintf("%s of them %s images in other collections too", counted(t.Shared), verb(t.Shared, "has", "have"))
	}
	return fmt.Sprintf("%s of %s %s to %s, %s; %s.",
		images(t.Images), collection, verb(t.Images, "belongs", "belong"), plural(t.Values, of), spread, elsewhere)
}
