package e2e

import "syscall"

// dieWithUs lets no process outlive the tests, also when they are killed.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
