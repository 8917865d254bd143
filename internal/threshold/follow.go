package threshold

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// follow walks the steps that are left from a value at a path.
func (e Expression) follow(value any, at string, steps []string) (*Crossing, error) {
	if len(steps) == 0 {
		return e.compare(value, at)
	}
	step, rest := steps[0], steps[1:]
	if step == "*" {
		for _, name := range children(value) {
			next, _ := child(value, name)
			if c, err := e.follow(next, join(at, name), rest); c != nil || err != nil {
				return c, err
			}
		}
		return nil, nil
	}
	next, ok := child(value, step)
	if !ok {
		return nil, &PathError{e, at, step, names(value)}
	}
	return e.follow(next, join(at, step), rest)
}

// compare holds a value against the limit.
func (e Expression) compare(value any, at string) (*Crossing, error) {
	if object, ok := value.(map[string]any); ok {
		if inner, has := object["value"]; has {
			value = inner
		}
	}
	crossed := false
	switch value := value.(type) {
	case float64:
		want, ok := e.want.(float64)
		if !ok {
			return nil, fmt.Errorf("%q: %s is the number %v", e.text, at, value)
		}
		switch e.operator {
		case ">":
			crossed = value > want
		case ">=":
			crossed = value >= want
		case "<":
			crossed = value < want
		case "<=":
			crossed = value <= want
		case "==":
			crossed = value == want
		case "!=":
			crossed = value != want
		}
	case string, bool:
		if e.operator != "==" && e.operator != "!=" {
			return nil, fmt.Errorf("%q: %s is %v, which is no number", e.text, at, value)
		}
		crossed = (fmt.Sprint(value) == fmt.Sprint(e.want)) == (e.operator == "==")
	case nil:
		return nil, fmt.Errorf("%q: %s was not measured", e.text, at)
	default:
		return nil, fmt.Errorf("%q: %s holds %s: name one of them, or * for each, or length", e.text, at, strings.Join(names(value), ", "))
	}
	if !crossed {
		return nil, nil
	}
	return &Crossing{e, at, value}, nil
}

// child finds what a step leads to.
func child(value any, step string) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		if next, ok := value[step]; ok {
			return next, true
		}
		if step == "length" {
			return float64(len(value)), true
		}
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(value) {
			return value[i], true
		}
		for _, element := range value {
			if object, ok := element.(map[string]any); ok && object["name"] == step {
				return element, true
			}
		}
		if step == "length" {
			return float64(len(value)), true
		}
	}
	return nil, false
}

// children are the steps from a value, in order.
func children(value any) []string {
	switch value := value.(type) {
	case map[string]any:
		return slices.Sorted(maps.Keys(value))
	case []any:
		out := make([]string, len(value))
		for i := range out {
			out[i] = strconv.Itoa(i)
		}
		return out
	}
	return nil
}

// names are what a user may write for a step from a value, not too many of them.
func names(value any) []string {
	const most = 20
	var out []string
	if list, ok := value.([]any); ok {
		for _, element := range list {
			if object, ok := element.(map[string]any); ok {
				if name, ok := object["name"].(string); ok {
					out = append(out, name)
				}
			}
		}
		if len(out) == 0 {
			return []string{fmt.Sprintf("%d elements", len(list))}
		}
	} else {
		out = children(value)
	}
	if len(out) > most {
		out = append(out[:most:most], "...")
	}
	return out
}

func join(at, step string) string {
	if at == "" {
		return step
	}
	return at + "." + step
}
