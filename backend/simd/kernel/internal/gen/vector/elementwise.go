package main

import (
	"go/token"
	"go/types"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/gotypes"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of the kernel's call structure.
const (
	fieldDst       = 0
	fieldA         = 8
	fieldStepA     = 32
	fieldN         = 56
	fieldRows      = 64
	fieldStride    = 72
	fieldDstStride = 80
)

// begin starts a function that takes a call and returns the register of its address.
func (m *machine) begin(name, doc string) reg.Register { return m.beginOf("call", name, doc) }

// beginOf starts a function that takes a struct of package kernel.
func (m *machine) beginOf(argument, name, doc string) reg.Register {
	m.kept = map[uint32]reg.VecVirtual{}
	pkg := types.NewPackage("kernel", "kernel")
	call := types.NewNamed(types.NewTypeName(token.NoPos, pkg, argument, nil), types.NewStruct(nil, nil), nil)
	param := types.NewParam(token.NoPos, pkg, "c", types.NewPointer(call))
	m.Function(name + m.suffix)
	m.Doc(name + m.suffix + " " + doc)
	m.Pragma("noescape")
	m.Attributes(attr.NOSPLIT | attr.NOFRAME)
	m.Signature(gotypes.NewSignature(pkg, types.NewSignatureType(nil, nil, nil, types.NewTuple(param), nil, false)))
	return m.Load(m.Param("c"), m.GP64())
}

// field loads a field of the call.
func (m *machine) field(call reg.Register, offset int) reg.GPVirtual {
	r := m.GP64()
	m.MOVQ(Mem{Base: call, Disp: offset}, r)
	return r
}

// elementwise is a kernel that computes a function of up to three vectors, one or two vectors at a time.
type elementwise struct {
	name     string
	doc      string
	operands int
	unroll   int
	body     func(m *machine, x []vec) vec
}

// write writes the function: whole vectors, several at a time, then one by one, then the rest behind a mask.
func (e elementwise) write(m *machine) {
	call := m.begin(e.name, e.doc)
	dst := m.field(call, fieldDst)
	var at, step []reg.GPVirtual
	for i := range e.operands {
		at = append(at, m.field(call, fieldA+8*i))
		s := m.field(call, fieldStepA+8*i)
		m.SHLQ(Imm(uint64(log2(m.bytes()))), s)
		step = append(step, s)
	}
	n := m.field(call, fieldN)
	m.hoist(func() { e.apply(m, func(int) vec { return m.fresh() }) })

	one := func(times int, label, next string) {
		m.Label(label)
		m.CMPQ(n, Imm(uint64(times*m.lanes)))
		m.JLT(LabelRef(next))
		results := make([]vec, times)
		for u := range times {
			results[u] = e.apply(m, func(i int) vec {
				if u == 0 {
					return m.load(Mem{Base: at[i]})
				}
				return m.load(Mem{Base: at[i], Index: step[i], Scale: 1})
			})
		}
		for u, r := range results {
			m.store(r, Mem{Base: dst, Disp: u * m.bytes()})
		}
		for i := range at {
			if times == 2 {
				m.LEAQ(Mem{Base: at[i], Index: step[i], Scale: 2}, at[i])
			} else {
				m.ADDQ(step[i], at[i])
			}
		}
		m.ADDQ(Imm(uint64(times*m.bytes())), dst)
		m.SUBQ(Imm(uint64(times*m.lanes)), n)
		m.JMP(LabelRef(label))
	}
	if e.unroll == 2 {
		one(2, "pairs", "vectors")
	}
	one(1, "vectors", "rest")
	m.Label("rest")
	m.TESTQ(n, n)
	m.JZ(LabelRef("done"))
	t := m.tailOf(n)
	r := e.apply(m, func(i int) vec { return m.loadTail(Mem{Base: at[i]}, t) })
	m.storeTail(r, Mem{Base: dst}, t)
	m.Label("done")
	m.VZEROUPPER()
	m.RET()
}

func (e elementwise) apply(m *machine, operand func(i int) vec) vec {
	x := make([]vec, e.operands)
	for i := range x {
		x[i] = operand(i)
	}
	return e.body(m, x)
}

func log2(n int) int {
	k := 0
	for 1<<k < n {
		k++
	}
	return k
}

func unary(name, doc string, body func(m *machine, x vec) vec) elementwise {
	return elementwise{name, doc, 1, 1, func(m *machine, x []vec) vec { return body(m, x[0]) }}
}

func binary(name, doc string, body func(m *machine, a, b vec) vec) elementwise {
	return elementwise{name, doc, 2, 1, func(m *machine, x []vec) vec { return body(m, x[0], x[1]) }}
}

func comparison(name, doc string, predicate uint64) elementwise {
	return binary(name, doc, func(m *machine, a, b vec) vec { return m.truth(m.compare(predicate, a, b)) })
}

func logical(name, doc string, join func(m *machine, a, b mask) mask) elementwise {
	return binary(name, doc, func(m *machine, a, b vec) vec {
		return m.truth(join(m, m.isTrue(a), m.isTrue(b)))
	})
}

func (m *machine) isTrue(a vec) mask { return m.compare(notEqual, a, m.num(0)) }

// maximum returns the greater, NaN where either is NaN and 0 for 0 and -0.
func (m *machine) maximum(a, b vec) vec {
	r := m.and(m.max(a, b), m.max(b, a))
	return m.pick(m.compare(unordered, a, b), m.add(a, b), r)
}

// minimum returns the smaller, NaN where either is NaN and -0 for 0 and -0. Or of a NaN and anything else is a NaN.
func (m *machine) minimum(a, b vec) vec { return m.or(m.min(a, b), m.min(b, a)) }

// elementwiseKernels are all functions of floats but those of math.go.
func elementwiseKernels() []elementwise {
	ks := []elementwise{
		unary("copy", "copies a to dst.", func(m *machine, x vec) vec { return x }),
		unary("neg", "computes -a.", (*machine).negate),
		unary("abs", "computes |a|.", (*machine).abs),
		unary("sign", "computes the sign of a; zeros and NaN stay as they are.", func(m *machine, x vec) vec {
			one := m.or(m.signBit(x), m.num(1))
			return m.pick(m.compare(equalOrNaN, x, m.num(0)), x, one)
		}),
		unary("square", "computes a*a.", func(m *machine, x vec) vec { return m.mul(x, x) }),
		unary("sqrt", "computes the square root of a.", (*machine).sqrt),
		unary("rsqrt", "computes 1/sqrt(a).", func(m *machine, x vec) vec { return m.div(m.num(1), m.sqrt(x)) }),
		unary("not", "computes 1 where a is 0, else 0.", func(m *machine, x vec) vec {
			return m.truth(m.compare(equal, x, m.num(0)))
		}),
		unary("isNaN", "computes 1 where a is NaN, else 0.", func(m *machine, x vec) vec {
			return m.truth(m.compare(unordered, x, x))
		}),
		unary("isFinite", "computes 1 where a is finite, else 0.", func(m *machine, x vec) vec {
			return m.truth(m.compare(equal, m.sub(x, x), m.num(0)))
		}),
		binary("add", "computes a+b.", (*machine).add),
		binary("sub", "computes a-b.", (*machine).sub),
		binary("mul", "computes a*b.", (*machine).mul),
		binary("div", "computes a/b.", (*machine).div),
		binary("max", "computes the greater of a and b, NaN if either is NaN.", (*machine).maximum),
		binary("min", "computes the smaller of a and b, NaN if either is NaN.", (*machine).minimum),
		comparison("eq", "computes a == b.", equal),
		comparison("ne", "computes a != b.", notEqual),
		comparison("lt", "computes a < b.", less),
		comparison("le", "computes a <= b.", lessEqual),
		comparison("gt", "computes a > b.", greater),
		comparison("ge", "computes a >= b.", greaterEqual),
		logical("and", "computes where a and b are true.", (*machine).bothMasks),
		logical("or", "computes where a or b is true.", (*machine).eitherMask),
		logical("xor", "computes where one of a and b is true.", (*machine).oneMask),
		{"choose", "computes b where a is true, else c.", 3, 1, func(m *machine, x []vec) vec {
			return m.pick(m.isTrue(x[0]), x[1], x[2])
		}},
		{"fma", "computes a*b + c, rounded once.", 3, 1, func(m *machine, x []vec) vec {
			return m.mulAdd(x[0], x[1], x[2])
		}},
	}
	for _, r := range []struct {
		name, doc string
		mode      uint64
	}{
		{"floor", "rounds down.", towardsFloor},
		{"ceil", "rounds up.", towardsCeil},
		{"nearest", "rounds to the nearest integer, ties to even.", toNearestEven},
		{"trunc", "rounds towards zero.", towardsZero},
	} {
		ks = append(ks, unary(r.name, r.doc, func(m *machine, x vec) vec { return m.round(x, r.mode) }))
	}
	for i := range ks {
		ks[i].unroll = 2
	}
	return ks
}
