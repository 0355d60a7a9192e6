package product

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// storedFile reads a run's file piece by piece. The pieces are in the database, so any server may have taken them and any worker
// reads them.
type storedFile struct {
	ctx  context.Context
	db   *postgres.DB
	run  string
	next int64 // offset of the next piece
	size int64
	rest []byte // of the present piece
	read atomic.Int64
}

// Read ends with io.EOF where the file does. A missing piece is io.ErrUnexpectedEOF.
func (f *storedFile) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.next >= f.size {
			return 0, io.EOF
		}
		piece, err := queries.GetSyncPiece(f.ctx, f.db.Primary(), productdb.GetSyncPieceParams{RunID: f.run, ByteOffset: f.next})
		if postgres.IsNoRows(err) {
			return 0, io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		f.rest, f.next = piece, f.next+int64(len(piece))
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	f.read.Add(int64(n))
	return n, nil
}
