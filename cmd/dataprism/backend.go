package main

import (
	"strings"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	"github.com/spf13/cobra"
)

// backends are the engines that --backend chooses from. An engine takes a configuration after a colon.
var backends = map[string]compute.Constructor{
	"simd": simd.New,
	"go":   gobackend.New,
}

// backendVar adds --backend to a command.
func backendVar(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "backend", "simd", `compute engine: "simd" (as fast as the CPU), or "go" (GoMLX's portable one)`)
}

// openBackend starts the engine that --backend names.
func openBackend(name string) (compute.Backend, error) {
	engine, config, _ := strings.Cut(name, ":")
	start, known := backends[engine]
	if !known {
		return nil, usage("there is no backend %q: choose simd or go", engine)
	}
	return start(config)
}
