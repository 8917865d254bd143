package page

import (
	"fmt"
	"html/template"
	"strings"
)

// Histograms are charts side by side that compare how a number is distributed over the same series, such as
// collections.
type Histograms struct {
	Series []string
	Charts []Histogram
}

// Histogram is one chart: of each series the counts in equal steps between From and To. Counts are drawn as shares of
// their series, so that large and small ones can be compared; a series without counts is left out.
type Histogram struct {
	Title, Unit string
	From, To    float64
	Counts      [][]int
}

func (h Histograms) html() (template.HTML, error) {
	type chart struct {
		Title, Unit string
		Drawing     template.HTML
	}
	view := struct {
		Legend []legend
		Charts []chart
	}{}
	if len(h.Series) > 1 {
		for i, name := range h.Series {
			view.Legend = append(view.Legend, legend{seriesClass(i), name})
		}
	}
	for _, c := range h.Charts {
		view.Charts = append(view.Charts, chart{c.Title, c.Unit, c.svg(h.Series)})
	}
	return fragment(`{{with .Legend}}<ul class="legend">{{range .}}<li class="{{.Class}}">{{.Name}}</li>{{end}}</ul>{{end}}<div class="charts">
{{range .Charts}}<figure><figcaption>{{.Title}}{{with .Unit}} <small>{{.}}</small>{{end}}</figcaption>{{.Drawing}}</figure>
{{end}}</div>`, view)
}

type legend struct{ Class, Name string }

// seriesClass is the class of the i-th series' colour; after the last the colours begin again.
func seriesClass(i int) string { return fmt.Sprintf("s%d", i%6+1) }

// The size of a chart, in units of its drawing: about pixels where two stand side by side on a phone's width.
const (
	chartWidth  = 300
	chartHeight = 96
	chartFoot   = 16 // for the numbers of the axis
)

// svg draws the chart. All that comes from outside is numbers.
func (h Histogram) svg(series []string) template.HTML {
	top := 0.0
	shares := make([][]float64, len(h.Counts))
	for i, counts := range h.Counts {
		total := 0
		for _, n := range counts {
			total += n
		}
		if total == 0 {
			continue
		}
		for _, n := range counts {
			share := float64(n) / float64(total)
			shares[i] = append(shares[i], share)
			top = max(top, share)
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, chartWidth, chartHeight+chartFoot, template.HTMLEscapeString(h.words(series)))
	fmt.Fprintf(&out, `<line class="axis" x1="0" y1="%d" x2="%d" y2="%d"/>`, chartHeight, chartWidth, chartHeight)
	for i, s := range shares {
		if len(s) == 0 {
			continue
		}
		width := float64(chartWidth) / float64(len(s))
		var path strings.Builder
		for k, share := range s {
			y := chartHeight - share/top*(chartHeight-6)
			fmt.Fprintf(&path, "L%.1f %.1fL%.1f %.1f", float64(k)*width, y, float64(k+1)*width, y)
		}
		line := path.String()
		fmt.Fprintf(&out, `<g class="%s"><path class="area" d="M0 %d%sL%d %dZ"/><path class="curve" d="M%s"/></g>`,
			seriesClass(i), chartHeight, line, chartWidth, chartHeight, strings.TrimPrefix(line, "L"))
	}
	y := chartHeight + chartFoot - 3
	fmt.Fprintf(&out, `<text x="0" y="%d">%s</text><text x="%d" y="%d" text-anchor="middle">%s</text><text x="%d" y="%d" text-anchor="end">%s</text></svg>`,
		y, short(h.From), chartWidth/2, y, short((h.From+h.To)/2), chartWidth, y, short(h.To))
	return template.HTML(out.String())
}

// words says for those who cannot see the chart what it shows.
func (h Histogram) words(series []string) string {
	return fmt.Sprintf("distribution of %s from %s to %s in %s", h.Title, short(h.From), short(h.To), strings.Join(series, ", "))
}

// short writes a number of an axis, with three digits that count and without an exponent where it is large.
func short(x float64) string {
	if x >= 1000 || x <= -1000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
