package main

import (
	"errors"
	"os"
	"os/user"
	"strconv"
)

// An owner is the user that PostgreSQL and the other servers run as when the launcher is root, which they refuse to be.
type owner struct {
	name     string
	uid, gid uint32
}

// serverOwner is nil for an ordinary user, whose servers run as that user.
func serverOwner() (*owner, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
		if errUID == nil && errGID == nil && uid != 0 {
			return &owner{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as")
}

// give makes a file or folder the owner's.
func (o *owner) give(path string) error {
	if o == nil {
		return nil
	}
	return os.Lchown(path, int(o.uid), int(o.gid))
}

// folder makes a private folder of the owner's.
func (o *owner) folder(path string) error {
	if err := makeFolder(path, 0o700); err != nil {
		return err
	}
	return o.give(path)
}

// file writes a private file of the owner's.
func (o *owner) file(path, content string) error {
	if err := writeFile(path, []byte(content), 0o600); err != nil {
		return err
	}
	return o.give(path)
}
