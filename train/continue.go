package train

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ChangedError says that a training cannot be continued because its task is another one than that of its checkpoint.
type ChangedError struct {
	Dir     string
	Changes []string // such as "model.flow.hidden was 128 and is 256"
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s cannot be continued: since its checkpoint was written, %s in its configuration; what may change is "+
		"training.time, training.seed, and steps, share, cap, rate, weight_decay and clip of a phase", e.Dir, strings.Join(e.Changes, ", "))
}

// fixed is what of the task must stay as it is while it is under way, as YAML. How long its phases are and how fast they
// learn may change between two steps: a training that diverged can go on from its last good checkpoint. Only whether a
// phase takes place may not.
func (t Task) fixed() (string, error) {
	c := &t.Training
	c.Time, c.Seed = 0, 0
	c.Pretrained = nil // the checkpoint holds the weights
	for _, s := range []*Schedule{&c.Autoencoder, &c.Decoder, &c.Flow} {
		s.Steps, s.Share, s.Cap, s.Rate, s.WeightDecay, s.Clip = min(1, s.Steps), 0, false, 0, 0, 0
	}
	if n := c.Net2Net; n != nil && n.LPIPS != "" { // wherever it lies
		moved := *n
		moved.LPIPS = filepath.Base(n.LPIPS)
		c.Net2Net = &moved
	}
	text, err := yaml.Marshal(t)
	return string(text), err
}

// changes are the fields in which two texts of [Task.fixed] differ.
func changes(was, is string) []string {
	old, now := fieldsOf(was), fieldsOf(is)
	if len(old) == 0 {
		return []string{"the program has changed, or the checkpoint is not one of it, which shows"}
	}
	all := maps.Clone(old)
	maps.Copy(all, now)
	var changed []string
	value := func(fields map[string]string, name string) string {
		v, ok := fields[name]
		switch {
		case !ok:
			return "not there"
		case strings.HasSuffix(name, ".steps") && v == "1":
			return "above 0"
		}
		return v
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if a, b := value(old, name), value(now, name); a != b {
			changed = append(changed, fmt.Sprintf("%s was %s and is %s", name, a, b))
		}
	}
	return changed
}

// fieldsOf are the values of a YAML text by their paths.
func fieldsOf(text string) map[string]string {
	fields := map[string]string{}
	var walk func(path string, n *yaml.Node)
	walk = func(path string, n *yaml.Node) {
		switch n.Kind {
		case yaml.DocumentNode:
			for _, c := range n.Content {
				walk(path, c)
			}
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(strings.TrimPrefix(path+"."+n.Content[i].Value, "."), n.Content[i+1])
			}
		case yaml.SequenceNode:
			var all []string
			for _, c := range n.Content {
				all = append(all, c.Value)
			}
			fields[path] = "[" + strings.Join(all, ", ") + "]"
		default:
			if path != "" {
				fields[path] = n.Value
			}
		}
	}
	var tree yaml.Node
	if yaml.Unmarshal([]byte(text), &tree) == nil {
		walk("", &tree)
	}
	return fields
}
