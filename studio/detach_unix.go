//go:build unix

package studio

import (
	"os/exec"
	"syscall"
)

// detach keeps what stops the server, such as Ctrl-C in its terminal, from stopping a child too.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
