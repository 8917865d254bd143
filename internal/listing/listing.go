// Package listing writes numbers and names of things in sentences.
package listing

import (
	"fmt"
	"strings"
)

// Count is a number of things, such as "1 image" and "3 images".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// All joins names as they are spoken: "lfw, aaf and new".
func All(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// Some joins the first of names, at most so many, and says how many others there are: "lfw, aaf and 3 more". No names are "none".
func Some(names []string, most int) string {
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	}
	return strings.Join(names, ", ")
}

// First joins the first of names, at most so many, where the text around says how many there are: "lfw, aaf, ...".
func First(names []string, most int) string {
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}
