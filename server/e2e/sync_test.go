package e2e

import (
	"context"
	"encoding/csv"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// importFile runs `worker sync --file` as a merchant does at a terminal, and returns what it said and its exit status.
func (s *shop) importFile(t *testing.T, file string, env ...string) (said string, status int) {
	t.Helper()
	return s.finish(t, "worker", "", slices.Concat(s.processes["worker1"].env, env), "sync", "--file", file)
}

// runServer runs one of the server's sub-commands to its end, and returns what it said and its exit status.
func (s *shop) runServer(t *testing.T, input string, env []string, args ...string) (said string, status int) {
	t.Helper()
	return s.finish(t, "server", input, slices.Concat(s.processes["server"].env, []string{"SERVICE_URLS="}, env), args...)
}

func (s *shop) finish(t *testing.T, program, input string, env []string, args ...string) (said string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(binaries, program), args...)
	cmd.Env = slices.Concat(s.env, env)
	cmd.Stdin = strings.NewReader(input)
	cmd.SysProcAttr = dieWithUs()
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatalf("%s %s: %v", program, args[0], err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// Suppliers' files come into a running shop by the command line with the counts that are known of them, and a shopper finds what came in. The
// same file again changes nothing. Of a damaged one the good rows come in, and a list beside it names the bad ones.
func TestWorkerSync(t *testing.T) {
	s := open(t, allInOne, func(process string) []string {
		if strings.HasPrefix(process, "worker") {
			return []string{"JOBS=catalog,products,payment,mail,expiry,sync"} // no suppliers' pictures from the internet
		}
		return nil
	})
	t.Run("damaged file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "damaged.csv")
		write(t, file, "Handle,Title,Type,Variant Price\njug-a,Blue Jug,Odd Jugs,12.50\njug-b,Dear Jug,Odd Jugs,a lot\njug-c,Green Jug,Odd Jugs,7\njug-d,Short Jug\n")
		for _, counts := range []string{"2 created, 0 updated, 0 unchanged; 2 rows rejected", "0 created, 0 updated, 2 unchanged; 2 rows rejected"} {
			if said, status := s.importFile(t, file); status != 0 || !strings.Contains(said, counts) {
				t.Errorf("ended with %d, want %q:\n%s", status, counts, said)
			}
		}
		list, err := os.Open(file + ".rejected.csv")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = list.Close() }()
		rows, err := csv.NewReader(list).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 3 || rows[1][0] != "3" || rows[1][2] != "Variant Price" || rows[1][3] != "a lot" || rows[2][0] != "5" || rows[2][4] == "" {
			t.Errorf("the list says %q", rows)
		}
		s.sells(t, "jug-a", "Blue Jug", "$12.50")
	})
	t.Run("no file of products", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "letter.txt")
		write(t, file, "Dear all,\nthe prices are attached.\n")
		if said, status := s.importFile(t, file); status != 1 || !strings.Contains(said, "letter.txt: ") {
			t.Errorf("ended with %d:\n%s", status, said)
		}
	})
	t.Run("table of no known format", func(t *testing.T) {
		folder := t.TempDir()
		file, mapping := filepath.Join(folder, "list.csv"), filepath.Join(folder, "mapping.json")
		write(t, file, "Nr;Bezeichnung;VK\npot-a;Blue Pot;12,50\n")
		write(t, mapping, `{"scope": "products", "decimal": ",", "columns": [{"column": "Nr", "field": "sku"}, {"column": "Bezeichnung", "field": "name"}, {"column": "VK", "field": "price"}]}`)
		with := func(args ...string) (string, int) {
			return s.finish(t, "worker", "", s.processes["worker1"].env, append([]string{"sync", "--file", file}, args...)...)
		}
		if said, status := s.importFile(t, file); status != 1 || !strings.Contains(said, "Nr, Bezeichnung, VK. Say what each of them means") {
			t.Errorf("without a mapping it ended with %d:\n%s", status, said)
		}
		if said, status := with("--mapping", mapping); status != 0 || !strings.Contains(said, "1 created") {
			t.Errorf("by a mapping it ended with %d:\n%s", status, said)
		}
		if said, status := with("--mapping", file); status != 1 || !strings.Contains(said, "it must be JSON") {
			t.Errorf("by no mapping it ended with %d:\n%s", status, said)
		}
		if said, status := with("--source", "Nobody"); status != 1 || !strings.Contains(said, `no source called "Nobody"`) {
			t.Errorf("of nobody it ended with %d:\n%s", status, said)
		}
		s.sells(t, "blue-pot", "Blue Pot", "$12.50")
	})
	folder := os.Getenv("TEST_FEED_DATA")
	if folder == "" {
		t.Skip("there is no ../shared/data beside the clone, and TEST_FEED_DATA names no folder with Best Buy's and Shopify's sample files")
	}
	for _, try := range []struct {
		file, products, variants, images string
		slug, name, price                string // of one of them
	}{
		{"bestbuy/bestbuy-products-3291.json.gz", "3291", "3291", "3291", "", "LG - V20 with 64GB Memory Cell Phone - Titan (Verizon)", "$729.99"},
		{"shopify/apparel.csv", "20", "22", "20", "classic-varsity-top", "Classic Varsity Top", "$60.00"},
		{"shopify/jewelery.csv", "20", "23", "39", "gemstone", "Gemstone Necklace", "$27.99"},
	} {
		t.Run(try.file, func(t *testing.T) {
			count := func() []string {
				return s.column(t, "select count(*)::text from products union all select count(*)::text from product_variants union all select count(distinct source_url)::text from product_images")
			}
			before := count()
			file := filepath.Join(folder, try.file)
			if said, status := s.importFile(t, file); status != 0 || !strings.Contains(said, try.products+" created, 0 updated, 0 unchanged; 0 rows rejected") {
				t.Fatalf("ended with %d:\n%s", status, said)
			}
			after := count()
			for i, more := range []string{try.products, try.variants, try.images} {
				if number(t, after[i])-number(t, before[i]) != number(t, more) {
					t.Errorf("products, variants and images were %v and are %v; want %+v", before, after, try)
				}
			}
			if said, status := s.importFile(t, file); status != 0 || !strings.Contains(said, "0 created, 0 updated, "+try.products+" unchanged; 0 rows rejected") {
				t.Errorf("again: ended with %d:\n%s", status, said)
			}
			slug := try.slug
			if slug == "" {
				slug = s.column(t, "select slug from products where name = $1", try.name)[0]
			}
			s.sells(t, slug, try.name, try.price)
		})
	}
	s.check(t, "")
}

// sells waits until a shopper sees a product with its price, which is soon after it came in.
func (s *shop) sells(t *testing.T, slug, name, price string) {
	t.Helper()
	visitor := newShopper(t)
	eventually(t, "the shop sells "+name, func() bool {
		visitor.goTo(s.url + "/products/" + slug)
		return visitor.status == http.StatusOK
	})
	if title := strings.TrimSpace(visitor.page.Find("h1").Text()); title != name {
		t.Errorf("the page is of %q, want %q", title, name)
	}
	visitor.expect(price)
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
