package report

import (
	"bytes"
	"image"
	"testing"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/report/page"
)

func evaluation() *audit.Evaluation {
	e := measure.Estimate{Value: 0.523, Low: 0.501, High: 0.545, N: 2000}
	hits := measure.Hits{At1: e, At5: e}
	return &audit.Evaluation{
		Leakage:   &audit.LeakageTable{Chance: 0.5, Linear: audit.ProbeResult{Z: e, V: e}, MLP: audit.ProbeResult{Z: e, V: e}},
		Retrieval: map[string]audit.RetrievalResult{"photo->oil": {Projected: hits, Reconstructed: hits, Random: hits}},
		Transfer:  map[string]map[string]measure.Estimate{"<glasses>": {"photo->photo": e}},
	}
}

func TestPageHoldsNumbersIntervalsAndPictures(t *testing.T) {
	picture := page.Section{Blocks: []page.Block{page.Wide{Image: image.NewRGBA(image.Rect(0, 0, 2, 2)), Caption: "Samples"}}}
	data, err := page.Page{Title: "photo & oil", Sections: append([]page.Section{picture}, EvaluationSections(evaluation())...)}.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<title>photo &amp; oil</title>", "52.3%", "50.1% to 54.5%", "photo → oil", "glasses",
		"&lt;glasses&gt;: photo → photo", `src="data:image/png;base64,`, "prefers-color-scheme: dark",
	} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	for _, no := range []string{"http://", "https://", "<script", "ZgotmplZ"} {
		if bytes.Contains(data, []byte(no)) {
			t.Errorf("the page holds %q", no)
		}
	}
}

func TestAnotherValueTakesThePlaceOfOneThatIsLost(t *testing.T) {
	shares := func(young, adult, old float64) map[string]measure.Estimate {
		return map[string]measure.Estimate{"young": measure.Exact(young, 100), "adult": measure.Exact(adult, 100), "old": measure.Exact(old, 100)}
	}
	reconstructed := shares(0.6, 0.3, 0.1)
	for want, judged := range map[string]map[string]measure.Estimate{
		"old: 40.0%": shares(0.2, 0.4, 0.4), // adults are as many, but were more before
		"-":          shares(0.8, 0.2, 0),   // only the value itself is seen more often
	} {
		if got := takesPlaceCell(audit.Flip{Judged: judged, Reconstructed: reconstructed}, "young").Text; got != want {
			t.Errorf("in the place of young there is %q, want %q", got, want)
		}
	}
}
