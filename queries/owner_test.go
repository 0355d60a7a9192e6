package queries_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	migrationName = regexp.MustCompile(`^\d{14}_([a-z]+)_[a-z_]+\.sql$`)
	createdTable  = regexp.MustCompile(`(?im)^\s*create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?([a-z_]+)`)
	comment       = regexp.MustCompile(`--[^\n]*`)
	text          = regexp.MustCompile(`'[^']*'`)
	// named is a table where a statement reads or writes one, also the second of two with a comma.
	named = regexp.MustCompile(`\b(?:from|join|into|update|using|table|truncate)\s+(?:only\s+)?([a-z_][a-z0-9_]*)(?:(?:\s+as)?(?:\s+[a-z_][a-z0-9_]*)?\s*,\s*([a-z_][a-z0-9_]*))?`)
)

// owners says which service each table belongs to, as the names of the migrations that make them say.
func owners(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	tables := map[string]string{}
	for _, file := range files {
		parts := migrationName.FindStringSubmatch(filepath.Base(file))
		if parts == nil {
			t.Errorf("%s is not named timestamp_owner_what.sql", file)
			continue
		}
		for _, table := range createdTable.FindAllStringSubmatch(statements(t, file), -1) {
			if other, known := tables[table[1]]; known && other != parts[1] {
				t.Errorf("table %s is made by %s and %s", table[1], other, parts[1])
			}
			tables[table[1]] = parts[1]
		}
	}
	return tables
}

// statements is a file's SQL without comments and texts.
func statements(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text.ReplaceAllString(comment.ReplaceAllString(string(content), ""), "''")
}

// A service touches its own tables only: another's rows are asked for, joined by the owner's function, or heard of by event.
func TestOnlyOwnersTouchTables(t *testing.T) {
	t.Parallel()
	tables := owners(t)
	files, err := filepath.Glob("*/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, file := range files {
		service := filepath.Dir(file)
		if service == "migrations" {
			continue
		}
		checked++
		for _, found := range named.FindAllStringSubmatch(strings.ToLower(statements(t, file)), -1) {
			for _, name := range found[1:] {
				if owner, isTable := tables[name]; isTable && owner != service {
					t.Errorf("%s speaks of %s, which belongs to %s", file, name, owner)
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d files of queries were found", checked)
	}
}

// SQL stands in queries, where it is checked, named and owned; Go code holds none of its own, and builds none from pieces.
func TestNoSQLInServices(t *testing.T) {
	t.Parallel()
	statement := regexp.MustCompile("(?i)[\"`]\\s*(select\\s.+\\sfrom|insert\\s+into|update\\s+\\w+\\s+set|delete\\s+from)\\s")
	for _, root := range []string{"../services", "../server", "../worker", "../admin"} {
		err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if entry != nil && entry.Name() == "shoptest" {
				return filepath.SkipDir // a tool of tests that looks at everything
			}
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if found := statement.FindString(string(content)); found != "" {
				t.Errorf("%s holds SQL: %s", path, found)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
