package feed

import (
	"archive/zip"
	"errors"
	"io"
)

const (
	maxGrowth  = 200      // times that a file may grow when it is unpacked: dull lists and sheets reach 50, bombs 1,000
	freeGrowth = 10 << 20 // unpacked bytes that need not be in proportion: one record may be all blanks
)

var (
	// errSize says that a file holds more than one may.
	errSize = errors.New("larger than a file may be")
	// errGrowth says that a packed file grows as no list of products does.
	errGrowth = errors.New("unpacks to too much")
)

// grown is how many bytes may become of packed ones.
func grown(packed int64) int64 { return freeGrowth + maxGrowth*packed }

// packedSize is how many bytes of an archive of a size a part takes, which the archive says itself.
func packedSize(part *zip.File, archive int64) int64 {
	return int64(min(part.CompressedSize64, uint64(archive)))
}

// allowance is how many bytes may still be unpacked of a file, by all that read parts of it.
type allowance struct{ left, max int64 }

// unpacking bounds what becomes of packed bytes: those of an archive's part, a gzip file, a spreadsheet's sheet.
type unpacking struct {
	from   io.Reader
	room   *allowance
	packed func() int64 // packed bytes as far as they are read; nil where nothing is packed
	size   int64        // unpacked so far
}

// Read fails with errSize where the file's room ends, and with errGrowth where the bytes are out of proportion.
func (u *unpacking) Read(p []byte) (int, error) {
	if u.room.left < 0 {
		return 0, errSize
	}
	n, err := u.from.Read(p)
	u.size += int64(n)
	u.room.left -= int64(n)
	switch {
	case u.room.left < 0:
		return 0, errSize
	case u.packed != nil && u.size > grown(u.packed()):
		return 0, errGrowth
	default:
		return n, err
	}
}
