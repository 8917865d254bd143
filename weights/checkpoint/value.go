package checkpoint

import "fmt"

// The values of a pickle are nil, bool, int64, float64, string, []byte and the types below. Lists, dictionaries and
// objects are pointers: a pickle may refer to them again, even from within themselves, so that whoever walks into
// them must count its steps.
type (
	tuple []any
	list  struct{ items []any }
	// dict keeps its items in the order of insertion, as Python does.
	dict struct {
		items []dictItem
		index map[string]int // of the items whose keys are texts
	}
	dictItem struct{ key, value any }
	// global is the name of a class or a function.
	global struct{ module, name string }
	// object is what a class or function would have made of arguments. content takes what is stored into it as into a
	// dictionary; it is never nil.
	object struct {
		class   any
		content *dict
	}
	// longInt is an integer beyond 64 bits, in little-endian two's complement.
	longInt []byte
	// storage is a reference to a piece of memory that tensors share.
	storage struct {
		kind  global
		key   string
		count int64 // elements
	}
	// tensorView is a tensor as a pickle describes it: elements of a storage.
	tensorView struct {
		storage       *storage
		offset        int64
		shape, stride []int64
	}
)

func (g global) String() string { return g.module + "." + g.name }

// set stores a value under a key; a text that is there already is replaced.
func (d *dict) set(key, value any) {
	text, ok := key.(string)
	if !ok {
		d.items = append(d.items, dictItem{key, value})
		return
	}
	if i, ok := d.index[text]; ok {
		d.items[i].value = value
		return
	}
	if d.index == nil {
		d.index = map[string]int{}
	}
	d.index[text] = len(d.items)
	d.items = append(d.items, dictItem{key, value})
}

// text returns the value under a text.
func (d *dict) text(key string) (any, bool) {
	i, ok := d.index[key]
	if !ok {
		return nil, false
	}
	return d.items[i].value, true
}

// asDict returns the items of a dictionary, or of an object that was filled like one, as Lightning's own dictionary
// class is.
func asDict(v any) (*dict, bool) {
	switch v := v.(type) {
	case *dict:
		return v, true
	case *object:
		return v.content, len(v.content.items) > 0
	}
	return nil, false
}

// describe names the kind of a value for an error.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "a truth value"
	case int64, longInt, float64:
		return "a number"
	case string:
		return "a text"
	case []byte:
		return "bytes"
	case tuple:
		return "a tuple"
	case *list:
		return "a list"
	case *dict:
		return "a dictionary"
	case global:
		return fmt.Sprintf("the class %.100q", v)
	case *object:
		return fmt.Sprintf("an object of %.100q", className(v))
	case *tensorView:
		return "a tensor"
	case *storage:
		return "a storage"
	}
	return "something else"
}

// className is the name of an object's class. It does not climb into a class that is itself an object, of a class
// that is one, and so on: a short file can nest them millions deep.
func className(o *object) string {
	if class, ok := o.class.(global); ok {
		return class.String()
	}
	if _, ok := o.class.(*object); ok {
		return "a class without a name"
	}
	return describe(o.class)
}

const (
	// maxPlainValues and maxPlainDepth bound what plain copies: values that refer to each other can be large beyond
	// measure, or endless.
	maxPlainValues = 100_000
	maxPlainDepth  = 32
)

// plain copies a value into ordinary Go types, with at most *remaining parts; what lies beyond the bounds becomes
// Opaque("...").
func plain(v any, depth int, remaining *int) any {
	if *remaining--; *remaining < 0 || depth > maxPlainDepth {
		return Opaque("...")
	}
	each := func(items []any) []any {
		copied := []any{}
		for _, item := range items {
			if *remaining <= 0 {
				break
			}
			copied = append(copied, plain(item, depth+1, remaining))
		}
		return copied
	}
	switch v := v.(type) {
	case nil, bool, int64, float64, string, []byte:
		return v
	case tuple:
		return each(v)
	case *list:
		return each(v.items)
	case *dict:
		copied := map[string]any{}
		for _, item := range v.items {
			if *remaining <= 0 {
				break
			}
			if key, ok := item.key.(string); ok {
				copied[key] = plain(item.value, depth+1, remaining)
			}
		}
		return copied
	case global:
		return Opaque(v.String())
	case *object:
		if len(v.content.items) > 0 {
			return plain(v.content, depth+1, remaining)
		}
		return Opaque(className(v))
	}
	return Opaque(describe(v))
}
