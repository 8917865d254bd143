package checkpoint

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

const (
	// maxMemory bounds the bytes of values that a pickle makes, besides the tensors, which lie outside of it. A
	// network of ten thousand tensors with its optimiser takes a half of this.
	maxMemory = 256 << 20
	// The costs, in bytes, that values are counted with.
	costSlot      = 48 // a value on the stack or in a list
	costContainer = 96
	costMemo      = 80
)

// mark is what opMark leaves on the stack, to be found by a later instruction.
type mark struct{}

// machine runs a pickle: instructions that push values on a stack and combine those on top. What a pickle says about
// tensors is left to interpret.go.
type machine struct {
	source source
	stack  []any
	memo   map[uint32]any
	spent  int
	limit  int // of what is spent, in bytes
	// storages are those that the pickles run so far refer to, by their keys.
	storages map[string]*storage
}

func newMachine(r io.Reader, size int64, limit int) *machine {
	return &machine{
		limit:    limit,
		source:   source{reader: bufio.NewReader(r), size: size},
		storages: map[string]*storage{},
	}
}

// run executes one pickle and returns its value. The next call executes the next pickle of the same source; the bound
// on memory is one for all.
func (m *machine) run() (any, error) {
	m.stack = m.stack[:0]
	m.memo = map[uint32]any{}
	for {
		at := m.source.offset
		b, err := m.source.byte()
		if err == nil && opcode(b) == opStop {
			return m.pop()
		}
		if err == nil {
			err = m.step(opcode(b))
		}
		if err != nil {
			return nil, fmt.Errorf("at byte %d of the pickle, instruction %v: %w", at, opcode(b), err)
		}
	}
}

// step executes one instruction.
func (m *machine) step(op opcode) error {
	switch op {
	case opProto:
		_, err := m.source.byte()
		return err
	case opFrame: // a hint for reading ahead
		_, err := m.source.uint(8)
		return err
	case opMark:
		return m.push(mark{})
	case opPop:
		if len(m.stack) == 0 {
			return errUnderflow
		}
		m.stack = m.stack[:len(m.stack)-1]
		return nil
	case opPopMark:
		_, err := m.popMark()
		return err
	case opDup:
		top, err := m.pop()
		return first(err, m.push(top), m.push(top))
	case opNone:
		return m.push(nil)
	case opNewTrue, opNewFalse:
		return m.push(op == opNewTrue)
	case opBinInt, opBinInt1, opBinInt2, opLong1, opLong4, opBinFloat:
		return m.number(op)
	case opBinString, opBinUnicode, opBinBytes:
		return m.text(op, 4)
	case opShortBinString, opShortBinUnicode, opShortBinBytes:
		return m.text(op, 1)
	case opBinUnicode8, opBinBytes8, opByteArray8:
		return m.text(op, 8)
	case opBinGet, opLongBinGet, opBinPut, opLongBinPut, opMemoize:
		return m.remember(op)
	case opGlobal, opStackGlobal, opReduce, opBuild, opNewObj, opNewObjEx, opBinPersID:
		return m.interpret(op)
	default:
		return m.container(op)
	}
}

func (m *machine) number(op opcode) error {
	switch op {
	case opBinInt:
		x, err := m.source.uint(4)
		return first(err, m.push(int64(int32(x))))
	case opBinInt1:
		x, err := m.source.uint(1)
		return first(err, m.push(int64(x)))
	case opBinInt2:
		x, err := m.source.uint(2)
		return first(err, m.push(int64(x)))
	case opBinFloat:
		data, err := m.source.bytes(8)
		if err != nil {
			return err
		}
		return m.push(math.Float64frombits(binary.BigEndian.Uint64(data)))
	}
	lengthSize := 1
	if op == opLong4 {
		lengthSize = 4
	}
	data, err := m.lengthAndBytes(lengthSize)
	if err != nil {
		return err
	}
	return m.push(decodeLong(data))
}

// decodeLong returns a two's complement number as an int64 if it fits.
func decodeLong(data []byte) any {
	if len(data) > 8 {
		return longInt(data)
	}
	var x uint64
	for i, b := range data {
		x |= uint64(b) << (8 * i)
	}
	unused := 64 - 8*len(data)
	return int64(x<<unused) >> unused // extends the sign
}

// text reads a text or bytes whose length takes lengthSize bytes.
func (m *machine) text(op opcode, lengthSize int) error {
	data, err := m.lengthAndBytes(lengthSize)
	if err != nil {
		return err
	}
	switch op {
	case opBinBytes, opShortBinBytes, opBinBytes8, opByteArray8:
		return m.push(data)
	case opBinString, opShortBinString: // Python 2 wrote texts and bytes alike
		if !utf8.Valid(data) {
			return m.push(data)
		}
	}
	return m.push(string(data))
}

func (m *machine) lengthAndBytes(lengthSize int) ([]byte, error) {
	length, err := m.source.uint(lengthSize)
	if err != nil {
		return nil, err
	}
	if length > uint64(m.limit) {
		return nil, errTooLarge
	}
	if err := m.spend(2 * int(length)); err != nil {
		return nil, err
	}
	return m.source.bytes(int(length))
}

// remember executes the instructions on the memo, a pickle's numbered values.
func (m *machine) remember(op opcode) error {
	var slot uint64
	var err error
	switch op {
	case opBinGet, opBinPut:
		slot, err = m.source.uint(1)
	case opLongBinGet, opLongBinPut:
		slot, err = m.source.uint(4)
	case opMemoize:
		slot = uint64(len(m.memo))
	}
	if err != nil {
		return err
	}
	if op == opBinGet || op == opLongBinGet {
		value, ok := m.memo[uint32(slot)]
		if !ok {
			return errUnknownSlot
		}
		return m.push(value)
	}
	top, err := m.pop()
	if err != nil {
		return err
	}
	m.memo[uint32(slot)] = top
	return first(m.spend(costMemo), m.push(top))
}

func (m *machine) push(v any) error {
	m.stack = append(m.stack, v)
	return m.spend(costSlot)
}

// pop takes the top value; a mark is not a value.
func (m *machine) pop() (any, error) {
	if len(m.stack) == 0 {
		return nil, errUnderflow
	}
	top := m.stack[len(m.stack)-1]
	if top == (mark{}) {
		return nil, errUnderflow
	}
	m.stack = m.stack[:len(m.stack)-1]
	return top, nil
}

// popMark takes the values above the last mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if m.stack[i] == (mark{}) {
			values := append([]any(nil), m.stack[i+1:]...)
			m.stack = m.stack[:i]
			return values, nil
		}
	}
	return nil, errNoMark
}

// popMany takes the top n values, in the order they were pushed.
func (m *machine) popMany(n int) ([]any, error) {
	values := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		var err error
		if values[i], err = m.pop(); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// spend counts memory that a value takes.
func (m *machine) spend(bytes int) error {
	if m.spent += bytes; m.spent > m.limit {
		return errTooLarge
	}
	return nil
}

// first returns the first error that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// source reads a pickle and knows how far it has come.
type source struct {
	reader *bufio.Reader
	offset int64
	size   int64 // where the reader ends
}

func (s *source) byte() (byte, error) {
	b, err := s.reader.ReadByte()
	if err == io.EOF {
		return 0, errors.New("the pickle is cut short")
	}
	s.offset++
	return b, err
}

// bytes reads n bytes, and allocates them only when they can be there.
func (s *source) bytes(n int) ([]byte, error) {
	if int64(n) > s.size-s.offset {
		return nil, fmt.Errorf("the pickle is cut short: %d bytes are to follow, %d do", n, s.size-s.offset)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(s.reader, data); err != nil {
		return nil, err
	}
	s.offset += int64(n)
	return data, nil
}

// uint reads a little-endian number of 1 to 8 bytes.
func (s *source) uint(size int) (uint64, error) {
	data, err := s.bytes(size)
	if err != nil {
		return 0, err
	}
	var x uint64
	for i, b := range data {
		x |= uint64(b) << (8 * i)
	}
	return x, nil
}

// line reads up to a newline, which it drops.
func (s *source) line() (string, error) {
	const maxLine = 1000 // of a module's or a class's name
	var line []byte
	for len(line) < maxLine {
		b, err := s.byte()
		if err != nil {
			return "", err
		}
		if b == '\n' {
			return string(line), nil
		}
		line = append(line, b)
	}
	return "", fmt.Errorf("a name is longer than %d bytes", maxLine)
}
