package onnx_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/backend/onnx"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

func ExampleWrite() {
	dir, _ := os.MkdirTemp("", "onnx")
	defer os.RemoveAll(dir)
	store := model.NewStore()
	store.RootScope().VariableWithValue("weight", []float32{1, 10, 100})
	x := onnx.Tensor{Name: "x", Shape: shapes.Make(dtypes.Float32, 4, 3)}
	path := filepath.Join(dir, "sum.onnx")
	err := onnx.Write(path, store, []onnx.Tensor{x}, []string{"y"}, func(in []*graph.Node) []*graph.Node {
		weight := store.RootScope().GetVariable("weight").NodeValue(in[0].Graph())
		return []*graph.Node{graph.ReduceSum(graph.Mul(in[0], graph.ExpandLeftToRank(weight, 2)), 1)}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := os.Stat(path)
	fmt.Println(info.Size() > 0, err)
	// Output: true <nil>
}
