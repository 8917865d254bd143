package web_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/studio/web"
)

// firstPaint is how many bytes the document and all that it loads before it shows something may have.
const firstPaint = 300_000

func TestTheDocumentLoadsLittleAndOnlyWhatIsThere(t *testing.T) {
	page, err := fs.ReadFile(web.Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	total := len(page)
	names := regexp.MustCompile(`"/static/([^"]+)"`).FindAllStringSubmatch(string(page), -1)
	if len(names) < 3 {
		t.Fatalf("the document names %d files", len(names))
	}
	for _, name := range names {
		text, err := fs.ReadFile(web.Files(), name[1])
		if err != nil {
			t.Errorf("the document names %s, which is not there", name[1])
		}
		total += len(text)
	}
	if total > firstPaint {
		t.Errorf("%d bytes are loaded before anything is shown, more than %d", total, firstPaint)
	}
}

func TestNothingIsLoadedFromElsewhere(t *testing.T) {
	address := regexp.MustCompile(`(?:src|href|import|url|fetch)\W{1,3}(?:https?:)?//[\w.]+`)
	err := fs.WalkDir(web.Files(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(web.Files(), path)
		if found := address.FindString(string(text)); found != "" {
			t.Errorf("%s loads %s", path, found)
		}
		for _, forbidden := range []string{"<script>", " style=\"", " onclick=\""} {
			if strings.HasSuffix(path, ".html") && strings.Contains(string(text), forbidden) {
				t.Errorf("%s has %s, which the content-security policy forbids", path, forbidden)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
