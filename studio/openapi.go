package studio

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// apiText describes the API by OpenAPI 3.1.
//
//go:embed openapi.json
var apiText []byte

// describeAPI answers with the description for programs.
func (s *Server) describeAPI(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", mediaTypes[".json"])
	w.Header().Set("Content-Length", strconv.Itoa(len(apiText)))
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(apiText)
	return nil
}

// The parts of a description that are read to people.
type (
	apiDocument struct {
		Info struct {
			Title, Description string
		}
		Paths      map[string]map[string]apiOperation
		Components struct {
			Responses map[string]apiResponse
			Schemas   map[string]apiSchema
		}
	}
	apiOperation struct {
		Summary     string
		Parameters  []apiParameter
		RequestBody *struct {
			Content map[string]struct{ Schema apiSchema }
		}
		Responses map[string]apiResponse
	}
	apiParameter struct {
		Name, In, Description string
		Required              bool
		Schema                apiSchema
	}
	apiResponse struct {
		Ref         string `json:"$ref"`
		Description string
		Content     map[string]struct{ Schema apiSchema }
	}
	apiSchema struct {
		Ref         string `json:"$ref"`
		Type        any
		Description string
		Format      string
		Enum        []any
		Properties  map[string]apiSchema
		Required    []string
		Items       *apiSchema
		Values      *apiValues `json:"additionalProperties"`
		OneOf       []apiSchema
		Minimum     *float64
		Maximum     *float64
	}
	// apiValues are the values of a map; false where there are none.
	apiValues struct{ apiSchema }
)

func (v *apiValues) UnmarshalJSON(text []byte) error {
	if string(text) == "false" {
		return nil
	}
	return json.Unmarshal(text, &v.apiSchema)
}

// parseAPI reads the description.
func parseAPI() (*apiDocument, error) {
	var d apiDocument
	err := json.Unmarshal(apiText, &d)
	return &d, err
}

// text says what a value is, on one line.
func (s apiSchema) text() string {
	switch {
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case len(s.Enum) > 0:
		var values []string
		for _, v := range s.Enum {
			text, _ := json.Marshal(v)
			values = append(values, string(text))
		}
		return strings.Join(values, " or ")
	case len(s.OneOf) > 0:
		var kinds []string
		for _, o := range s.OneOf {
			kinds = append(kinds, o.text())
		}
		return strings.Join(kinds, " or ")
	case s.Items != nil:
		return "[" + s.Items.text() + ", …]"
	case len(s.Properties) > 0:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			optional := ""
			if !slices.Contains(s.Required, name) {
				optional = "?"
			}
			fields = append(fields, name+optional+": "+s.Properties[name].text())
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case s.Values != nil:
		return "{NAME: " + s.Values.text() + ", …}"
	case s.Format == "binary":
		return "bytes"
	}
	kind := "anything"
	switch t := s.Type.(type) {
	case string:
		kind = t
	case []any:
		var kinds []string
		for _, k := range t {
			kinds = append(kinds, k.(string))
		}
		kind = strings.Join(kinds, " or ")
	}
	if s.Minimum != nil && s.Maximum != nil {
		kind += " from " + strconv.FormatFloat(*s.Minimum, 'g', -1, 64) + " to " + strconv.FormatFloat(*s.Maximum, 'g', -1, 64)
	}
	return kind
}

var apiPage = template.Must(template.New("api").Funcs(template.FuncMap{
	"upper": strings.ToUpper,
	"text":  apiSchema.text,
}).Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.API.Info.Title}}: the API</title>
<link rel="icon" href="{{.Static}}icon.svg">
<link rel="stylesheet" href="{{.Static}}style.css">
</head>
<body class="api">
<main>
<h1>{{.API.Info.Title}}: the API</h1>
<p>{{.API.Info.Description}}</p>
<p><a href="/api/openapi.json">openapi.json</a> says the same to programs. <a href="/">To the pages.</a></p>
{{range $path, $operations := .API.Paths}}{{range $method, $o := $operations}}<section>
<h2><code>{{upper $method}} {{$path}}</code></h2>
<p>{{$o.Summary}}</p>
<dl>{{range $o.Parameters}}{{if eq .In "query"}}
<dt><code>?{{.Name}}=</code></dt><dd><code>{{text .Schema}}</code> {{.Description}}</dd>{{end}}{{end}}{{with $o.RequestBody}}{{range $kind, $c := .Content}}
<dt>body, {{$kind}}</dt><dd><code>{{text $c.Schema}}</code></dd>{{end}}{{end}}{{range $status, $r := $o.Responses}}
<dt>{{$status}}</dt><dd>{{if $r.Ref}}{{(index $.API.Components.Responses $status).Description}}{{else}}{{$r.Description}}{{range $kind, $c := $r.Content}} {{$kind}} <code>{{text $c.Schema}}</code>{{end}}{{end}}</dd>{{end}}
</dl>
</section>
{{end}}{{end}}<h2>What the names stand for</h2>
{{range $name, $s := .API.Components.Schemas}}<section>
<h3 id="{{$name}}">{{$name}}</h3>
{{with $s.Description}}<p>{{.}}</p>{{end}}{{if $s.Properties}}<dl>{{range $field, $p := $s.Properties}}
<dt><code>{{$field}}</code></dt><dd><code>{{text $p}}</code> {{$p.Description}}</dd>{{end}}
</dl>{{else}}<p><code>{{text $s}}</code></p>{{end}}
</section>
{{end}}</main>
</body>
</html>
`))

// showAPI answers with the description for people.
func (s *Server) showAPI(w http.ResponseWriter, _ *http.Request) error {
	api, err := parseAPI()
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := apiPage.Execute(&page, map[string]any{"API": api, "Static": staticPath + s.pages.version + "/"}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaTypes[".html"])
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(page.Bytes())
	return nil
}
