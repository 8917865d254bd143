package report

import (
	"testing"

	"github.com/dataprism/dataprism/prism"
)

func TestTheCaptionOfTheLeastTypicalIsTrueOfThem(t *testing.T) {
	for _, c := range []struct {
		odds []float64
		says string
	}{
		{[]float64{10.4, 3, 0}, "None of these fits oil better: no log-odds are below 0."},
		{[]float64{10.4, -1, -2}, "The last 2 of these 3 fit oil better: their log-odds are below 0."},
		{[]float64{10.4, 3, -2}, "The last of these 3 fits oil better: its log-odds are below 0."},
		{[]float64{-1, -2, -3}, "All of these fit oil better."},
	} {
		if got := fitBetter(c.odds, "oil"); got != c.says {
			t.Errorf("of %v it says %q", c.odds, got)
		}
	}
}

func TestARankingIsSaidToBeAgainstWhatItIsComparedWith(t *testing.T) {
	p := &prism.Prism{Config: prism.Config{Collections: []string{"oil", "photo"}}}
	for _, c := range []struct {
		against []int
		says    string
	}{
		{[]int{1}, "photo"},
		{[]int{p.Any()}, "all collections together"},
		{[]int{0, 1}, "the other collections"},
	} {
		if got := compared(p, c.against); got != c.says {
			t.Errorf("against %v is called %q", c.against, got)
		}
	}
}
