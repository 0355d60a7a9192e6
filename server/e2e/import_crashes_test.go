package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	"github.com/tradewind-commerce/tradewind/platform/crash"
)

// The places at which an import dies that somebody runs at a terminal; those at which a worker dies that takes products off sale, or undoes an import; and that of pictures.
var (
	importPlaces  = []string{crash.SyncAfterStage, crash.SyncBeforeCommit, crash.SyncAfterMerge}
	removalPlaces = []string{crash.SyncBeforeRemovalCommit, crash.SyncAfterRemoval}
	undoPlaces    = []string{crash.SyncBeforeUndoCommit, crash.SyncAfterUndo}
	picturePlaces = []string{crash.ImagesAfterPut}
)

// importsDie kills imports at each of their places. The shop's workers finish them, and the same file then finds everything as it says.
func (s *shop) importsDie(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "drill.csv")
	const products = 3000
	for number, point := range repeated(importPlaces) {
		content := "Handle,Title,Variant Price,Variant Inventory Qty\n"
		for i := range products {
			content += fmt.Sprintf("drill-%d,Drill %d,%d.50,%d\n", i, i, 1+number, 10+number)
		}
		write(t, file, content)
		said, status := s.importFile(t, file, "CRASH_AT="+point)
		for try := 0; status == 0 && try < 10; try++ { // a worker of the shop was faster
			content = strings.ReplaceAll(content, fmt.Sprintf(",%d\n", 10+number+try), fmt.Sprintf(",%d\n", 10+number+try+1))
			write(t, file, content)
			said, status = s.importFile(t, file, "CRASH_AT="+point)
		}
		if status != crashStatus {
			t.Fatalf("the import ended with %d, not at %s:\n%s", status, point, said)
		}
		if !full { // else the worker's lease of the run ends by itself
			s.column(t, "update product_sync_runs set lease_time = now() where lease_time > now() returning id::text")
		}
		await(t, "a worker to finish the import", func() bool {
			return s.column(t, "select count(*)::text from product_sync_runs where phase <> 'ended'")[0] == "0"
		})
		if said, status := s.importFile(t, file); status != 0 || !strings.Contains(said, fmt.Sprintf("0 created, 0 updated, %d unchanged; 0 rows rejected", products)) {
			t.Errorf("after a death at %s the same file ended with %d:\n%s", point, status, said)
		}
		wrong := s.column(t, `select e.key from product_source_items e join product_variants v on v.product_id = e.product_id left join stock_items i on i.variant_id = v.id
			where e.key like 'drill-%' and (v.price_minor <> $1 or i.on_hand is distinct from v.feed_on_hand) limit 5`, (1+number)*100+50)
		if len(wrong) > 0 {
			t.Errorf("after a death at %s the price or stock of %v is not as the file says", point, wrong)
		}
	}
	s.picturesDie(t)
	s.recover(t)
	s.check(t, "")
}

// afterImportsDie kills a worker while it takes products off sale that their source no longer has, and while it undoes an import. It goes on where it was: what is gone is off
// sale and nothing else, and what was undone is as it was.
func (s *shop) afterImportsDie(t *testing.T) {
	staff := s.asStaff(t, "products.read", "products.write")
	client := s.asShopper(t, "product", 0)
	created, err := productv1connect.NewSourceServiceClient(client).CreateSource(staff, &productv1.CreateSourceRequest{Settings: &productv1.SourceSettings{
		Name: "Drill", Kind: productv1.SourceKind_SOURCE_KIND_FILES, GonePolicy: productv1.GonePolicy_GONE_POLICY_ARCHIVE, GoneLimitPercent: proto.Int32(100),
	}})
	if err != nil {
		t.Fatal(err)
	}
	runs := productv1connect.NewSyncServiceClient(client)
	const products = 30
	queue := func(prefix string, n, price int) string {
		content := "Handle,Title,Variant Price,Variant Inventory Qty\n"
		for i := range n {
			content += fmt.Sprintf("%s-%d,Drill %s %d,%d.50,7\n", prefix, i, prefix, i, price)
		}
		run, err := runs.CreateSyncRun(staff, &productv1.CreateSyncRunRequest{FileName: "drill.csv", SourceId: created.GetSource().GetId()})
		if err == nil {
			_, err = runs.AppendSyncFile(staff, &productv1.AppendSyncFileRequest{RunId: run.GetRun().GetId(), Data: []byte(content)})
		}
		if err == nil {
			_, err = runs.StartSyncRun(staff, &productv1.StartSyncRunRequest{RunId: run.GetRun().GetId()})
		}
		if err != nil {
			t.Fatal(err)
		}
		return run.GetRun().GetId()
	}
	ends := func(run, state string) {
		t.Helper()
		if !full { // else the dead worker's lease of the run ends by itself
			s.column(t, "update product_sync_runs set lease_time = now() where id = $1 and lease_time > now() returning id::text", run)
		}
		await(t, "the import to be "+state, func() bool { return s.column(t, "select state from product_sync_runs where id = $1", run)[0] == state })
	}
	stand := func(prefix string) string {
		return s.column(t, `select coalesce(string_agg(state || ' at ' || price_minor || ': ' || n, ', ' order by state), 'none') from (
			select p.state, v.price_minor, count(*) as n from products p join product_source_items e on e.product_id = p.id join product_variants v on v.product_id = p.id
			where e.key like $1 || '-%' group by 1, 2) x`, prefix)[0]
	}
	for number, point := range repeated(removalPlaces) {
		prefix := fmt.Sprintf("gone%d", number)
		ends(queue(prefix, products, 5), "done")
		run := ""
		s.dieAt(t, "worker1", []string{point}, func(string) {
			if run == "" {
				run = queue(prefix, products/3, 5)
			}
		})
		ends(run, "done")
		if got, want := stand(prefix), "active at 550: 10, archived at 550: 20"; got != want {
			t.Errorf("after a death at %s the products are %s, want %s", point, got, want)
		}
	}
	for number, point := range repeated(undoPlaces) {
		prefix := fmt.Sprintf("undone%d", number)
		ends(queue(prefix, products/2, 5), "done")
		run := queue(prefix, products, 6)
		ends(run, "done")
		s.dieAt(t, "worker1", []string{point}, func(string) {
			if _, err := runs.UndoSyncRun(staff, &productv1.UndoSyncRunRequest{RunId: run}); err != nil {
				t.Fatal(err)
			}
		})
		ends(run, "undone")
		if got, want := stand(prefix), "active at 550: 15"; got != want {
			t.Errorf("after a death at %s the products are %s, want %s", point, got, want)
		}
	}
	s.recover(t)
	s.check(t, "")
}

// picturesDie kills the loading of a shop's own products when a picture is stored and its product has not got it. Loading again, once another
// may try, gives each product its pictures.
func (s *shop) picturesDie(t *testing.T) {
	folder := t.TempDir()
	for i := range 3 {
		var picture bytes.Buffer
		if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 600+i, 400)), nil); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, fmt.Sprintf("drill-%d.jpg", i)), picture.String())
	}
	write(t, filepath.Join(folder, "products.json"), `[{"key": "drill-pictures", "name": "Drill with pictures", "price": "5.00",
		"images": ["drill-0.jpg", "drill-1.jpg", "drill-2.jpg"]}]`)
	for _, point := range picturePlaces {
		if said, status := s.runServer(t, "", []string{"CRASH_AT=" + point}, "seed", "--folder", folder); status != crashStatus {
			t.Fatalf("loading ended with %d, not at %s:\n%s", status, point, said)
		}
		s.column(t, "update product_images set next_try = now() where next_try is not null returning id::text") // else after some minutes
		if said, status := s.runServer(t, "", nil, "seed", "--folder", folder); status != 0 {
			t.Errorf("loading again ended with %d:\n%s", status, said)
		}
	}
	complete := s.column(t, `select count(*)::text from product_images i join product_source_items e on e.product_id = i.product_id where e.key = 'drill-pictures' and i.files is not null`)[0]
	if complete != "3" {
		t.Errorf("%s of 3 pictures are there", complete)
	}
}
