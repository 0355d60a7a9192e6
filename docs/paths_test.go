// Package docs_test holds the texts that lead through the code to what they lead to.
package docs_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// named is a file as texts name it: by its path, or by its name alone where the folder was said before.
	named = regexp.MustCompile("`([\\w./-]+\\.(?:go|sql|proto|templ|ya?ml|json|css))`")
	links = regexp.MustCompile(`\]\(([^)#:]+)\)`)
)

// A newcomer finds each file that the map, the walks and the pages on work and operation name.
func TestNamedFilesAreThere(t *testing.T) {
	root := ".."
	names := map[string]bool{}
	err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == ".git" {
			return fs.SkipDir
		}
		names[entry.Name()] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"README.md", "CONTRIBUTING.md", "docs/walks.md", "docs/operations.md", "docs/performance.md", "docs/guards.md"} {
		content, err := os.ReadFile(filepath.Join(root, text))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(content), -1) {
			if strings.Contains(m[1], "/") {
				wantFile(t, text, filepath.Join(root, m[1]))
			} else if !names[m[1]] {
				t.Errorf("%s names %s, which is nowhere", text, m[1])
			}
		}
		for _, m := range links.FindAllStringSubmatch(string(content), -1) {
			wantFile(t, text, filepath.Join(root, path.Dir(text), m[1]))
		}
	}
}

func wantFile(t *testing.T, text, file string) {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		t.Errorf("%s leads to %s, which is not there", text, file)
	}
}
