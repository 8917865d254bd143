package collection

import (
	"errors"
	"image/color"
	"testing"
)

func TestParseColor(t *testing.T) {
	for text, want := range map[string]color.RGBA{
		"white": {255, 255, 255, 255}, "Black": {0, 0, 0, 255}, "grey": {128, 128, 128, 255},
		"#f80": {255, 136, 0, 255}, "#0a141e": {10, 20, 30, 255},
	} {
		c, err := ParseColor(text)
		if err != nil || (Options{Background: c}).background() != want {
			t.Errorf("%q: %v, %v", text, c, err)
		}
	}
	for _, text := range []string{"", "#", "f80", "#12", "#12345", "#1234567", "#xyz", "#+12", "blue-ish"} {
		var typed *OptionError
		if _, err := ParseColor(text); !errors.As(err, &typed) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
