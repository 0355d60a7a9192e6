// Package sample is the shop that a fresh installation opens with: products, words and pictures of the project's own making.
package sample

import (
	"embed"
	"io/fs"
)

// Hero is the wide picture for the home page, in Files.
const Hero = "images/hero.jpg"

//go:embed products.json images
var files embed.FS

// Files holds products.json and the pictures that its src and image fields name.
func Files() fs.FS { return files }

// Products is products.json: an array of products as a merchant's feed brings them.
func Products() []byte {
	content, err := files.ReadFile("products.json")
	if err != nil {
		panic(err) // it is part of the program
	}
	return content
}
