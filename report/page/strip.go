package page

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
)

// Strip is small pictures side by side. As a set they belong together and have a frame around them.
type Strip struct {
	Pictures []Picture
	Set      bool
}

// Picture is an image with a line below it.
type Picture struct {
	Image   image.Image
	Caption string
}

func (s Strip) html() (template.HTML, error) {
	type shown struct {
		Caption string
		Lines   template.HTML
		Source  template.URL
	}
	view := struct {
		Set      bool
		Pictures []shown
	}{Set: s.Set}
	for _, p := range s.Pictures {
		source, err := photoURI(p.Image)
		if err != nil {
			return "", err
		}
		view.Pictures = append(view.Pictures, shown{p.Caption, breakable(p.Caption), source})
	}
	return fragment(`<div class="strip{{if .Set}} set{{end}}">{{range .Pictures}}<figure><img src="{{.Source}}" alt="{{.Caption}}"><figcaption title="{{.Caption}}">{{.Lines}}</figcaption></figure>{{end}}</div>`, view)
}

// breakable is text whose lines may end within the names of files, behind a slash or an underscore.
func breakable(text string) template.HTML {
	return template.HTML(strings.NewReplacer("/", "/<wbr>", "_", "_<wbr>").Replace(template.HTMLEscapeString(text)))
}

// Sets are strips that flow one beside the other.
type Sets []Strip

func (s Sets) html() (template.HTML, error) {
	var out template.HTML
	for _, strip := range s {
		part, err := strip.html()
		if err != nil {
			return "", err
		}
		out += part
	}
	return `<div class="sets">` + out + `</div>`, nil
}

// Wide is one picture at its own size, or as wide as the page.
type Wide Picture

func (w Wide) html() (template.HTML, error) {
	source, err := dataURI(w.Image)
	if err != nil {
		return "", err
	}
	return fragment(`<div class="scroll wide"><img src="{{.Source}}" alt="{{.Caption}}"></div>`, struct {
		Source  template.URL
		Caption string
	}{source, w.Caption})
}

// dataURI is a picture, without loss, as an address that holds it.
func dataURI(picture image.Image) (template.URL, error) {
	var data bytes.Buffer
	if err := png.Encode(&data, picture); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(data.Bytes())), nil
}

// photoURI is dataURI for pictures of which there are many: a tenth of the size, with a loss that nobody sees.
func photoURI(picture image.Image) (template.URL, error) {
	var data bytes.Buffer
	if err := jpeg.Encode(&data, picture, &jpeg.Options{Quality: 85}); err != nil {
		return "", err
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data.Bytes())), nil
}
