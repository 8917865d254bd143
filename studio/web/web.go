// Package web holds the pages of the studio as they are served: one document, its style, its script, and the library
// of the map, which is loaded when the map is opened.
//
// The sources are in src, what others wrote in vendor; generate makes dist of them, without a network and without Node.
package web

import (
	"embed"
	"io/fs"
)

//go:generate go run ./generate

//go:embed dist
var dist embed.FS

// Files are index.html, app.js, style.css, scatter.js and icon.svg. The document names the others as "/static/NAME";
// scripts import each other relative to themselves.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}
