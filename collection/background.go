package collection

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"
)

// ParseColor reads a colour for Options.Background: white, black, gray, or red, green and blue in hexadecimal as #rgb
// or #rrggbb.
func ParseColor(text string) (color.Color, error) {
	switch strings.ToLower(text) {
	case "white":
		return color.White, nil
	case "black":
		return color.Black, nil
	case "gray", "grey":
		return color.Gray{128}, nil
	}
	digits, hash := strings.CutPrefix(text, "#")
	v, err := strconv.ParseUint(digits, 16, 32)
	if err == nil && hash {
		switch len(digits) {
		case 3:
			return color.RGBA{uint8(v>>8) * 17, uint8(v>>4&15) * 17, uint8(v&15) * 17, 255}, nil
		case 6:
			return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}, nil
		}
	}
	return nil, &OptionError{"background", fmt.Sprintf("%q is no colour: give white, black, gray, #rgb or #rrggbb", text)}
}
