package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// machine writes code for the vectors of one level. Its methods are the operations on vectors of floats that all
// levels have; a method returns its result in a fresh register unless its comment says otherwise.
type machine struct {
	*build.Context
	suffix string // of function names
	lanes  int    // floats in a vector
	wide   bool   // AVX-512: mask registers, 32 vector registers
	table  *constantTable
	kept   map[uint32]reg.VecVirtual // constants that live in registers
	wanted *[]uint32                 // while a body is tried out: the constants it asks for
}

// A vec is a register or a constant in memory.
type vec = Op

// A mask has one truth a lane: an opmask register, or a vector of sign bits.
type mask = Op

func (m *machine) bytes() int { return 4 * m.lanes }

func (m *machine) fresh() reg.VecVirtual {
	if m.wide {
		return m.ZMM()
	}
	return m.YMM()
}

// constantTable collects the constants of all functions, one vector each.
type constantTable struct {
	offsets map[uint32]int
	values  []uint32
}

const (
	constantsSymbol = "vectorConstants"
	constantBytes   = 64

	// hoisted is how many constants a loop may keep in registers.
	hoisted = 20
)

func (t *constantTable) place(bits uint32) Mem {
	offset, ok := t.offsets[bits]
	if !ok {
		offset = constantBytes * len(t.values)
		t.offsets[bits] = offset
		t.values = append(t.values, bits)
	}
	return NewDataAddr(Symbol{Name: constantsSymbol, Static: true}, offset)
}

// emit writes the data of the table.
func (t *constantTable) emit(c *build.Context) {
	c.StaticGlobal(constantsSymbol)
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i, v := range t.values {
		for lane := range constantBytes / 4 {
			c.AddDatum(constantBytes*i+4*lane, U32(v))
		}
	}
}

// num returns a constant as the last operand of an instruction: a register that was filled before the loop where
// there are enough of them, else memory.
func (m *machine) num(x float64) vec { return m.bits(math.Float32bits(float32(x))) }

func (m *machine) bits(bits uint32) vec {
	if !m.wide {
		return m.table.place(bits)
	}
	if m.wanted != nil {
		*m.wanted = append(*m.wanted, bits)
		return m.ZMM()
	}
	if r, ok := m.kept[bits]; ok {
		return r
	}
	return m.table.place(bits)
}

// hoist puts the constants that a loop's body asks for into registers, before the loop.
func (m *machine) hoist(body func()) {
	if !m.wide {
		return
	}
	var wanted []uint32
	written := m.Context
	m.Context, m.wanted = build.NewContext(), &wanted
	m.Function("trial")
	body()
	m.Context, m.wanted = written, nil
	for _, bits := range wanted {
		if m.kept[bits] == nil && len(m.kept) < hoisted {
			r := m.ZMM()
			m.VBROADCASTSS(m.table.place(bits), r)
			m.kept[bits] = r
		}
	}
}

// held returns a constant in a register.
func (m *machine) held(x vec) reg.VecVirtual {
	if r, ok := x.(reg.VecVirtual); ok {
		return r
	}
	r := m.fresh()
	m.VMOVUPS(x, r)
	return r
}

// copy returns a register that may be changed, with a copy of x.
func (m *machine) copy(x vec) reg.VecVirtual {
	r := m.fresh()
	m.VMOVUPS(x, r)
	return r
}

// Arithmetic: b may be a constant.

func (m *machine) add(a, b vec) vec { r := m.fresh(); m.VADDPS(b, m.held(a), r); return r }
func (m *machine) sub(a, b vec) vec { r := m.fresh(); m.VSUBPS(b, m.held(a), r); return r }
func (m *machine) mul(a, b vec) vec { r := m.fresh(); m.VMULPS(b, m.held(a), r); return r }
func (m *machine) div(a, b vec) vec { r := m.fresh(); m.VDIVPS(b, m.held(a), r); return r }
func (m *machine) sqrt(a vec) vec   { r := m.fresh(); m.VSQRTPS(a, r); return r }

// min and max return b where either is NaN, and where both are zero.
func (m *machine) min(a, b vec) vec { r := m.fresh(); m.VMINPS(b, m.held(a), r); return r }
func (m *machine) max(a, b vec) vec { r := m.fresh(); m.VMAXPS(b, m.held(a), r); return r }

func (m *machine) and(a, b vec) vec    { r := m.fresh(); m.VANDPS(b, m.held(a), r); return r }
func (m *machine) or(a, b vec) vec     { r := m.fresh(); m.VORPS(b, m.held(a), r); return r }
func (m *machine) xor(a, b vec) vec    { r := m.fresh(); m.VXORPS(b, m.held(a), r); return r }
func (m *machine) abs(a vec) vec       { return m.and(a, m.bits(0x7fffffff)) }
func (m *machine) signBit(a vec) vec   { return m.and(a, m.bits(0x80000000)) }
func (m *machine) negate(a vec) vec    { return m.xor(a, m.bits(0x80000000)) }
func (m *machine) addInt(a, b vec) vec { r := m.fresh(); m.VPADDD(b, m.held(a), r); return r }
func (m *machine) subInt(a, b vec) vec { r := m.fresh(); m.VPSUBD(b, m.held(a), r); return r }

func (m *machine) shiftLeft(a vec, n int) vec {
	r := m.fresh()
	m.VPSLLD(Imm(uint64(n)), a, r)
	return r
}

// shiftRight keeps the sign.
func (m *machine) shiftRight(a vec, n int) vec {
	r := m.fresh()
	m.VPSRAD(Imm(uint64(n)), a, r)
	return r
}

func (m *machine) toInt(a vec) vec   { r := m.fresh(); m.VCVTPS2DQ(a, r); return r }
func (m *machine) toFloat(a vec) vec { r := m.fresh(); m.VCVTDQ2PS(a, r); return r }

// mulAdd returns p*x + c in the register of p, which must not be used again.
func (m *machine) mulAdd(p, x, c vec) vec { m.VFMADD213PS(c, m.held(x), p); return p }

// addMul returns c + a*b in the register of c, which must not be used again.
func (m *machine) addMul(c, a, b vec) vec { m.VFMADD231PS(b, m.held(a), c); return c }

// subMul returns c - a*b in the register of c, which must not be used again.
func (m *machine) subMul(c, a, b vec) vec { m.VFNMADD231PS(b, m.held(a), c); return c }

// polynomial returns c[0] + c[1]*x + c[2]*x**2 + ...
func (m *machine) polynomial(x vec, c ...float64) vec {
	p := vec(m.copy(m.num(c[len(c)-1])))
	for i := len(c) - 2; i >= 0; i-- {
		p = m.mulAdd(p, x, m.num(c[i]))
	}
	return p
}

// Modes of rounding.
const (
	toNearestEven = 8
	towardsFloor  = 9
	towardsCeil   = 10
	towardsZero   = 11
)

func (m *machine) round(a vec, mode uint64) vec {
	r := m.fresh()
	if m.wide {
		m.VRNDSCALEPS(Imm(mode), a, r)
	} else {
		m.VROUNDPS(Imm(mode), a, r)
	}
	return r
}

// Predicates of comparisons: ordered ones are false where an operand is NaN.
const (
	equal          = 0x00
	less           = 0x11
	lessEqual      = 0x12
	unordered      = 0x03
	notEqual       = 0x04 // or unordered
	equalOrNaN     = 0x08
	notGreaterOrEq = 0x19 // less or unordered
	greaterEqual   = 0x1d
	greater        = 0x1e
)

// compare returns where a stands in a relation to b.
func (m *machine) compare(predicate uint64, a, b vec) mask {
	if m.wide {
		k := m.K()
		m.VCMPPS(Imm(predicate), b, m.held(a), k)
		return k
	}
	r := m.YMM()
	m.VCMPPS(Imm(predicate), b, m.held(a), r)
	return r
}

// signs returns where the sign bits are set.
func (m *machine) signs(a vec) mask {
	if m.wide {
		k := m.K()
		m.VPMOVD2M(a, k)
		return k
	}
	return a
}

func (m *machine) bothMasks(a, b mask) mask {
	if m.wide {
		k := m.K()
		m.KANDW(b, a, k)
		return k
	}
	return m.and(a, b)
}

func (m *machine) eitherMask(a, b mask) mask {
	if m.wide {
		k := m.K()
		m.KORW(b, a, k)
		return k
	}
	return m.or(a, b)
}

func (m *machine) oneMask(a, b mask) mask {
	if m.wide {
		k := m.K()
		m.KXORW(b, a, k)
		return k
	}
	return m.xor(a, b)
}

// pick returns a where the mask is set, else b. a may be a constant.
func (m *machine) pick(where mask, a, b vec) vec {
	if m.wide {
		r := m.copy(b)
		m.VMOVUPS(a, where, r)
		return r
	}
	r := m.fresh()
	m.VBLENDVPS(where, a, m.held(b), r)
	return r
}

// keep returns a where the mask is set, else zero.
func (m *machine) keep(where mask, a vec) vec {
	r := m.fresh()
	if m.wide {
		m.VMOVUPS_Z(a, where, r)
	} else {
		m.VANDPS(a, where, r)
	}
	return r
}

// truth returns 1 where the mask is set, else 0.
func (m *machine) truth(where mask) vec { return m.keep(where, m.num(1)) }

// scale returns p * 2**n for whole n from -150 to 128, rounded once.
func (m *machine) scale(p, n vec) vec {
	r := m.fresh()
	if m.wide {
		m.VSCALEFPS(n, p, r)
		return r
	}
	whole := m.toInt(n)
	half := m.shiftRight(whole, 1)
	rest := m.subInt(whole, half)
	return m.mul(m.mul(p, m.power2(half)), m.power2(rest))
}

// power2 returns 2**n for integers n from -126 to 127.
func (m *machine) power2(n vec) vec { return m.shiftLeft(m.addInt(n, m.bits(127)), 23) }

// Memory.

// tail is what is left of an array behind its last whole vector.
type tail struct{ where mask }

func (m *machine) load(at Mem) vec { r := m.fresh(); m.VMOVUPS(at, r); return r }

func (m *machine) store(x vec, at Mem) { m.VMOVUPS(x, at) }

// tailOf makes the mask of n lanes; 0 <= n < lanes.
func (m *machine) tailOf(n reg.GPVirtual) tail {
	base := m.GP64()
	m.LEAQ(NewDataAddr(Symbol{Name: m.tailSymbol(), Static: true}, 0), base)
	if m.wide {
		k := m.K()
		m.KMOVW(Mem{Base: base, Index: n, Scale: 2}, k)
		return tail{k}
	}
	at, r := m.GP64(), m.YMM()
	m.MOVQ(n, at)
	m.NEGQ(at)
	m.VMOVUPS(Mem{Base: base, Index: at, Scale: 4, Disp: 4 * m.lanes}, r)
	return tail{r}
}

func (m *machine) tailSymbol() string { return fmt.Sprintf("vectorTail%s", m.suffix) }

// emitTail writes the data that tailOf reads.
func (m *machine) emitTail() {
	m.StaticGlobal(m.tailSymbol())
	m.DataAttributes(attr.RODATA | attr.NOPTR)
	if m.wide {
		for n := range m.lanes {
			m.AddDatum(2*n, U16(1<<n-1))
		}
		return
	}
	for i := range 2 * m.lanes {
		v := uint32(0)
		if i < m.lanes {
			v = math.MaxUint32
		}
		m.AddDatum(4*i, U32(v))
	}
}

func (m *machine) loadTail(at Mem, t tail) vec {
	r := m.fresh()
	if m.wide {
		m.VMOVUPS_Z(at, t.where, r)
	} else {
		m.VMASKMOVPS(at, t.where, r)
	}
	return r
}

func (m *machine) storeTail(x vec, at Mem, t tail) {
	if m.wide {
		m.VMOVUPS(x, t.where, at)
	} else {
		m.VMASKMOVPS(x, t.where, at)
	}
}
