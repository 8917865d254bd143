//go:build !unix

package studio

import "os/exec"

// detach leaves children to the system where there are no sessions to put them into.
func detach(*exec.Cmd) {}
