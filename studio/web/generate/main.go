// Command generate makes studio/web/dist of the sources beside it: it bundles and minifies the script and the style by
// esbuild, and copies the document and the icon. It is run in studio/web by go generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate() error {
	if err := bundle("app.js", "style.css"); err != nil {
		return err
	}
	if err := bundle("scatter.js"); err != nil {
		return err
	}
	for _, name := range []string{"index.html", "icon.svg"} {
		text, err := os.ReadFile(filepath.Join("src", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join("dist", name), text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// bundle writes each of the named sources, with what it imports, as one file of the same name. The library of the map
// stays a file of its own, which is loaded when it is needed.
func bundle(names ...string) error {
	var entries []string
	for _, name := range names {
		entries = append(entries, filepath.Join("src", name))
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:       entries,
		Outdir:            "dist",
		Bundle:            true,
		Write:             true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		External:          []string{"./scatter.js"},
		Alias:             map[string]string{"pub-sub-es": "./vendor/pub-sub-es/index.js", "regl": "./src/map/regl.js"},
		MinifySyntax:      true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		LegalComments:     api.LegalCommentsNone, // vendor/LICENSES.txt has them whole
		Banner:            map[string]string{"js": "// Made by go generate ./studio/web; licences: studio/web/vendor/LICENSES.txt"},
		LogLevel:          api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("%s: %s", names[0], result.Errors[0].Text)
	}
	return nil
}
