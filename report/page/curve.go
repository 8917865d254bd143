package page

import (
	"fmt"
	"html/template"
	"strings"
)

// Curves are charts side by side of how numbers go with a setting.
type Curves []Curve

// Curve is one chart: of each series a point at each place, with its interval, joined by a line. The vertical axis
// begins at 0 where all values are above it.
type Curve struct {
	Title, Unit string
	Places      []string // along the horizontal axis, in order
	Series      []CurveSeries
}

// CurveSeries is one line. A point that was not measured is nil.
type CurveSeries struct {
	Name   string
	Points []*CurvePoint
}

// CurvePoint is a value and its interval.
type CurvePoint struct{ Value, Low, High float64 }

func (c Curves) html() (template.HTML, error) {
	type chart struct {
		Title, Unit string
		Legend      []legend
		Drawing     template.HTML
	}
	var charts []chart
	for _, curve := range c {
		view := chart{Title: curve.Title, Unit: curve.Unit, Drawing: curve.svg()}
		if len(curve.Series) > 1 {
			for i, s := range curve.Series {
				view.Legend = append(view.Legend, legend{seriesClass(i), s.Name})
			}
		}
		charts = append(charts, view)
	}
	return fragment(`<div class="charts">
{{range .}}<figure><figcaption>{{.Title}}{{with .Unit}} <small>{{.}}</small>{{end}}</figcaption>{{.Drawing}}{{with .Legend}}<ul class="legend">{{range .}}<li class="{{.Class}}">{{.Name}}</li>{{end}}</ul>{{end}}</figure>
{{end}}</div>`, charts)
}

// svg draws the chart. All that comes from outside is numbers and escaped names.
func (c Curve) svg() template.HTML {
	const height, left, foot = 150, 48, 18
	low, high := 0.0, 0.0
	for _, s := range c.Series {
		for _, p := range s.Points {
			if p != nil {
				low, high = min(low, p.Low), max(high, p.High)
			}
		}
	}
	if high == low {
		high = low + 1
	}
	y := func(v float64) float64 { return 6 + (high-v)/(high-low)*(height-12) }
	x := func(i int) float64 {
		return left + (float64(i)+0.5)*float64(chartWidth-left)/float64(max(1, len(c.Places)))
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, chartWidth, height+foot, template.HTMLEscapeString(c.words()))
	for _, v := range []float64{low, (low + high) / 2, high} {
		fmt.Fprintf(&out, `<line class="axis" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`,
			left, y(v), chartWidth, y(v), left-4, y(v)+4, short(v))
	}
	for i, place := range c.Places {
		fmt.Fprintf(&out, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`, x(i), height+foot-4, template.HTMLEscapeString(place))
	}
	for k, s := range c.Series {
		fmt.Fprintf(&out, `<g class="%s">`, seriesClass(k))
		var line []string
		shift := 4 * (float64(k) - float64(len(c.Series)-1)/2) // so that intervals of two series do not hide each other
		for i, p := range s.Points {
			if p == nil {
				continue
			}
			at := x(i) + shift
			line = append(line, fmt.Sprintf("%.1f,%.1f", at, y(p.Value)))
			fmt.Fprintf(&out, `<line class="curve" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/><circle class="point" cx="%.1f" cy="%.1f" r="3"/>`, at, y(p.Low), at, y(p.High), at, y(p.Value))
		}
		fmt.Fprintf(&out, `<polyline class="curve" points="%s"/></g>`, strings.Join(line, " "))
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String())
}

// words says for those who cannot see the chart what it shows.
func (c Curve) words() string {
	var parts []string
	for _, s := range c.Series {
		var values []string
		for i, p := range s.Points {
			if p != nil {
				values = append(values, fmt.Sprintf("%s %s", c.Places[i], short(p.Value)))
			}
		}
		parts = append(parts, s.Name+": "+strings.Join(values, ", "))
	}
	return c.Title + "; " + strings.Join(parts, "; ")
}
