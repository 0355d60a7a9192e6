package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	"github.com/tradewind-commerce/tradewind/platform/spreadsheet"
	"github.com/tradewind-commerce/tradewind/services"
)

// syncPiece is how many bytes of a file are handed in at once.
const syncPiece = 1 << 20

// syncCommand says what to import, and how to understand it.
type syncCommand struct {
	File    string `required:"" type:"existingfile" help:"Products to import: the export of a known shop, a catalogue, JSON, or a table by a mapping; packed or not."`
	Source  string `help:"The name of the source that the file comes from. Its mapping counts, and what it calls its products."`
	Mapping string `type:"existingfile" help:"A file that says in JSON what the columns mean; it counts before the source's own mapping."`
}

// runSync imports a file in this process, showing how far it is. It fails when the run does; rejected rows are written beside
// the file.
func runSync(ctx context.Context, set *services.Set, cmd syncCommand, out io.Writer) error {
	client, file := set.Sync, cmd.File
	source, mapping := "", []byte(nil)
	var err error
	if cmd.Source != "" {
		if source, err = sourceNamed(ctx, set.Sources, cmd.Source); err != nil {
			return err
		}
	}
	if cmd.Mapping != "" {
		if mapping, err = os.ReadFile(cmd.Mapping); err != nil {
			return err
		}
		if !json.Valid(mapping) {
			return fmt.Errorf("%s: this is no mapping: it must be JSON, such as {\"scope\": \"products\", \"columns\": [{\"column\": \"Art. no.\", \"field\": \"sku\"}]}", filepath.Base(cmd.Mapping))
		}
	}
	run, err := handIn(ctx, client, file, source, mapping)
	if err != nil {
		return err
	}
	performed := make(chan error, 1)
	go func() {
		_, err := client.PerformSyncRun(ctx, &productv1.PerformSyncRunRequest{RunId: run})
		if connect.CodeOf(err) == connect.CodeFailedPrecondition {
			err = nil // a worker of the shop was faster; it is followed just the same
		}
		performed <- err
	}()
	result, err := followRun(ctx, client, run, performed, &progressLine{out: out, terminal: isTerminal(out)})
	if err != nil {
		return err
	}
	switch result.GetState() {
	case productv1.SyncState_SYNC_STATE_FAILED:
		return fmt.Errorf("%s: %s", filepath.Base(file), result.GetProblem())
	case productv1.SyncState_SYNC_STATE_CANCELLED:
		return fmt.Errorf("%s: the import was cancelled; what was applied stays", filepath.Base(file))
	}
	took := result.GetEndTime().AsTime().Sub(result.GetStartTime().AsTime()).Round(100 * time.Millisecond)
	_, err = fmt.Fprintf(out, "%s: %d products in %v: %d created, %d updated, %d unchanged; %d rows rejected\n", filepath.Base(file),
		result.GetProductsTotal(), took, result.GetCreated(), result.GetUpdated(), result.GetUnchanged(), result.GetRejectedRows())
	if err != nil || result.GetRejectedRows() == 0 {
		return err
	}
	list := file + ".rejected.csv"
	if err := writeRejected(ctx, client, run, list); err != nil {
		return fmt.Errorf("write the rejected rows: %w", err)
	}
	_, err = fmt.Fprintf(out, "rejected rows and why: %s\n", list)
	return err
}

// sourceNamed finds a source by its name, whatever the case of its letters.
func sourceNamed(ctx context.Context, client productv1connect.SourceServiceClient, name string) (id string, err error) {
	var known []string
	for req := (&productv1.ListSourcesRequest{PageSize: 100}); ; {
		answer, err := client.ListSources(ctx, req)
		if err != nil {
			return "", fmt.Errorf("find the source: %w", err)
		}
		for _, source := range answer.GetSources() {
			if strings.EqualFold(source.GetName(), name) {
				return source.GetId(), nil
			}
			known = append(known, strconv.Quote(source.GetName()))
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return "", fmt.Errorf("there is no source called %q; the sources are %s", name, strings.Join(known, ", "))
		}
	}
}

// handIn opens a run, sends the file in pieces and queues the run. A mapping that cannot be used ends it.
func handIn(ctx context.Context, client productv1connect.SyncServiceClient, file, source string, mapping []byte) (run string, err error) {
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }()
	created, err := client.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: fileName(file), SourceId: source})
	if err != nil {
		return "", fmt.Errorf("open an import: %w", err)
	}
	run = created.GetRun().GetId()
	piece := make([]byte, syncPiece)
	for offset := int64(0); ; {
		n, readErr := io.ReadFull(in, piece)
		if n > 0 {
			_, err := client.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Offset: offset, Data: piece[:n]})
			if err != nil {
				return "", fmt.Errorf("hand in the file: %w", err)
			}
			offset += int64(n)
		}
		if errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF) {
			break
		}
		if readErr != nil {
			return "", readErr
		}
	}
	if _, err := client.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run, Mapping: mapping}); err != nil {
		if connect.CodeOf(err) == connect.CodeInvalidArgument {
			_, cancelled := client.CancelSyncRun(ctx, &productv1.CancelSyncRunRequest{RunId: run})
			err = errors.Join(err, cancelled)
		}
		return "", fmt.Errorf("queue the import: %w", err)
	}
	return run, nil
}

// fileName is a file's name as far as a run can keep it.
func fileName(file string) string {
	name := filepath.Base(file)
	if len(name) > 250 {
		name = name[:250]
	}
	return strings.ToValidUTF8(name, "")
}

// followRun shows a run's progress until it ended, whoever performs it.
func followRun(
	ctx context.Context, client productv1connect.SyncServiceClient, run string, performed <-chan error, show *progressLine,
) (*productv1.SyncRun, error) {
	every := time.NewTicker(watchEvery)
	defer every.Stop()
	for {
		var failure error
		select {
		case failure = <-performed:
			performed = nil // asked once; from here on the run itself tells
		case <-every.C:
		case <-ctx.Done():
			show.end()
			if performed != nil {
				<-performed //nolint:errcheck // it gives the run back; the run itself tells how it went
			}
			return nil, fmt.Errorf("stopped; a worker of the shop goes on with run %s: %w", run, ctx.Err())
		}
		answer, err := client.GetSyncRun(ctx, &productv1.GetSyncRunRequest{RunId: run})
		if err = errors.Join(failure, err); err != nil {
			show.end()
			return nil, err
		}
		switch state := answer.GetRun().GetState(); state {
		case productv1.SyncState_SYNC_STATE_DONE, productv1.SyncState_SYNC_STATE_FAILED, productv1.SyncState_SYNC_STATE_CANCELLED:
			if performed == nil { // else this process still cleans up after it
				show.end()
				return answer.GetRun(), nil
			}
		default:
			show.show(progressText(answer.GetRun()))
		}
	}
}

// writeRejected writes the rejected rows of a run as CSV, and the file whole or not at all.
func writeRejected(ctx context.Context, client productv1connect.SyncServiceClient, run, path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".rejected-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // fails when it has been renamed
	buffer := bufio.NewWriter(file)
	rows := csv.NewWriter(buffer)
	err = rows.Write([]string{"row", "key", "column", "value", "reason"})
	req := &productv1.ListRejectedRowsRequest{RunId: run, PageSize: 1000}
	for err == nil {
		var answer *productv1.ListRejectedRowsResponse
		if answer, err = client.ListRejectedRows(ctx, req); err != nil {
			break
		}
		for _, r := range answer.GetRows() {
			cells := []string{strconv.FormatInt(r.GetRow(), 10), r.GetProductKey(), r.GetColumn(), r.GetValue(), r.GetReason()}
			for i := range cells {
				cells[i] = spreadsheet.Guard(cells[i])
			}
			if err = rows.Write(cells); err != nil {
				break
			}
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	rows.Flush()
	if err = errors.Join(err, rows.Error(), buffer.Flush(), file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
