package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of adamWCall: five arrays, their length, and the factors.
const (
	adamWGradient = 8 * iota
	adamWFirst
	adamWSecond
	adamWWeights
	adamWAverage
	adamWN
	adamWFactors
)

// writeAdamW writes one step of AdamW on whole vectors. Each operation is rounded by itself.
func (m *machine) writeAdamW() {
	call := m.beginOf("adamWCall", "adamW", "takes a step of AdamW on whole vectors of n weights.")
	gradient, first, second := m.field(call, adamWGradient), m.field(call, adamWFirst), m.field(call, adamWSecond)
	weights, average, n := m.field(call, adamWWeights), m.field(call, adamWAverage), m.field(call, adamWN)
	// The order of the fields of AdamW.
	var factor [10]vec
	for i := range factor {
		r := m.fresh()
		m.VBROADCASTSS(Mem{Base: call, Disp: adamWFactors + 4*i}, r)
		factor[i] = r
	}
	at := func(base reg.GPVirtual) Mem { return Mem{Base: base} }
	m.Label("vectors")
	m.CMPQ(n, Imm(uint64(m.lanes)))
	m.JLT(LabelRef("done"))
	g := m.load(at(gradient))
	mean := m.add(m.mul(factor[0], at(first)), m.mul(factor[1], g))
	m.store(mean, at(first))
	square := m.add(m.mul(factor[2], at(second)), m.mul(m.mul(factor[3], g), g))
	m.store(square, at(second))
	spread := m.add(m.mul(m.sqrt(square), factor[5]), factor[6])
	w := m.sub(m.mul(factor[7], at(weights)), m.div(m.mul(factor[4], mean), spread))
	m.store(w, at(weights))
	m.store(m.add(m.mul(factor[8], at(average)), m.mul(factor[9], w)), at(average))
	for _, base := range []reg.GPVirtual{gradient, first, second, weights, average} {
		m.ADDQ(Imm(uint64(m.bytes())), base)
	}
	m.SUBQ(Imm(uint64(m.lanes)), n)
	m.JMP(LabelRef("vectors"))
	m.Label("done")
	m.VZEROUPPER()
	m.RET()
}
