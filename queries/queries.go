// Package queries owns the shape of the database: its changes in order, carried inside each program that may apply them.
package queries

import (
	"embed"
	"io/fs"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the changes that make the database, named timestamp_owner_what.sql. They only go forward.
var Migrations = migrations()

func migrations() fs.FS {
	folder, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // the name above is wrong
	}
	return folder
}
