package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"runtime"
	"testing"
	"time"
)

// chunk is a part of a PNG.
func chunk(kind string, content []byte) []byte {
	out := append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), kind...)
	out = append(out, content...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// A picture of a few kilobytes can unpack to gigabytes. It is refused by what its first bytes say, before any of it is unpacked: in no
// time, and without memory. The test is not parallel: other tests' memory would count.
func TestBombs(t *testing.T) {
	var zeros bytes.Buffer
	w := zlib.NewWriter(&zeros)
	for range 100 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	png := append(bytes.Clone(pngHead(60_000, 60_000)), chunk("IDAT", zeros.Bytes())...)
	jpeg := []byte("\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00")
	gif := append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08"), bytes.Repeat([]byte{0xff}, 1<<20)...)
	webp := append(extendedWebP(15_000, 15_000, lossyWebP[12:]), make([]byte, 1<<20)...)
	maker := New(Config{})
	for name, bomb := range map[string][]byte{"png": png, "jpeg": append(jpeg, make([]byte, 1<<20)...), "gif": gif, "webp": webp, "21 MB": append(asJPEG(t, quarters(4, 4)), make([]byte, 21<<20)...)} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := maker.Make(t.Context(), bomb)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want %v", name, err, ErrTooLarge)
		}
		if took > time.Second || after.TotalAlloc-before.TotalAlloc > 50<<20 {
			t.Errorf("%s: refusing took %v and %d MB", name, took, (after.TotalAlloc-before.TotalAlloc)>>20)
		}
	}
}
