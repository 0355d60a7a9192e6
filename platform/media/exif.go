package media

import (
	"bytes"
	"encoding/binary"
)

// walkJPEG returns the EXIF block of a JPEG, if any, and whether it is stored in passes.
func walkJPEG(content []byte) (exif []byte, progressive bool) {
	for i := 2; i+4 <= len(content); {
		if content[i] != 0xff {
			return exif, progressive
		}
		marker := content[i+1]
		if marker == 0xff { // fill
			i++
			continue
		}
		size := int(binary.BigEndian.Uint16(content[i+2:]))
		if marker == 0xda || size < 2 || i+2+size > len(content) { // the scan begins, or the file is cut
			return exif, progressive
		}
		block := content[i+4 : i+2+size]
		switch {
		case marker == 0xe1 && exif == nil && bytes.HasPrefix(block, []byte("Exif\x00\x00")):
			exif = block[6:]
		case marker == 0xc2:
			progressive = true
		}
		i += 2 + size
	}
	return exif, progressive
}

// walkPNG returns the EXIF block of a PNG, if any.
func walkPNG(content []byte) []byte {
	for i := 8; i+12 <= len(content); {
		size := int64(binary.BigEndian.Uint32(content[i:]))
		if size > int64(len(content)-i-12) {
			return nil
		}
		if string(content[i+4:i+8]) == "eXIf" {
			return content[i+8 : i+8+int(size)]
		}
		i += 12 + int(size)
	}
	return nil
}

// walkWebP returns the EXIF block of a WebP, if any, and the largest size that any of its frames claims: the head of an
// extended file names a canvas, which its frames need not keep to, and it is the frame that is decoded.
func walkWebP(content []byte) (exif []byte, width, height int) {
	for i := 12; i+8 <= len(content); {
		size := int64(binary.LittleEndian.Uint32(content[i+4:]))
		if size > int64(len(content)-i-8) {
			size = int64(len(content) - i - 8)
		}
		block := content[i+8 : i+8+int(size)]
		switch string(content[i : i+4]) {
		case "VP8 ":
			if len(block) >= 10 {
				width = max(width, int(binary.LittleEndian.Uint16(block[6:])&0x3fff))
				height = max(height, int(binary.LittleEndian.Uint16(block[8:])&0x3fff))
			}
		case "VP8L":
			if len(block) >= 5 {
				bits := binary.LittleEndian.Uint32(block[1:])
				width, height = max(width, int(bits&0x3fff)+1), max(height, int(bits>>14&0x3fff)+1)
			}
		case "EXIF":
			exif = bytes.TrimPrefix(block, []byte("Exif\x00\x00"))
		}
		i += 8 + int(size) + int(size&1)
	}
	return exif, width, height
}

// orientation finds tag 0x0112 in the first directory of an EXIF block. A block that makes no sense means upright.
func orientation(exif []byte) int {
	const upright = 1
	if len(exif) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(exif[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	start := int64(order.Uint32(exif[4:]))
	if start+2 > int64(len(exif)) {
		return upright
	}
	entries := exif[start+2:]
	for range order.Uint16(exif[start:]) {
		if len(entries) < 12 {
			return upright
		}
		if order.Uint16(entries) == 0x0112 {
			value := order.Uint16(entries[8:])
			if order.Uint16(entries[2:]) != 3 || value < 1 || value > 8 {
				return upright
			}
			return int(value)
		}
		entries = entries[12:]
	}
	return upright
}
