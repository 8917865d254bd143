package kernel

import "slices"

// fuseProducts returns the program's instructions with each addition of a product that nothing else reads turned into
// one OpFMA. The product's own instruction stays, dead, so that registers keep their numbers.
func fuseProducts(p *Program) []Instr {
	uses := make([]int, len(p.Inputs)+len(p.Instrs))
	for _, in := range p.Instrs {
		for _, r := range in.operands() {
			uses[r]++
		}
	}
	for _, out := range p.Outputs {
		uses[out.Register]++
	}
	fused := slices.Clone(p.Instrs)
	for i, in := range fused {
		if in.Op != OpAdd {
			continue
		}
		for _, terms := range [2][2]int{{in.A, in.B}, {in.B, in.A}} {
			at := terms[0] - len(p.Inputs)
			if at < 0 || uses[terms[0]] != 1 {
				continue
			}
			switch product := fused[at]; product.Op {
			case OpMul:
				fused[i] = Instr{Op: OpFMA, A: product.A, B: product.B, C: terms[1]}
			case OpSquare:
				fused[i] = Instr{Op: OpFMA, A: product.A, B: product.A, C: terms[1]}
			default:
				continue
			}
			break
		}
	}
	return fused
}
