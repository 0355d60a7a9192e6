package media

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// maxSide keeps narrow giants out, whose few pixels still make long work.
const maxSide = 16_000

// head is what the first bytes of a picture tell.
type head struct {
	contentType   string
	width, height int // as stored
	orientation   int // EXIF, 1 to 8
	pixelBytes    int64
	decode        func(io.Reader) (image.Image, error)
}

// turned tells whether width and height change places when the picture is set upright.
func (h head) turned() bool { return h.orientation >= 5 }

func (h head) seenWidth() int {
	if h.turned() {
		return h.height
	}
	return h.width
}

func (h head) seenHeight() int {
	if h.turned() {
		return h.width
	}
	return h.height
}

// memory foresees what decoding takes, with the scaled copies beside it.
func (h head) memory() int64 {
	return int64(h.width)*int64(h.height)*h.pixelBytes + 24<<20
}

// inspect reads the head of a picture and holds it to the limits.
func (m *Maker) inspect(original []byte) (head, error) {
	if int64(len(original)) > m.cfg.MaxBytes {
		return head{}, fmt.Errorf("%w: %d bytes, over %d", ErrTooLarge, len(original), m.cfg.MaxBytes)
	}
	h, config, err := sniff(original)
	if err != nil {
		return head{}, err
	}
	h.width, h.height = max(h.width, config.Width), max(h.height, config.Height)
	if h.width <= 0 || h.height <= 0 {
		return head{}, fmt.Errorf("%w: it has no size", ErrDamaged)
	}
	if h.width > maxSide || h.height > maxSide || int64(h.width)*int64(h.height) > m.cfg.MaxPixels {
		return head{}, fmt.Errorf("%w: %d × %d pixels, over %d million or a side over %d",
			ErrTooLarge, h.width, h.height, m.cfg.MaxPixels/1_000_000, maxSide)
	}
	return h, nil
}

// sniff goes by the content alone; neither a file's name nor a server's Content-Type is believed.
func sniff(original []byte) (head, image.Config, error) {
	var h head
	var read func(io.Reader) (image.Config, error)
	switch {
	case bytes.HasPrefix(original, []byte("\xff\xd8\xff")):
		h, read = head{contentType: "image/jpeg", decode: jpeg.Decode, pixelBytes: 3}, jpeg.DecodeConfig
		exif, progressive := walkJPEG(original)
		h.orientation = orientation(exif)
		if progressive {
			h.pixelBytes = 15 // the decoder keeps the coefficients of every pass
		}
	case bytes.HasPrefix(original, []byte("\x89PNG\r\n\x1a\n")):
		h, read = head{contentType: "image/png", decode: png.Decode, pixelBytes: 4}, png.DecodeConfig
		h.orientation = orientation(walkPNG(original))
	case bytes.HasPrefix(original, []byte("GIF87a")), bytes.HasPrefix(original, []byte("GIF89a")):
		h, read = head{contentType: "image/gif", decode: gif.Decode, pixelBytes: 2, orientation: 1}, gif.DecodeConfig
	case len(original) > 16 && string(original[:4]) == "RIFF" && string(original[8:12]) == "WEBP":
		h, read = head{contentType: "image/webp", decode: webp.Decode, pixelBytes: 6}, webp.DecodeConfig
		var exif []byte
		exif, h.width, h.height = walkWebP(original)
		h.orientation = orientation(exif)
	default:
		return head{}, image.Config{}, ErrType
	}
	config, err := read(bytes.NewReader(original))
	if err != nil {
		return head{}, image.Config{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if config.ColorModel == color.RGBA64Model || config.ColorModel == color.NRGBA64Model {
		h.pixelBytes = 8
	}
	return h, config, nil
}
