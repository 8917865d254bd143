package parquet

import "strings"

// Kind is how the values of a column are stored.
type Kind int8

// The kinds, in the format's numbers.
const (
	Boolean Kind = iota
	Int32
	Int64
	Int96
	Float
	Double
	ByteArray
	FixedLenByteArray
)

// meaning is what stored values stand for.
type meaning int8

const (
	plainValue meaning = iota
	textValue
	unsignedValue
	decimalValue
	dateValue
	timeValue
	timestampValue
	uuidValue
	float16Value
)

// Column is a leaf of a file's schema.
type Column struct {
	// Path are the names from the outermost group inwards, such as ["image", "bytes"].
	Path []string
	Kind Kind
	// Repeated says that a row has any number of values, as lists and maps have. Such columns cannot be read.
	Repeated bool

	length  int     // of fixed-length values
	levels  int     // the level at which a value is there; lower ones are nulls
	meaning meaning // with scale and unit
	scale   int
	unit    int64 // parts of a second
}

// Name is the path with points.
func (c Column) Name() string { return strings.Join(c.Path, ".") }

// Text says that the values are text.
func (c Column) Text() bool { return c.Kind == ByteArray && c.meaning == textValue }

// element is a line of the schema as the footer has it: the tree is written out depth first.
type element struct {
	name       string
	kind       int64 // -1 for a group
	length     int64
	repetition int64
	children   int64
	meaning    meaning
	scale      int
	unit       int64
}

// Repetitions in the format's numbers.
const (
	required = 0
	optional = 1
	repeated = 2
)

func (t *thrift) element() element {
	e := element{kind: -1}
	logical := false
	t.fields(func(id int, kind byte) bool {
		switch id {
		case 1:
			e.kind = t.number(kind)
		case 2:
			e.length = t.number(kind)
		case 3:
			e.repetition = t.number(kind)
		case 4:
			if kind != thriftBinary {
				return false
			}
			e.name = string(t.binary())
		case 5:
			e.children = t.number(kind)
		case 6:
			if converted := t.number(kind); !logical {
				e.convert(converted)
			}
		case 7:
			e.scale = int(min(max(t.number(kind), 0), 100))
		case 10:
			if kind != thriftStruct {
				return false
			}
			logical = true
			t.logicalType(&e)
		default:
			return false
		}
		return true
	})
	return e
}

// Parts of a second.
const (
	milli = 1_000
	micro = 1_000_000
	nano  = 1_000_000_000
)

// convert takes the older way to say what values stand for.
func (e *element) convert(converted int64) {
	switch converted {
	case 0, 4, 19:
		e.meaning = textValue
	case 5:
		e.meaning = decimalValue
	case 6:
		e.meaning = dateValue
	case 7:
		e.meaning, e.unit = timeValue, milli
	case 8:
		e.meaning, e.unit = timeValue, micro
	case 9:
		e.meaning, e.unit = timestampValue, milli
	case 10:
		e.meaning, e.unit = timestampValue, micro
	case 11, 12, 13, 14:
		e.meaning = unsignedValue
	}
}

// logicalType takes the newer way, a union: the number of its field says which it is.
func (t *thrift) logicalType(e *element) {
	t.fields(func(id int, kind byte) bool {
		if kind != thriftStruct {
			return false
		}
		switch id {
		case 1, 4, 12:
			e.meaning = textValue
		case 5:
			e.meaning = decimalValue
		case 6:
			e.meaning = dateValue
		case 7:
			e.meaning = timeValue
		case 8:
			e.meaning = timestampValue
		case 10:
			e.meaning = plainValue
		case 14:
			e.meaning = uuidValue
		case 15:
			e.meaning = float16Value
		}
		t.fields(func(field int, kind byte) bool {
			switch {
			case id == 5 && field == 1:
				e.scale = int(min(max(t.number(kind), 0), 100))
			case id == 10 && field == 2:
				if t.number(kind) == 0 {
					e.meaning = unsignedValue
				}
			case (id == 7 || id == 8) && field == 2 && kind == thriftStruct:
				t.fields(func(unit int, _ byte) bool {
					e.unit = map[int]int64{1: milli, 2: micro, 3: nano}[unit]
					return false
				})
			default:
				return false
			}
			return true
		})
		return true
	})
}

// leaves returns the columns of a schema, the first element of which is its root.
func leaves(schema []element) ([]Column, bool) {
	if len(schema) == 0 || schema[0].kind >= 0 {
		return nil, false
	}
	var columns []Column
	rest := schema[1:]
	var group func(children int64, path []string, levels int, many bool, depth int) bool
	group = func(children int64, path []string, levels int, many bool, depth int) bool {
		if depth > maxNesting || children < 0 || children > int64(len(rest)) {
			return false
		}
		for range children {
			if len(rest) == 0 {
				return false
			}
			e := rest[0]
			rest = rest[1:]
			inner, innerMany := levels, many
			if e.repetition != required {
				inner++
			}
			if e.repetition == repeated {
				innerMany = true
			}
			at := append(path[:len(path):len(path)], e.name)
			if e.kind < 0 {
				if !group(e.children, at, inner, innerMany, depth+1) {
					return false
				}
				continue
			}
			if e.kind > int64(FixedLenByteArray) || e.length < 0 || e.length > maxPage {
				return false
			}
			columns = append(columns, Column{
				Path: at, Kind: Kind(e.kind), Repeated: innerMany,
				length: int(e.length), levels: inner, meaning: e.meaning, scale: e.scale, unit: e.unit,
			})
		}
		return true
	}
	return columns, group(schema[0].children, nil, 0, false, 0) && len(rest) == 0
}
