// Command vector writes the assembly of the element-wise functions, the reductions of rows and the data movement of
// package kernel, for AVX2 and for AVX-512, and the Go declarations that belong to it.
//
// go generate in package kernel runs it.
package main

import (
	"flag"
	"os"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

// run writes the files that the flags name and returns the exit status.
func run(args []string) int {
	set := flag.NewFlagSet("vector", flag.ContinueOnError)
	flags := build.NewFlags(set)
	if err := set.Parse(args); err != nil {
		return 2
	}
	return build.Main(flags.Config(), assembly())
}

// assembly returns all functions and their data.
func assembly() *build.Context {
	ctx := build.NewContext()
	ctx.ConstraintExpr("amd64")
	table := &constantTable{offsets: map[uint32]int{}}
	for _, m := range []*machine{
		{Context: ctx, suffix: "AVX2", lanes: 8, table: table},
		{Context: ctx, suffix: "AVX512", lanes: 16, wide: true, table: table},
	} {
		for _, k := range elementwiseKernels() {
			k.write(m)
		}
		for _, k := range mathKernels() {
			k.write(m)
		}
		for _, f := range folds() {
			f.write(m)
		}
		m.writeRows("joinRows", "copies rows of n floats at a, stride bytes apart, to dst.", false)
		m.writeRows("splatRows", "writes the first float of each row of a n times to dst.", true)
		for _, c := range conversions() {
			c.writeTo(m)
		}
		m.writeTranspose()
		m.writeAdamW()
		m.emitTail()
	}
	table.emit(ctx)
	ctx.StaticGlobal(byteSymbol)
	ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		ctx.AddDatum(i, operand.U8(1))
	}
	return ctx
}
