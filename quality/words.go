package quality

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// number writes a number with three digits that count.
func number(x float64) string {
	if math.Abs(x) >= 100 {
		return strconv.FormatFloat(math.Round(x), 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// percent writes a share, and says 0% and 100% only of none and all.
func percent(share float64) string {
	p := 100 * share
	switch {
	case p > 0 && p < 0.1:
		return fmt.Sprintf("%.1g%%", p)
	case p < 100 && p > 99.9:
		return "over 99.9%"
	case p < 10 && p > 0 || p > 90 && p < 100:
		return fmt.Sprintf("%.1f%%", p)
	}
	return fmt.Sprintf("%.0f%%", p)
}

// points writes a difference of shares in percentage points.
func points(d float64) string { return strconv.FormatFloat(math.Round(1000*d)/10, 'f', -1, 64) }

// counted writes small numbers in words.
func counted(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n)
}

func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return counted(n) + " " + thing
}

func images(n int) string { return title(plural(n, "image")) }

func ofFiles(n, all int) string { return fmt.Sprintf("%s of the %d files", title(counted(n)), all) }

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// spoken is a name as in a sentence.
func spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }

// title begins a text with a capital letter.
func title(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
