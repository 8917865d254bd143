package weights

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// metadataKey is the header's entry that is no tensor.
const metadataKey = "__metadata__"

// header is the JSON object at the start of a file.
type header struct {
	metadata map[string]string
	entries  []headerEntry
}

// headerEntry describes one tensor: its data are bytes begin to end, exclusive, counted from the end of the header.
type headerEntry struct {
	name       string
	dtype      DType
	shape      []int
	begin, end int64
}

// parseHeader reads a header token by token: encoding/json's Unmarshal would let duplicate names pass, and a value of
// the wrong kind is not descended into.
func parseHeader(data []byte) (*header, error) {
	if !utf8.Valid(data) {
		return nil, &FormatError{Problem: "the header is not valid UTF-8"}
	}
	p := &headerParser{decoder: json.NewDecoder(bytes.NewReader(data))}
	p.decoder.UseNumber()
	h := &header{}
	seen := map[string]bool{}
	err := p.object(func(name string) error {
		if seen[name] {
			return &FormatError{Tensor: name, Problem: "the name is used twice"}
		}
		seen[name] = true
		if name == metadataKey {
			h.metadata = map[string]string{}
			return p.metadata(h.metadata)
		}
		entry, err := p.entry(name)
		h.entries = append(h.entries, entry)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := p.decoder.Token(); err != io.EOF {
		return nil, &FormatError{Problem: "the header has something after its JSON object"}
	}
	return h, nil
}

type headerParser struct{ decoder *json.Decoder }

// metadata reads the object of free texts into m.
func (p *headerParser) metadata(m map[string]string) error {
	return p.object(func(key string) error {
		if _, taken := m[key]; taken {
			return &FormatError{Problem: fmt.Sprintf("the metadata key %q is used twice", key)}
		}
		value, err := token[string](p, "the text of metadata "+strconv.Quote(key))
		m[key] = value
		return err
	})
}

// entry reads the object that describes one tensor.
func (p *headerParser) entry(name string) (headerEntry, error) {
	e := headerEntry{name: name}
	seen := map[string]bool{}
	err := p.object(func(key string) error {
		if seen[key] {
			return fmt.Errorf("%q is given twice", key)
		}
		seen[key] = true
		switch key {
		case "dtype":
			text, err := token[string](p, "dtype")
			if err != nil {
				return err
			}
			var ok bool
			if e.dtype, ok = parseDType(text); !ok {
				return fmt.Errorf("elements of type %q are not supported", text)
			}
			return nil
		case "shape":
			axes, err := p.integers("shape")
			e.shape = make([]int, len(axes))
			for i, axis := range axes {
				e.shape[i] = int(axis)
				if int64(e.shape[i]) != axis {
					return fmt.Errorf("an axis of %d is too long for this machine", axis)
				}
			}
			return err
		case "data_offsets":
			offsets, err := p.integers("data_offsets")
			if err == nil && len(offsets) != 2 {
				err = fmt.Errorf("data_offsets holds %d numbers, not 2", len(offsets))
			}
			if err == nil {
				e.begin, e.end = offsets[0], offsets[1]
			}
			return err
		default:
			return fmt.Errorf("unknown property %q", key)
		}
	})
	for _, key := range []string{"dtype", "shape", "data_offsets"} {
		if err == nil && !seen[key] {
			err = fmt.Errorf("%q is missing", key)
		}
	}
	if err != nil {
		return e, &FormatError{Tensor: name, Problem: err.Error()}
	}
	return e, nil
}

// object reads a JSON object and calls member after each key to read its value.
func (p *headerParser) object(member func(key string) error) error {
	if err := p.delimiter('{'); err != nil {
		return err
	}
	for p.decoder.More() {
		key, err := token[string](p, "a name")
		if err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
	}
	return p.delimiter('}')
}

// integers reads a JSON array of integers from 0 to the largest int64.
func (p *headerParser) integers(what string) ([]int64, error) {
	if err := p.delimiter('['); err != nil {
		return nil, err
	}
	var values []int64
	for p.decoder.More() {
		number, err := token[json.Number](p, "a number of "+what)
		if err != nil {
			return nil, err
		}
		value, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil || value < 0 {
			return nil, fmt.Errorf("%q in %s is not an integer from 0 to 2^63-1", abbreviate(number.String()), what)
		}
		values = append(values, value)
	}
	return values, p.delimiter(']')
}

func (p *headerParser) delimiter(want json.Delim) error {
	got, err := token[json.Delim](p, strconv.Quote(want.String()))
	if err == nil && got != want {
		err = &FormatError{Problem: fmt.Sprintf("the header has %q where %q belongs", got, want)}
	}
	return err
}

// token reads the next JSON token, which must be a T.
func token[T any](p *headerParser, what string) (T, error) {
	var value T
	next, err := p.decoder.Token()
	if err != nil {
		return value, &FormatError{Problem: fmt.Sprintf("the header is not valid JSON: %v", err)}
	}
	value, ok := next.(T)
	if !ok {
		return value, &FormatError{Problem: fmt.Sprintf("the header, before byte %d, has no %s where it belongs", p.decoder.InputOffset(), what)}
	}
	return value, nil
}
