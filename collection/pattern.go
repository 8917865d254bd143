package collection

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxShards is the most files that a pattern may name.
const maxShards = 100_000

// isPattern tells whether a path that is no file may be a pattern of several.
func isPattern(path string) bool { return strings.ContainsAny(path, "*?[{") }

// expandBraces replaces "{000..123}" by each number, with as many digits as the first, and "{a,b}" by each text.
func expandBraces(pattern string) ([]string, error) {
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}, nil
	}
	length := strings.IndexByte(pattern[open:], '}')
	if length < 0 {
		return nil, errors.New(`has a "{" without "}"`)
	}
	before, inside, after := pattern[:open], pattern[open+1:open+length], pattern[open+length+1:]
	choices, err := braceChoices(inside)
	if err != nil {
		return nil, err
	}
	rest, err := expandBraces(after)
	if err != nil {
		return nil, err
	}
	if len(choices)*len(rest) > maxShards {
		return nil, fmt.Errorf("names more than %d files", maxShards)
	}
	var all []string
	for _, c := range choices {
		for _, r := range rest {
			all = append(all, before+c+r)
		}
	}
	return all, nil
}

func braceChoices(inside string) ([]string, error) {
	from, to, isRange := strings.Cut(inside, "..")
	if !isRange {
		return strings.Split(inside, ","), nil
	}
	first, err1 := strconv.ParseUint(from, 10, 62)
	last, err2 := strconv.ParseUint(to, 10, 62)
	if err1 != nil || err2 != nil || last < first {
		return nil, fmt.Errorf("{%s} is no range of numbers such as {000..123}", inside)
	}
	if last-first >= maxShards {
		return nil, fmt.Errorf("names more than %d files", maxShards)
	}
	var all []string
	for n := first; n <= last; n++ {
		all = append(all, fmt.Sprintf("%0*d", len(from), n))
	}
	return all, nil
}

// matchPattern returns the files that a pattern names, ordered by name and each once: "*", "?" and "[a-z]" stand for
// what is there, as in a shell; what is written out, also in braces, has to be there.
func matchPattern(pattern string) ([]string, error) {
	names, err := expandBraces(pattern)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, name := range names {
		found, err := filepath.Glob(name)
		if err != nil {
			return nil, errors.New("is no pattern: " + err.Error())
		}
		if len(found) == 0 && len(names) > 1 && !strings.ContainsAny(name, "*?[") {
			return nil, fmt.Errorf("%s is not there: name the files that are, or use a * for all of them", filepath.Base(name))
		}
		if files = append(files, found...); len(files) > maxShards {
			return nil, fmt.Errorf("names more than %d files", maxShards)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// patternFolder is the folder that all files of a pattern are in.
func patternFolder(pattern string) string {
	for isPattern(pattern) {
		pattern = filepath.Dir(pattern)
	}
	return pattern
}
