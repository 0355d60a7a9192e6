//go:build unix

package main

import (
	"os"
	"syscall"
)

// lock keeps a second sandbox off the same record. The kernel frees it when the process ends, however it ends.
func lock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
