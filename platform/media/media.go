// Package media turns a picture that a merchant uploaded or a feed named into the files that pages show.
//
// Every picture is made anew, pixel by pixel, so what is served holds no script, no camera position and no second
// meaning. Size in pixels is known before anything is decoded, and few pictures are worked on at a time.
package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"
	"runtime"

	"github.com/kovidgoyal/imaging"
	"golang.org/x/sync/semaphore"
)

var (
	// ErrType says that a file is not a JPEG, PNG, GIF or WebP picture, whatever its name says.
	ErrType = errors.New("not a JPEG, PNG, GIF or WebP picture")

	// ErrTooLarge says that a picture has more bytes or pixels than allowed.
	ErrTooLarge = errors.New("picture too large")

	// ErrDamaged says that a picture cannot be decoded.
	ErrDamaged = errors.New("picture damaged")
)

// Widths are what pages ask for in srcset.
var Widths = []int{320, 480, 640, 960, 1280, 1600}

// Config bounds the work. Zero values stand for the defaults.
type Config struct {
	MaxBytes  int64 // of an original: 20 MiB
	MaxPixels int64 // of an original: 40 million
	Workers   int   // pictures in work at a time: half the processors, at least one
	Memory    int64 // bytes that pictures in work may take together, as far as it can be foreseen: 384 MiB
	Quality   int   // of JPEG and WebP: 80
}

// Maker makes variants. It is safe for concurrent use; make one for a process.
type Maker struct {
	cfg     Config
	workers *semaphore.Weighted
	memory  *semaphore.Weighted
}

// Picture is an original and what was made from it. Width and Height are as a person sees it, turned by its EXIF
// orientation.
type Picture struct {
	Width, Height int
	ContentType   string // as its content says
	Hash          string // SHA-256 of the original, in hexadecimal
	Variants      []Variant
}

// Variant is one file to serve. Variants come by format, and by width within it.
type Variant struct {
	Width, Height int
	Format        string // "jpeg" or "webp"
	ContentType   string
	Bytes         []byte
	Hash          string // SHA-256 of Bytes, in hexadecimal
}

// New makes a Maker.
func New(cfg Config) *Maker {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 20 << 20
	}
	if cfg.MaxPixels == 0 {
		cfg.MaxPixels = 40_000_000
	}
	if cfg.Workers == 0 {
		cfg.Workers = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if cfg.Memory == 0 {
		cfg.Memory = 384 << 20
	}
	if cfg.Quality == 0 {
		cfg.Quality = 80
	}
	return &Maker{cfg: cfg, workers: semaphore.NewWeighted(int64(cfg.Workers)), memory: semaphore.NewWeighted(cfg.Memory)}
}

// Inspect tells what a picture is without decoding it: its content type and its size as a person sees it. It returns
// the same errors as Make as far as the head of the file shows them.
func (m *Maker) Inspect(original []byte) (Picture, error) {
	h, err := m.inspect(original)
	if err != nil {
		return Picture{}, err
	}
	return Picture{Width: h.seenWidth(), Height: h.seenHeight(), ContentType: h.contentType, Hash: hash(original)}, nil
}

// Make decodes a picture and encodes it at each of Widths that it fills, never larger than it is. It waits its turn,
// as long as ctx allows.
//
// ErrType, ErrTooLarge and ErrDamaged mean that trying again cannot help.
func (m *Maker) Make(ctx context.Context, original []byte) (Picture, error) {
	h, err := m.inspect(original)
	if err != nil {
		return Picture{}, err
	}
	if err := m.workers.Acquire(ctx, 1); err != nil {
		return Picture{}, fmt.Errorf("wait to make picture: %w", err)
	}
	defer m.workers.Release(1)
	share := min(h.memory(), m.cfg.Memory)
	if err := m.memory.Acquire(ctx, share); err != nil {
		return Picture{}, fmt.Errorf("wait to make picture: %w", err)
	}
	defer m.memory.Release(share)

	h, largest, err := decode(h, original)
	if err != nil {
		return Picture{}, err
	}
	picture := Picture{Width: h.seenWidth(), Height: h.seenHeight(), ContentType: h.contentType, Hash: hash(original)}
	widths := widthsFor(picture.Width)
	for _, encoder := range encoders {
		for _, width := range widths {
			if err := ctx.Err(); err != nil {
				return Picture{}, fmt.Errorf("make picture: %w", err)
			}
			variant, err := encoder.encode(scaled(largest, width), m.cfg.Quality)
			if err != nil {
				return Picture{}, fmt.Errorf("encode picture as %s: %w", encoder.format, err)
			}
			picture.Variants = append(picture.Variants, variant)
		}
	}
	return picture, nil
}

// widthsFor is never empty. A picture that falls well between two widths, or is smaller than all, keeps its own.
func widthsFor(width int) []int {
	var widths []int
	for _, w := range Widths {
		if w <= width {
			widths = append(widths, w)
		}
	}
	biggest := Widths[len(Widths)-1]
	if len(widths) == 0 || width < biggest && width*10 > widths[len(widths)-1]*11 {
		widths = append(widths, width)
	}
	return widths
}

// decode returns a picture upright, on white where it was transparent, at the largest width that is made of it. The
// decoders are well kept, but a crash of one must not take the process with it.
func decode(h head, original []byte) (actual head, upright *image.NRGBA, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, crash)
		}
	}()
	decoded, err := h.decode(bytes.NewReader(original))
	if err != nil {
		return h, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	size := decoded.Bounds().Size()
	if size.X > h.width || size.Y > h.height || size.X == 0 || size.Y == 0 {
		return h, nil, fmt.Errorf("%w: its size is not what its head says", ErrDamaged)
	}
	h.width, h.height = size.X, size.Y // a GIF's first picture may fill a part of its screen
	widths := widthsFor(h.seenWidth())
	width := widths[len(widths)-1]
	height := max(1, h.seenHeight()*width/h.seenWidth())
	if h.turned() {
		width, height = height, width
	}
	// Scaled first, because turning and flattening the small picture is cheaper.
	return h, onWhite(turn(imaging.Resize(decoded, width, height, imaging.CatmullRom), h.orientation)), nil
}

// scaled makes the smaller ones from the largest, which is quicker than from the original and looks the same.
func scaled(largest *image.NRGBA, width int) *image.NRGBA {
	if width == largest.Rect.Dx() {
		return largest
	}
	return imaging.Resize(largest, width, 0, imaging.CatmullRom)
}

// onWhite puts what shines through on white, the colour of a card in the light scheme.
func onWhite(picture *image.NRGBA) *image.NRGBA {
	if picture.Opaque() {
		return picture
	}
	flat := image.NewNRGBA(picture.Rect)
	draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Rect, picture, picture.Rect.Min, draw.Over)
	return flat
}

// turn sets a picture upright by its EXIF orientation.
func turn(picture image.Image, orientation int) *image.NRGBA {
	switch orientation {
	case 2:
		return imaging.FlipH(picture)
	case 3:
		return imaging.Rotate180(picture)
	case 4:
		return imaging.FlipV(picture)
	case 5:
		return imaging.Transpose(picture)
	case 6:
		return imaging.Rotate270(picture) // counter-clockwise, so a quarter to the right
	case 7:
		return imaging.Transverse(picture)
	case 8:
		return imaging.Rotate90(picture)
	}
	if upright, ok := picture.(*image.NRGBA); ok {
		return upright
	}
	return imaging.Clone(picture)
}

// encoder writes one format.
type encoder struct {
	format, contentType string
	write               func(w io.Writer, picture *image.NRGBA, quality int) error
}

func (e encoder) encode(picture *image.NRGBA, quality int) (Variant, error) {
	var out bytes.Buffer
	if err := e.write(&out, picture, quality); err != nil {
		return Variant{}, err
	}
	size := picture.Rect.Size()
	return Variant{
		Width: size.X, Height: size.Y, Format: e.format, ContentType: e.contentType, Bytes: out.Bytes(), Hash: hash(out.Bytes()),
	}, nil
}

// hash is also how platform/blob names content.
func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
