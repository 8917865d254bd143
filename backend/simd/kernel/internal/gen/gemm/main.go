// Command gemm writes the assembly of the matrix kernels of package kernel.
//
// Run it by go generate in that package:
//
//	go run ./internal/gen/gemm -dir .
//
// A tile kernel holds a block of C in registers: up to three quads of four rows, by one or more vectors of columns.
// Each step along K loads a row of B as vectors, then multiplies it by one broadcast element of A for each row.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	dir := flag.String("dir", ".", "folder that the generated files are written to")
	flag.Parse()
	if err := generate(*dir); err != nil {
		log.Fatal(err)
	}
}

// function is one assembly routine and the type of its only argument.
type function struct{ name, argument string }

// generate writes gemm_amd64.s and its declarations, gemm_amd64_gen.go.
func generate(dir string) error {
	ctx := build.NewContext()
	var functions []function
	begin := func(name, argument string) {
		ctx.Function(name)
		ctx.Attributes(attr.NOSPLIT)
		ctx.SignatureExpr("func(call *byte)")
		functions = append(functions, function{name, argument})
	}
	for _, w := range []width{wide512(ctx), wide256(ctx)} {
		w.constants()
		for _, shape := range w.shapes {
			begin(fmt.Sprintf("tile%dx%d%s", shape.quads, shape.vectors, w.suffix), "tileCall")
			emitTile(w, shape, false)
			begin(fmt.Sprintf("pack%dx%d%s", shape.quads, shape.vectors, w.suffix), "tileCall")
			emitTile(w, shape, true)
		}
		begin("transpose"+w.suffix, "moveCall")
		w.transpose(w)
		begin("copyPanels"+w.suffix, "moveCall")
		copyPanels(w)
		begin("finishRow"+w.suffix, "finishCall")
		finishRow(w)
	}
	file, err := ctx.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	assembly, err := printer.NewGoAsm(printer.Config{Name: "internal/gen/gemm", Pkg: "kernel"}).Print(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "gemm_amd64.s"), assembly, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "gemm_amd64_gen.go"), declarations(functions), 0o644)
}
