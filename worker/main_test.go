package main

import (
	"reflect"
	"strings"
	"testing"
)

// Whoever copies the list of jobs from the help leaves none out.
func TestHelpNamesEachJob(t *testing.T) {
	t.Parallel()
	field, _ := reflect.TypeFor[settings]().FieldByName("Jobs")
	if help := field.Tag.Get("help"); !strings.Contains(help, strings.Join(jobNames(), ", ")) {
		t.Errorf("JOBS says %q, and the jobs are %q", help, jobNames())
	}
}
