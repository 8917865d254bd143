package checkpoint

import "fmt"

// opcode is an instruction of a pickle.
type opcode byte

// The instructions that torch.save writes with any of the protocols 2 to 5. The textual ones of protocols 0 and 1 are
// refused, but for opGlobal.
const (
	opMark            opcode = '('
	opStop            opcode = '.'
	opPop             opcode = '0'
	opPopMark         opcode = '1'
	opDup             opcode = '2'
	opNone            opcode = 'N'
	opNewTrue         opcode = 0x88
	opNewFalse        opcode = 0x89
	opBinInt          opcode = 'J'
	opBinInt1         opcode = 'K'
	opBinInt2         opcode = 'M'
	opLong1           opcode = 0x8a
	opLong4           opcode = 0x8b
	opBinFloat        opcode = 'G'
	opBinString       opcode = 'T'
	opShortBinString  opcode = 'U'
	opBinUnicode      opcode = 'X'
	opShortBinUnicode opcode = 0x8c
	opBinUnicode8     opcode = 0x8d
	opBinBytes        opcode = 'B'
	opShortBinBytes   opcode = 'C'
	opBinBytes8       opcode = 0x8e
	opByteArray8      opcode = 0x96
	opEmptyTuple      opcode = ')'
	opTuple           opcode = 't'
	opTuple1          opcode = 0x85
	opTuple2          opcode = 0x86
	opTuple3          opcode = 0x87
	opEmptyList       opcode = ']'
	opList            opcode = 'l'
	opAppend          opcode = 'a'
	opAppends         opcode = 'e'
	opEmptyDict       opcode = '}'
	opDict            opcode = 'd'
	opSetItem         opcode = 's'
	opSetItems        opcode = 'u'
	opEmptySet        opcode = 0x8f
	opAddItems        opcode = 0x90
	opFrozenSet       opcode = 0x91
	opGlobal          opcode = 'c'
	opStackGlobal     opcode = 0x93
	opReduce          opcode = 'R'
	opBuild           opcode = 'b'
	opNewObj          opcode = 0x81
	opNewObjEx        opcode = 0x92
	opBinPersID       opcode = 'Q'
	opBinGet          opcode = 'h'
	opLongBinGet      opcode = 'j'
	opBinPut          opcode = 'q'
	opLongBinPut      opcode = 'r'
	opMemoize         opcode = 0x94
	opProto           opcode = 0x80
	opFrame           opcode = 0x95
)

func (op opcode) String() string {
	if op > ' ' && op < 0x7f {
		return fmt.Sprintf("%q", rune(op))
	}
	return fmt.Sprintf("0x%02x", byte(op))
}
