package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Installing must start no service and make no cluster, and leave the machine's own rules as they were, even when
// apt-get fails or an earlier launcher was killed in the middle.
func TestInstall(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before   map[string]string // what is on the machine
		apt      string            // what apt-get does
		fails    bool
		after    map[string]string
		afterNot []string
	}{
		"a bare machine": {
			apt:      "exit 0",
			afterNot: []string{policyPath, clusterPath},
		},
		"a machine with its own policy": {
			before:   map[string]string{policyPath: "#!/bin/sh\nexit 0\n"},
			apt:      "exit 0",
			after:    map[string]string{policyPath: "#!/bin/sh\nexit 0\n"},
			afterNot: []string{clusterPath},
		},
		"apt-get fails": {
			before:   map[string]string{policyPath: "#!/bin/sh\nexit 0\n"},
			apt:      "echo no such package; exit 100",
			fails:    true,
			after:    map[string]string{policyPath: "#!/bin/sh\nexit 0\n"},
			afterNot: []string{clusterPath},
		},
		"the lists are missing": {
			apt:      `case "$1" in update) touch "$ROOT/updated";; install) test -e "$ROOT/updated";; esac`,
			after:    map[string]string{"updated": ""},
			afterNot: []string{policyPath, clusterPath},
		},
		"an earlier launcher was killed": {
			before: map[string]string{
				policyPath: policyContent, policyPath + ".before-tradewind": "#!/bin/sh\nexit 7\n",
				clusterPath: clusterContent,
			},
			apt:      "exit 0",
			after:    map[string]string{policyPath: "#!/bin/sh\nexit 7\n"},
			afterNot: []string{clusterPath, policyPath + ".before-tradewind"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			put := func(path, content string, mode os.FileMode) {
				path = filepath.Join(root, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), mode); err != nil {
					t.Fatal(err)
				}
			}
			for path, content := range tc.before {
				put(path, content, 0o755)
			}
			put("apt-get", "#!/bin/sh\nROOT="+root+"\n\"$ROOT/"+policyPath+"\"; echo policy $? $* >> "+root+"/seen\n"+
				"cat \"$ROOT/"+clusterPath+"\" >> "+root+"/seen\n"+tc.apt+"\n", 0o755)
			put("dpkg", "#!/bin/sh\nexit 0\n", 0o755)
			err := installer{root: root, apt: filepath.Join(root, "apt-get"), dpkg: filepath.Join(root, "dpkg"),
				log: filepath.Join(root, "log")}.run([]string{"postgresql"})
			if (err != nil) != tc.fails {
				t.Fatalf("got error %v", err)
			}
			if tc.fails && !strings.Contains(err.Error(), "no such package") {
				t.Errorf("the error does not say why: %v", err)
			}
			seen, _ := os.ReadFile(filepath.Join(root, "seen"))
			for _, want := range []string{"policy 101 install", "postgresql", "create_main_cluster = false"} {
				if !strings.Contains(string(seen), want) {
					t.Errorf("while apt-get ran there was no %q: %s", want, seen)
				}
			}
			for path, want := range tc.after {
				if got, err := os.ReadFile(filepath.Join(root, path)); err != nil || string(got) != want {
					t.Errorf("%s is %q, %v; want %q", path, got, err, want)
				}
			}
			for _, path := range tc.afterNot {
				if exists(filepath.Join(root, path)) {
					t.Errorf("%s is left", path)
				}
			}
		})
	}
}

// Whoever may not install must read the exact line that does.
func TestMissingText(t *testing.T) {
	t.Parallel()
	text := missingText(t.Context(), []dependency{postgresPackage, brokerPackage}, true)
	if want := "sudo apt-get install -y --no-install-recommends postgresql rabbitmq-server"; !strings.Contains(text, want) {
		t.Errorf("%q does not say %q", text, want)
	}
}
