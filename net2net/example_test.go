package net2net_test

import (
	"fmt"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/weights"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// What a model is, is read off the names and shapes in a file of its weights.
func ExampleDetect() {
	config := net2net.DefaultFlow(8, 3)
	config.Blocks, config.Hidden = 2, 16
	written := &net2net.Model{Flow: &config}
	backend, err := simd.New("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()
	store := model.NewStore()
	_, f, err := written.Build(store)
	if err != nil {
		fmt.Println(err)
		return
	}
	// The first batch makes the weights.
	if _, err := model.CallOnce(backend, store, func(_ *model.Scope, z, labels *Node) *Node {
		return f.Start(z, f.Flow.Condition(labels))
	}, [][]float32{make([]float32, config.Dim), make([]float32, config.Dim)}, []int32{0, 1}); err != nil {
		fmt.Println(err)
		return
	}
	var file weights.File
	if err := written.Export(store, &file); err != nil {
		fmt.Println(err)
		return
	}
	found, err := net2net.Detect(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Flow.Dim, found.Flow.Collections, found.Flow.Blocks, found.Flow.Hidden)
	// Output: 8 3 2 16
}
