package report

import (
	"testing"

	"github.com/dataprism/dataprism/audit"
)

func TestAFindingSaysWhichImagesItIsFrom(t *testing.T) {
	a := &Audit{Found: &audit.Audit{Generation: map[string]audit.Generation{"oil": {
		Samples: &audit.Quality{Real: 30, Made: 1000}, Reach: &audit.Reach{Real: 15, Made: 14},
	}}}}
	for kind, says := range map[string]string{
		audit.KindGeneration:    "difference of KID: 0.5, 95% interval 0.25 to 0.75, from 1000 samples and 30 held-out images",
		audit.KindCoverage:      "coverage by its own images less that by samples: +50.0 points, 95% interval +25.0 to +75.0, from 14 samples and 29 held-out images",
		audit.KindQuality:       "difference of KID: 0.5, 95% interval 0.25 to 0.75, from 60 images, samples and held-out ones",
		audit.KindAmplification: "samples less data: +50.0 points, 95% interval +25.0 to +75.0, from 60 images, samples and held-out ones",
		audit.KindTemperature:   "samples as shown less samples: +50.0 points, 95% interval +25.0 to +75.0, from 60 samples",
		audit.KindLeakage:       "named right, classes balanced: 50.0%, 95% interval 25.0% to 75.0%, from 60 held-out images",
	} {
		if got := a.rests(audit.Finding{Kind: kind, Collections: []string{"oil"}, Value: 0.5, Low: 0.25, High: 0.75, N: 60}); got != says {
			t.Errorf("%s rests on %q", kind, got)
		}
	}
}
