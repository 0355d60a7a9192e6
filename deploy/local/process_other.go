//go:build !linux && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package main

import (
	"os"
	"syscall"
)

// Elsewhere the launcher builds, so that `go vet ./...` works, but says that it cannot run.
const supported = false

func processStart(int) (string, bool)                              { return "", false }
func processesFrom(string) map[int]string                          { return nil }
func processesIn(_, _ string) []int                                { return nil }
func attributes(*owner, bool, syscall.Signal) *syscall.SysProcAttr { return nil }
func endWithParent()                                               {}
func sendSignal(int, syscall.Signal)                               {}
func killGroup(int)                                                {}
func lockFile(_ *os.File, _ bool) (bool, error)                    { return true, nil }

// memoryFolder is not known here: databases of tests are on the disk.
const memoryFolder = "."

func roomInMemory(string) bool { return false }
func ownFolder(string) bool    { return false }
