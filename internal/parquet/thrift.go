package parquet

import "encoding/binary"

// Types of fields in Thrift's compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12

	thriftNone = 16 // no type: four bits hold a type
)

// maxNesting is how deep structures of headers and footers may lie in each other.
const maxNesting = 32

// thrift reads Thrift's compact protocol. It takes no memory by what the text says of its own lengths. After the
// first error everything it reads is zero.
type thrift struct {
	text    []byte
	at      int
	nesting int
	failed  bool
	short   bool // failed because the text has ended
}

func (t *thrift) fail() { t.failed = true }

func (t *thrift) end() {
	t.failed, t.short = true, true
}

func (t *thrift) byte() byte {
	if t.failed || t.at >= len(t.text) {
		t.end()
		return 0
	}
	b := t.text[t.at]
	t.at++
	return b
}

func (t *thrift) unsigned() uint64 {
	if t.failed {
		return 0
	}
	v, n := binary.Uvarint(t.text[t.at:])
	switch {
	case n == 0:
		t.end()
	case n < 0:
		t.fail()
	default:
		t.at += n
		return v
	}
	return 0
}

func (t *thrift) signed() int64 {
	v := t.unsigned()
	return int64(v>>1) ^ -int64(v&1)
}

// binary returns a part of the text.
func (t *thrift) binary() []byte {
	n := t.unsigned()
	if t.failed || n > uint64(len(t.text)-t.at) {
		t.end()
		return nil
	}
	b := t.text[t.at : t.at+int(n)]
	t.at += int(n)
	return b
}

// fields calls read for each field of a structure. What read does not take it leaves to skip.
func (t *thrift) fields(read func(id int, kind byte) (taken bool)) {
	if t.nesting++; t.nesting > maxNesting {
		t.fail()
	}
	id := 0
	for !t.failed {
		head := t.byte()
		kind := head & 15
		if kind == 0 {
			break
		}
		if delta := int(head >> 4); delta > 0 {
			id += delta
		} else {
			id = int(t.signed())
		}
		if t.failed {
			break
		}
		if !read(id, kind) {
			t.skip(kind)
		}
	}
	t.nesting--
}

// list calls read for each element of a list of the given type; another list is skipped.
func (t *thrift) list(kind byte, read func()) {
	n, of := t.listHead()
	for ; n > 0 && !t.failed; n-- {
		if of == kind {
			read()
		} else {
			t.skipElement(of)
		}
	}
}

// listHead returns how many elements follow, of which type.
func (t *thrift) listHead() (n uint64, kind byte) {
	head := t.byte()
	n = uint64(head >> 4)
	if n == 15 {
		n = t.unsigned()
	}
	// Each element takes a byte at least.
	if n > uint64(len(t.text)-t.at) {
		t.end()
		return 0, 0
	}
	return n, head & 15
}

// number reads a field that is a number or a truth value.
func (t *thrift) number(kind byte) int64 {
	switch kind {
	case thriftTrue:
		return 1
	case thriftFalse:
		return 0
	case thriftByte:
		return int64(int8(t.byte()))
	case thriftI16, thriftI32, thriftI64:
		return t.signed()
	}
	t.fail()
	return 0
}

func (t *thrift) skip(kind byte) {
	switch kind {
	case thriftTrue, thriftFalse:
	case thriftByte:
		t.byte()
	case thriftI16, thriftI32, thriftI64:
		t.unsigned()
	case thriftDouble:
		if t.at += 8; t.at > len(t.text) {
			t.at = len(t.text)
			t.end()
		}
	case thriftBinary:
		t.binary()
	case thriftList, thriftSet:
		if t.nesting++; t.nesting > maxNesting {
			t.fail()
		}
		t.list(thriftNone, nil)
		t.nesting--
	case thriftMap:
		t.skipMap()
	case thriftStruct:
		t.fields(func(int, byte) bool { return false })
	default:
		t.fail()
	}
}

// skipElement skips an element of a list, in which truth values take a byte.
func (t *thrift) skipElement(kind byte) {
	if kind == thriftTrue || kind == thriftFalse {
		kind = thriftByte
	}
	t.skip(kind)
}

func (t *thrift) skipMap() {
	if t.nesting++; t.nesting > maxNesting {
		t.fail()
	}
	n := t.unsigned()
	if n > 0 {
		kinds := t.byte()
		for ; n > 0 && !t.failed; n-- {
			t.skipElement(kinds >> 4)
			t.skipElement(kinds & 15)
		}
	}
	t.nesting--
}
