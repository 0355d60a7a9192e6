//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps a second sandbox off the same record. The kernel frees it when the process ends, however it ends.
func lock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// unlock does not wait for every copy of the file to be closed: a program that is just being started holds one for a moment.
func unlock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
}

// syncFolder makes a new file's name survive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
