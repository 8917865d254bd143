package audit

import (
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/measure"
)

func TestAClassifiersClassesAreNamedInAnyOrder(t *testing.T) {
	a := attribute{"glasses", []string{"no", "yes"}}
	// Two columns of features, then what two classifiers say.
	described := measure.Matrix{Rows: 3, Cols: 4, Data: []float32{9, 9, 0, 1, 9, 9, 1, 1, 9, 9, 0, 0}}
	for _, test := range []struct {
		c      Classifier
		column int
		want   []int
		says   string
	}{
		{Classifier{Attribute: "glasses", Classes: 2}, -2, []int{0, 1, 0}, ""},
		{Classifier{Attribute: "glasses", Classes: 2, Values: []string{"yes", "no"}}, -2, []int{1, 0, 1}, ""},
		{Classifier{Attribute: "glasses", Classes: 2}, -1, []int{1, 1, 0}, ""},
		{Classifier{Attribute: "glasses", Classes: 3}, -1, nil, "3 classes"},
		{Classifier{Attribute: "glasses", Classes: 2, Values: []string{"yes", "often"}}, -1, nil, `"often"`},
		{Classifier{Attribute: "glasses", Classes: 2, Values: []string{"yes", "yes"}}, -1, nil, `"no"`},
	} {
		judge, err := test.c.judge(a, test.column)
		if test.says != "" {
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%+v gives %v, want what says %s", test.c, err, test.says)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := judge(described); !slices.Equal(got, test.want) {
			t.Errorf("%+v judges %v, want %v", test.c, got, test.want)
		}
	}
}

func TestAClassifierJudgesInPlaceOfOurs(t *testing.T) {
	d := written(t,
		folder{name: "photo", labels: append(many(60, "glasses=yes"), many(60, "glasses=no")...)},
		folder{name: "oil", labels: append(many(60, "glasses=yes"), many(60, "glasses=no")...)})
	asked := 0
	s := Settings{Seed: 1, Samples: 60, Classifiers: []Classifier{
		{Attribute: "glasses", Classes: 2, Of: func(images measure.Images) ([]int, error) {
			asked += images.N
			out := make([]int, images.N)
			for i := range out {
				out[i] = i % 2 // a judge no better than chance
			}
			return out, nil
		}},
		{Attribute: "hats", Classes: 2, Of: func(images measure.Images) ([]int, error) { return make([]int, images.N), nil }},
	}}
	h, err := See(t.Context(), untrained(t, d), d, s)
	if err != nil {
		t.Fatal(err)
	}
	e := evaluate(t, h, s)
	if want := h.Images.N + 2*2*60 + h.Images.N; asked != want { // reconstructions, samples at both temperatures, projections
		t.Errorf("it was asked about %d images, want %d", asked, want)
	}
	if share := e.Attributes["glasses"]["oil"].Samples["yes"]; !share.Measured() || share.High-share.Low < 0.5 {
		t.Errorf("by a judge that knows nothing the share is %v", share)
	}
	if !slices.ContainsFunc(e.Skipped, func(s Skipped) bool { return s.What == "attributes.hats" }) {
		t.Errorf("a label that is not there is not said to be: %+v", e.Skipped)
	}
}
