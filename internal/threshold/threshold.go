// Package threshold reads expressions such as
//
//	leakage.mlp.v > 0.7
//	collections.*.skipped.length > 0
//	duplicates.leaks.length != 0
//	findings.*.kind == leak
//
// and says whether a JSON document crosses them. An expression is a path, an operator and a value.
//
// A path has steps with dots between them. A step is the name of a field; "*" for every field or element; the number
// of an element, from 0; the name of an element, which is its field "name"; or "length", for how many elements or
// fields there are, where there is no field of that name. A step with dots in it is put in brackets: shares[a.b].
//
// An object with a field "value", such as an estimate with its interval, is compared by that field. Operators are >,
// >=, <, <=, == (also =) and !=. A value is a number, true, false, or a text, which may be quoted. Texts and truth
// values are only compared by == and !=.
package threshold

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Expression is a limit on a document.
type Expression struct {
	text     string
	steps    []string
	operator string
	want     any // float64, string or bool
}

// String returns the expression as it was written.
func (e Expression) String() string { return e.text }

// SyntaxError says what is wrong with an expression.
type SyntaxError struct{ Expression, Reason string }

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%q is no limit: %s (write one like leakage.mlp.v>0.7)", e.Expression, e.Reason)
}

// Parse reads an expression.
func Parse(text string) (Expression, error) {
	wrong := func(format string, args ...any) (Expression, error) {
		return Expression{}, &SyntaxError{text, fmt.Sprintf(format, args...)}
	}
	at, operator := findOperator(text)
	if at < 0 {
		return wrong("it has no operator: >, >=, <, <=, == or !=")
	}
	e := Expression{text: strings.TrimSpace(text), operator: operator}
	if e.operator == "=" {
		e.operator = "=="
	}
	var err error
	if e.steps, err = parsePath(strings.TrimSpace(text[:at])); err != nil {
		return wrong("%v", err)
	}
	value := strings.TrimSpace(text[at+len(operator):])
	if value == "" {
		return wrong("nothing follows %s", operator)
	}
	e.want = parseValue(value)
	if _, isNumber := e.want.(float64); !isNumber && e.operator != "==" && e.operator != "!=" {
		return wrong("%s compares numbers, and %q is none", e.operator, value)
	}
	return e, nil
}

// findOperator returns where the first operator outside of brackets is, and -1 without any.
func findOperator(text string) (int, string) {
	within := 0
	for i := range len(text) {
		switch text[i] {
		case '[':
			within++
		case ']':
			within--
		}
		if within > 0 {
			continue
		}
		for _, operator := range []string{">=", "<=", "==", "!=", ">", "<", "="} {
			if strings.HasPrefix(text[i:], operator) {
				return i, operator
			}
		}
	}
	return -1, ""
}

func parsePath(path string) ([]string, error) {
	var steps []string
	for rest := path; ; {
		if rest == "" {
			return nil, fmt.Errorf("the path %q ends in a dot or is empty", path)
		}
		var step string
		if rest[0] == '[' {
			inner, after, closed := strings.Cut(rest[1:], "]")
			if !closed {
				return nil, fmt.Errorf("the bracket in %q is not closed", path)
			}
			step, rest = inner, after
		} else {
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			step, rest = rest[:end], rest[end:]
		}
		if step == "" {
			return nil, fmt.Errorf("the path %q has an empty step", path)
		}
		steps = append(steps, step)
		switch {
		case rest == "":
			return steps, nil
		case rest[0] == '.':
			rest = rest[1:]
		case rest[0] != '[':
			return nil, fmt.Errorf("%q in the path has no dot before it", rest)
		}
	}
}

func parseValue(text string) any {
	if x, err := strconv.ParseFloat(text, 64); err == nil {
		return x
	}
	switch text {
	case "true":
		return true
	case "false":
		return false
	}
	for _, quote := range []string{`"`, "'"} {
		if len(text) >= 2 && strings.HasPrefix(text, quote) && strings.HasSuffix(text, quote) {
			return text[1 : len(text)-1]
		}
	}
	return text
}

// Crossing is a value of a document that a limit does not allow.
type Crossing struct {
	Expression Expression
	Path       string // with the names and numbers that a "*" stood for
	Value      any
}

// String says it in words.
func (c Crossing) String() string {
	return fmt.Sprintf("%s is %v, and %s was not to be", c.Path, c.Value, c.Expression)
}

// PathError says that a document has nothing at the path of an expression.
type PathError struct {
	Expression Expression
	At         string   // as far as there is something
	Step       string   // that is not there
	Have       []string // what is there instead
}

func (e *PathError) Error() string {
	at := e.At
	if at == "" {
		at = "the report"
	}
	have := "nothing"
	if len(e.Have) > 0 {
		have = strings.Join(e.Have, ", ")
	}
	return fmt.Sprintf("%q: %s has no %q; it has %s", e.Expression.text, at, e.Step, have)
}

// Check returns the first value of a document that crosses the limit, nil where none does. A document is anything
// that can be marshalled as JSON. A path that leads nowhere is a *PathError, so that a limit with a mistake in it is
// not one that is never crossed; only "*" may stand for nothing.
func (e Expression) Check(document any) (*Crossing, error) {
	data, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("limit %q: %w", e.text, err)
	}
	var root any
	if err := json.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("limit %q: %w", e.text, err)
	}
	return e.follow(root, "", e.steps)
}
