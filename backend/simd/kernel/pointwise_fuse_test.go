package kernel

import "testing"

func TestOnlyProductsOfOneReaderAreFused(t *testing.T) {
	inputs := []Operand{{Strides: []int{1}}, {Strides: []int{1}}}
	mul, add := Instr{Op: OpMul, A: 0, B: 1}, Instr{Op: OpAdd, A: 1, B: 2}
	for name, c := range map[string]struct {
		p    Program
		last Instr
	}{
		"product on the right": {Program{Inputs: inputs, Instrs: []Instr{mul, add}, Outputs: []Output{{Register: 3}}}, Instr{Op: OpFMA, A: 0, B: 1, C: 1}},
		"square on the left":   {Program{Inputs: inputs, Instrs: []Instr{{Op: OpSquare, A: 1}, {Op: OpAdd, A: 2, B: 0}}, Outputs: []Output{{Register: 3}}}, Instr{Op: OpFMA, A: 1, B: 1, C: 0}},
		"product also stored":  {Program{Inputs: inputs, Instrs: []Instr{mul, add}, Outputs: []Output{{Register: 3}, {Register: 2}}}, add},
		"product read twice":   {Program{Inputs: inputs, Instrs: []Instr{mul, {Op: OpAdd, A: 2, B: 2}}, Outputs: []Output{{Register: 3}}}, Instr{Op: OpAdd, A: 2, B: 2}},
		"no product":           {Program{Inputs: inputs, Instrs: []Instr{{Op: OpExp}, add}, Outputs: []Output{{Register: 3}}}, add},
	} {
		if got := fuseProducts(&c.p)[1]; got != c.last {
			t.Errorf("%s: got %+v, want %+v", name, got, c.last)
		}
	}
}
