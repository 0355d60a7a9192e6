//go:build !unix

package main

import "os"

// lock is left to the operator where files cannot be locked in a portable way.
func lock(*os.File) error { return nil }

func unlock(*os.File) error { return nil }

// syncFolder has no portable way.
func syncFolder(string) error { return nil }
