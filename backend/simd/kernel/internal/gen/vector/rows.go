package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fold is a reduction of rows of floats.
type fold struct {
	name, doc string
	identity  float64
	join      func(m *machine, a, b vec) vec
}

func folds() []fold {
	return []fold{
		{"sumRows", "sums rows of a.", 0, (*machine).add},
		{"productRows", "multiplies rows of a.", 1, (*machine).mul},
		{"maxRows", "finds the greatest of rows of a.", math.Inf(-1), (*machine).maximum},
		{"minRows", "finds the smallest of rows of a.", math.Inf(1), (*machine).minimum},
	}
}

// write writes the function: each row with four accumulators while it is long enough, which are then joined pairwise,
// as the lanes are.
func (f fold) write(m *machine) {
	call := m.begin(f.name, f.doc)
	dst, at := m.field(call, fieldDst), m.field(call, fieldA)
	n, rows := m.field(call, fieldN), m.field(call, fieldRows)
	m.hoist(func() { f.join(m, m.fresh(), m.num(f.identity)) })
	rest := m.GP64()
	m.MOVQ(n, rest)
	m.ANDQ(Imm(uint64(m.lanes-1)), rest)
	t := m.tailOf(rest)

	m.Label("row")
	m.TESTQ(rows, rows)
	m.JZ(LabelRef("done"))
	left := m.GP64()
	m.MOVQ(n, left)
	acc := [4]vec{}
	for i := range acc {
		acc[i] = m.copy(m.num(f.identity))
	}
	m.CMPQ(left, Imm(uint64(4*m.lanes)))
	m.JLT(LabelRef("vectors"))
	m.Label("quads")
	for i := range acc {
		m.move(f.join(m, m.load(Mem{Base: at, Disp: i * m.bytes()}), acc[i]), acc[i])
	}
	m.ADDQ(U32(4*m.bytes()), at)
	m.SUBQ(Imm(uint64(4*m.lanes)), left)
	m.CMPQ(left, Imm(uint64(4*m.lanes)))
	m.JGE(LabelRef("quads"))
	m.move(f.join(m, f.join(m, acc[0], acc[1]), f.join(m, acc[2], acc[3])), acc[0])

	m.Label("vectors")
	m.CMPQ(left, Imm(uint64(m.lanes)))
	m.JLT(LabelRef("rest"))
	m.move(f.join(m, m.load(Mem{Base: at}), acc[0]), acc[0])
	m.ADDQ(Imm(uint64(m.bytes())), at)
	m.SUBQ(Imm(uint64(m.lanes)), left)
	m.JMP(LabelRef("vectors"))

	m.Label("rest")
	m.TESTQ(rest, rest)
	m.JZ(LabelRef("lanes"))
	x := m.loadTail(Mem{Base: at}, t)
	if f.identity != 0 {
		x = m.pick(t.where, x, m.num(f.identity))
	}
	m.move(f.join(m, x, acc[0]), acc[0])
	m.LEAQ(Mem{Base: at, Index: rest, Scale: 4}, at)

	m.Label("lanes")
	y := acc[0]
	for _, swap := range m.laneSwaps() {
		y = f.join(m, y, swap(y))
	}
	m.VMOVSS(y.(reg.VecVirtual).AsX(), Mem{Base: dst})
	m.ADDQ(Imm(4), dst)
	m.DECQ(rows)
	m.JMP(LabelRef("row"))
	m.Label("done")
	m.VZEROUPPER()
	m.RET()
}

// move puts x in an existing register.
func (m *machine) move(x, to vec) { m.VMOVAPS(x, to) }

// laneSwaps are the exchanges of halves, quarters and so on after which all lanes have met.
func (m *machine) laneSwaps() []func(vec) vec {
	permute := func(order uint64) func(vec) vec {
		return func(x vec) vec { r := m.fresh(); m.VPERMILPS(Imm(order), x, r); return r }
	}
	quarters := func(order uint64) func(vec) vec {
		return func(x vec) vec { r := m.fresh(); m.VSHUFF32X4(Imm(order), x, x, r); return r }
	}
	halves := func(x vec) vec { r := m.fresh(); m.VPERM2F128(Imm(1), x, x, r); return r }
	if m.wide {
		return []func(vec) vec{quarters(0x4e), quarters(0xb1), permute(0x4e), permute(0xb1)}
	}
	return []func(vec) vec{halves, permute(0x4e), permute(0xb1)}
}

// writeRows writes joinRows, or with repeat splatRows.
func (m *machine) writeRows(name, doc string, repeat bool) {
	call := m.begin(name, doc)
	dst, from := m.field(call, fieldDst), m.field(call, fieldA)
	n, rows, stride := m.field(call, fieldN), m.field(call, fieldRows), m.field(call, fieldStride)
	rest := m.GP64()
	m.MOVQ(n, rest)
	m.ANDQ(Imm(uint64(m.lanes-1)), rest)
	t := m.tailOf(rest)

	m.Label("row")
	m.TESTQ(rows, rows)
	m.JZ(LabelRef("done"))
	at, left := m.GP64(), m.GP64()
	m.MOVQ(from, at)
	m.MOVQ(n, left)
	x := m.fresh()
	if repeat {
		m.VBROADCASTSS(Mem{Base: at}, x)
	}
	m.Label("vectors")
	m.CMPQ(left, Imm(uint64(m.lanes)))
	m.JLT(LabelRef("rest"))
	if !repeat {
		m.VMOVUPS(Mem{Base: at}, x)
		m.ADDQ(Imm(uint64(m.bytes())), at)
	}
	m.store(x, Mem{Base: dst})
	m.ADDQ(Imm(uint64(m.bytes())), dst)
	m.SUBQ(Imm(uint64(m.lanes)), left)
	m.JMP(LabelRef("vectors"))
	m.Label("rest")
	m.TESTQ(rest, rest)
	m.JZ(LabelRef("next"))
	y := vec(x)
	if !repeat {
		y = m.loadTail(Mem{Base: at}, t)
	}
	m.storeTail(y, Mem{Base: dst}, t)
	m.LEAQ(Mem{Base: dst, Index: rest, Scale: 4}, dst)
	m.Label("next")
	m.ADDQ(stride, from)
	m.DECQ(rows)
	m.JMP(LabelRef("row"))
	m.Label("done")
	m.VZEROUPPER()
	m.RET()
}

// conversion is a kernel between floats and another kind. It converts whole vectors; what is left of n is the
// caller's.
type conversion struct {
	name, doc   string
	read, write int // bytes of an element
	body        func(m *machine, from, to Mem)
}

func conversions() []conversion {
	return []conversion{
		{"loadBool", "converts bytes 0 and 1 at a to floats.", 1, 4, func(m *machine, from, to Mem) {
			r := m.fresh()
			m.VPMOVZXBD(from, r)
			m.store(m.toFloat(r), to)
		}},
		{"loadI32", "converts int32 at a to floats.", 4, 4, func(m *machine, from, to Mem) {
			r := m.fresh()
			m.VCVTDQ2PS(from, r)
			m.store(r, to)
		}},
		{"storeI32", "converts floats at a to int32, towards zero.", 4, 4, func(m *machine, from, to Mem) {
			r := m.fresh()
			m.VCVTTPS2DQ(from, r)
			m.store(r, to)
		}},
		{"storeBool", "converts floats at a to bytes: 1 where they are not 0.", 4, 1, func(m *machine, from, to Mem) {
			where := m.isTrue(m.load(from))
			one := NewDataAddr(Symbol{Name: byteSymbol, Static: true}, 0)
			if m.wide {
				r := m.XMM()
				m.VPMOVM2B(where, r)
				m.VPAND(one, r, r)
				m.VMOVDQU(r, to)
				return
			}
			high, r := m.XMM(), where.(reg.VecVirtual).AsX()
			m.VEXTRACTI128(Imm(1), where, high)
			m.VPACKSSDW(high, r, r)
			m.VPACKSSWB(r, r, r)
			m.VPAND(one, r, r)
			m.VMOVQ(r, to)
		}},
	}
}

// byteSymbol holds sixteen bytes 1.
const byteSymbol = "vectorTrueBytes"

func (c conversion) writeTo(m *machine) {
	call := m.begin(c.name, c.doc)
	dst, at, n := m.field(call, fieldDst), m.field(call, fieldA), m.field(call, fieldN)
	m.hoist(func() { c.body(m, Mem{Base: at}, Mem{Base: dst}) })
	m.Label("vectors")
	m.CMPQ(n, Imm(uint64(m.lanes)))
	m.JLT(LabelRef("done"))
	c.body(m, Mem{Base: at}, Mem{Base: dst})
	m.ADDQ(Imm(uint64(c.read*m.lanes)), at)
	m.ADDQ(Imm(uint64(c.write*m.lanes)), dst)
	m.SUBQ(Imm(uint64(m.lanes)), n)
	m.JMP(LabelRef("vectors"))
	m.Label("done")
	m.VZEROUPPER()
	m.RET()
}

// writeTranspose writes the kernel that transposes a panel: as many rows at a as a vector has lanes, stride bytes
// apart, and n columns, a multiple of it. Each column becomes a row of one vector at dst, dstStride bytes apart.
func (m *machine) writeTranspose() {
	call := m.begin("transposePanel", "transposes a vector's lanes of rows of n floats.")
	dst, from := m.field(call, fieldDst), m.field(call, fieldA)
	n, stride, dstStride := m.field(call, fieldN), m.field(call, fieldStride), m.field(call, fieldDstStride)
	m.Label("tiles")
	m.CMPQ(n, Imm(uint64(m.lanes)))
	m.JLT(LabelRef("done"))
	rows := make([]vec, m.lanes)
	m.walk(from, stride, func(i int, at Mem) { rows[i] = m.load(at) })
	columns := m.transpose(rows)
	m.walk(dst, dstStride, func(i int, at Mem) { m.store(columns[i], at) })
	m.ADDQ(Imm(uint64(m.bytes())), from)
	step := m.GP64()
	m.MOVQ(dstStride, step)
	m.SHLQ(Imm(uint64(log2(m.lanes))), step)
	m.ADDQ(step, dst)
	m.SUBQ(Imm(uint64(m.lanes)), n)
	m.JMP(LabelRef("tiles"))
	m.Label("done")
	m.VZEROUPPER()
	m.RET()
}

// walk calls f with the addresses of a vector's lanes of rows.
func (m *machine) walk(base, stride reg.GPVirtual, f func(i int, at Mem)) {
	three, at := m.GP64(), m.GP64()
	m.LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
	m.MOVQ(base, at)
	for i := 0; i < m.lanes; i += 4 {
		f(i, Mem{Base: at})
		f(i+1, Mem{Base: at, Index: stride, Scale: 1})
		f(i+2, Mem{Base: at, Index: stride, Scale: 2})
		f(i+3, Mem{Base: at, Index: three, Scale: 1})
		if i+4 < m.lanes {
			m.LEAQ(Mem{Base: at, Index: stride, Scale: 4}, at)
		}
	}
}

// transpose returns the columns of a square of registers: first within groups of four rows and quarters of a
// register, then the quarters.
func (m *machine) transpose(rows []vec) []vec {
	shuffle := func(order uint64, a, b vec) vec { r := m.fresh(); m.VSHUFPS(Imm(order), b, a, r); return r }
	for g := 0; g < len(rows); g += 4 {
		q := rows[g : g+4]
		low := func(a, b vec) vec { r := m.fresh(); m.VUNPCKLPS(b, a, r); return r }
		high := func(a, b vec) vec { r := m.fresh(); m.VUNPCKHPS(b, a, r); return r }
		t0, t1, t2, t3 := low(q[0], q[1]), high(q[0], q[1]), low(q[2], q[3]), high(q[2], q[3])
		q[0], q[1], q[2], q[3] = shuffle(0x44, t0, t2), shuffle(0xee, t0, t2), shuffle(0x44, t1, t3), shuffle(0xee, t1, t3)
	}
	columns := make([]vec, len(rows))
	for j := range 4 {
		if !m.wide {
			halves := func(order uint64) vec {
				r := m.fresh()
				m.VPERM2F128(Imm(order), rows[4+j], rows[j], r)
				return r
			}
			columns[j], columns[4+j] = halves(0x20), halves(0x31)
			continue
		}
		quarters := func(order uint64, a, b vec) vec {
			r := m.fresh()
			m.VSHUFF32X4(Imm(order), b, a, r)
			return r
		}
		a, b := quarters(0x44, rows[j], rows[4+j]), quarters(0x44, rows[8+j], rows[12+j])
		c, d := quarters(0xee, rows[j], rows[4+j]), quarters(0xee, rows[8+j], rows[12+j])
		columns[j], columns[4+j] = quarters(0x88, a, b), quarters(0xdd, a, b)
		columns[8+j], columns[12+j] = quarters(0x88, c, d), quarters(0xdd, c, d)
	}
	return columns
}
