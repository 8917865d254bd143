package quality

import (
	"slices"
	"strings"
	"testing"
)

func TestPairsAndGroupsAreToldInSentences(t *testing.T) {
	c := Collection{Name: "a", Groups: &Ties{Images: 300, Values: 145, Largest: 37, Shared: 1}, Pairs: &Ties{Images: 1560, Values: 1560, Largest: 1}}
	want := []string{
		"300 images of a belong to 145 groups, at most 37 to one group; one of them has images in other collections too.",
		"1560 images of a belong to 1560 pairs, each to a pair of its own; none has images in other collections.",
	}
	if got := c.TieSentences(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}

	var text strings.Builder
	if err := (&Report{Collections: []Collection{c}}).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, sentence := range want {
		if !strings.Contains(text.String(), "\n"+sentence+"\n") {
			t.Errorf("the text lacks %q", sentence)
		}
	}
}
