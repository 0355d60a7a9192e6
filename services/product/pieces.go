package product

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// storedFile reads a file that was handed in, of which it holds one piece at a time. The pieces are in the database, so any server may have taken them
// and any worker reads them.
type storedFile struct {
	ctx   context.Context // io.Reader has no place for it
	piece func(ctx context.Context, offset int64) ([]byte, error)
	next  int64 // offset of the next piece
	size  int64
	rest  []byte       // of the present piece
	read  atomic.Int64 // bytes that were read so far; another goroutine may ask
}

// syncFile is the file of a run.
func (s *Service) syncFile(ctx context.Context, run productdb.ProductSyncRun) *storedFile {
	return &storedFile{ctx: ctx, size: run.BytesTotal, piece: func(ctx context.Context, offset int64) ([]byte, error) {
		return queries.GetSyncPiece(ctx, s.cfg.DB.Primary(), productdb.GetSyncPieceParams{RunID: run.ID, ByteOffset: offset})
	}}
}

// uploadedFile is a picture or a file to download on its way in.
func (s *Service) uploadedFile(ctx context.Context, upload productdb.ProductUpload) *storedFile {
	return &storedFile{ctx: ctx, size: upload.BytesTotal, piece: func(ctx context.Context, offset int64) ([]byte, error) {
		return queries.GetUploadPiece(ctx, s.cfg.DB.Primary(), productdb.GetUploadPieceParams{UploadID: upload.ID, ByteOffset: offset})
	}}
}

// Read ends with io.EOF where the file does. A missing piece is io.ErrUnexpectedEOF.
func (f *storedFile) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.next >= f.size {
			return 0, io.EOF
		}
		piece, err := f.piece(f.ctx, f.next)
		if postgres.IsNoRows(err) {
			return 0, io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, fmt.Errorf("get a piece of the file: %w", err)
		}
		f.rest, f.next = piece, f.next+int64(len(piece))
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	f.read.Add(int64(n))
	return n, nil
}

// Seek goes back to the beginning, which is all that a store wants.
func (f *storedFile) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errors.New("a file that was handed in is read from its beginning")
	}
	f.next, f.rest = 0, nil
	return 0, nil
}
