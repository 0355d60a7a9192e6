package services

import (
	"compress/gzip"
	"io"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// ExportFile is an export's file, unpacked while it is read. Each piece of it is asked for when the one before is used up.
func ExportFile(piece func(offset int64) (*productv1.ReadExportResponse, error)) (io.ReadCloser, error) {
	return gzip.NewReader(&exportPieces{piece: piece})
}

type exportPieces struct {
	piece func(offset int64) (*productv1.ReadExportResponse, error)
	next  int64 // where the next piece begins
	size  int64 // of the packed file; known with its first piece
	rest  []byte
}

func (e *exportPieces) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.next > 0 && e.next >= e.size {
			return 0, io.EOF
		}
		answer, err := e.piece(e.next)
		if err != nil {
			return 0, err
		}
		if len(answer.GetData()) == 0 {
			return 0, io.ErrUnexpectedEOF
		}
		e.rest, e.size, e.next = answer.GetData(), answer.GetSize(), e.next+int64(len(answer.GetData()))
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}
