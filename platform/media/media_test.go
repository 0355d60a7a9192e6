package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
	"time"

	"golang.org/x/image/draw"
)

var (
	red   = color.NRGBA{200, 30, 30, 255}
	green = color.NRGBA{30, 160, 60, 255}
	blue  = color.NRGBA{40, 60, 200, 255}
	gold  = color.NRGBA{220, 190, 40, 255}
)

// quarters is a picture whose corners tell which way up it is: red, green over blue, gold.
func quarters(width, height int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			row := [2]color.NRGBA{red, green}
			if y >= height/2 {
				row = [2]color.NRGBA{blue, gold}
			}
			picture.SetNRGBA(x, y, row[x*2/width])
		}
	}
	return picture
}

func asJPEG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exifBlock is the smallest block that states an orientation.
func exifBlock(order binary.AppendByteOrder, orientation uint16) []byte {
	block := []byte("II*\x00")
	if order == binary.BigEndian {
		block = []byte("MM\x00*")
	}
	block = order.AppendUint32(block, 8)
	block = order.AppendUint16(block, 2)
	block = append(order.AppendUint32(order.AppendUint16(order.AppendUint16(block, 0x010f), 2), 1), 'x', 0, 0, 0)
	block = order.AppendUint32(order.AppendUint16(order.AppendUint16(block, 0x0112), 3), 1)
	block = order.AppendUint16(order.AppendUint16(block, orientation), 0)
	return order.AppendUint32(block, 0)
}

func withEXIF(photo, exif []byte) []byte {
	block := append([]byte("Exif\x00\x00"), exif...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(block)+2))...)
	return append(append(out, block...), photo[2:]...)
}

func near(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	close := func(x, y uint32) bool { return max(x, y)-min(x, y) < 24<<8 }
	return close(r1, r2) && close(g1, g2) && close(b1, b2)
}

func decodeVariant(t *testing.T, v Variant) image.Image {
	t.Helper()
	picture, err := jpeg.Decode(bytes.NewReader(v.Bytes))
	if err != nil {
		t.Fatalf("variant %d: %v", v.Width, err)
	}
	if size := picture.Bounds().Size(); size.X != v.Width || size.Y != v.Height {
		t.Errorf("variant says %d×%d and is %v", v.Width, v.Height, size)
	}
	return picture
}

func jpegsOf(p Picture) []Variant {
	var found []Variant
	for _, v := range p.Variants {
		if v.Format == "jpeg" {
			found = append(found, v)
		}
	}
	return found
}

// A page finds the widths that it asks for, and never a picture blown up.
func TestWidths(t *testing.T) {
	t.Parallel()
	tests := map[int][]int{
		2000: {320, 480, 640, 960, 1280, 1600},
		1600: {320, 480, 640, 960, 1280, 1600},
		1500: {320, 480, 640, 960, 1280, 1500},
		1300: {320, 480, 640, 960, 1280},
		1000: {320, 480, 640, 960},
		320:  {320},
		200:  {200},
		1:    {1},
	}
	maker := New(Config{})
	for width, want := range tests {
		made, err := maker.Make(t.Context(), asJPEG(t, quarters(width, max(1, width*5/4))))
		if err != nil {
			t.Errorf("%d: %v", width, err)
			continue
		}
		var got []int
		for _, v := range jpegsOf(made) {
			got = append(got, v.Width)
			if exact := float64(v.Width) * float64(made.Height) / float64(made.Width); float64(v.Height) < exact-1 || float64(v.Height) > exact+1 {
				t.Errorf("%d: variant %d×%d is stretched", width, v.Width, v.Height)
			}
			if v.Hash != hash(v.Bytes) || v.ContentType != "image/jpeg" {
				t.Errorf("%d: variant %s, %s", width, v.Hash, v.ContentType)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d: widths %v, want %v", width, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%d: widths %v, want %v", width, got, want)
			}
		}
	}
}

// A photograph stands the way it was taken, whichever way the camera was held, and keeps nothing of its EXIF.
func TestOrientation(t *testing.T) {
	t.Parallel()
	corners := map[uint16][4]color.NRGBA{ // upper left, upper right, lower left, lower right
		1: {red, green, blue, gold},
		2: {green, red, gold, blue},
		3: {gold, blue, green, red},
		4: {blue, gold, red, green},
		5: {red, blue, green, gold},
		6: {blue, red, gold, green},
		7: {gold, green, blue, red},
		8: {green, gold, red, blue},
		9: {red, green, blue, gold}, // no such orientation
	}
	maker := New(Config{})
	for orientation, want := range corners {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			made, err := maker.Make(t.Context(), withEXIF(asJPEG(t, quarters(400, 600)), exifBlock(order, orientation)))
			if err != nil {
				t.Fatal(err)
			}
			width, height := 400, 600
			if orientation >= 5 && orientation <= 8 {
				width, height = 600, 400
			}
			if made.Width != width || made.Height != height {
				t.Errorf("orientation %d: %d×%d", orientation, made.Width, made.Height)
			}
			variant := jpegsOf(made)[0]
			if bytes.Contains(variant.Bytes, []byte("Exif")) {
				t.Errorf("orientation %d: EXIF was kept", orientation)
			}
			picture := decodeVariant(t, variant)
			w, h := variant.Width, variant.Height
			for i, at := range []image.Point{{20, 20}, {w - 20, 20}, {20, h - 20}, {w - 20, h - 20}} {
				if got := picture.At(at.X, at.Y); !near(got, want[i]) {
					t.Errorf("orientation %d, corner %d: %v, want %v", orientation, i, got, want[i])
				}
			}
		}
	}
	// Of a PNG, too.
	upright := asPNG(t, quarters(400, 600))
	chunk := append([]byte("eXIf"), exifBlock(binary.BigEndian, 6)...)
	turned := append([]byte{}, upright[:33]...) // signature and IHDR
	turned = append(binary.BigEndian.AppendUint32(turned, uint32(len(chunk)-4)), chunk...)
	turned = append(binary.BigEndian.AppendUint32(turned, crc32.ChecksumIEEE(chunk)), upright[33:]...)
	if p, err := maker.Inspect(turned); err != nil || p.Width != 600 || p.ContentType != "image/png" {
		t.Errorf("turned PNG: %+v, %v", p, err)
	}
}

// What is see-through shows white, not black.
func TestTransparency(t *testing.T) {
	t.Parallel()
	picture := quarters(400, 400)
	draw.Draw(picture, image.Rect(0, 0, 200, 200), image.Transparent, image.Point{}, draw.Src)
	made, err := New(Config{}).Make(t.Context(), asPNG(t, picture))
	if err != nil {
		t.Fatal(err)
	}
	variant := decodeVariant(t, jpegsOf(made)[0])
	if got := variant.At(20, 20); !near(got, color.White) {
		t.Errorf("see-through corner is %v", got)
	}
	if got := variant.At(300, 20); !near(got, green) {
		t.Errorf("opaque corner is %v", got)
	}
}

// Every kind of picture that suppliers send is taken, a GIF by its first frame.
func TestKinds(t *testing.T) {
	t.Parallel()
	var animation bytes.Buffer
	palette := color.Palette{color.White, red, green}
	first, second := image.NewPaletted(image.Rect(0, 0, 50, 50), palette), image.NewPaletted(image.Rect(0, 0, 50, 50), palette)
	draw.Draw(first, first.Rect, image.NewUniform(red), image.Point{}, draw.Src)
	draw.Draw(second, second.Rect, image.NewUniform(green), image.Point{}, draw.Src)
	if err := gif.EncodeAll(&animation, &gif.GIF{Image: []*image.Paletted{first, second}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	grey := image.NewGray16(image.Rect(0, 0, 40, 50))
	tests := map[string]struct {
		content     []byte
		contentType string
	}{
		"jpeg":        {asJPEG(t, quarters(40, 50)), "image/jpeg"},
		"grey jpeg":   {asJPEG(t, grey), "image/jpeg"},
		"16-bit png":  {asPNG(t, grey), "image/png"},
		"gif":         {animation.Bytes(), "image/gif"},
		"lossy webp":  {lossyWebP, "image/webp"},
		"webp canvas": {extendedWebP(1, 1, lossyWebP[12:]), "image/webp"},
	}
	for name, tc := range tests {
		made, err := New(Config{}).Make(t.Context(), tc.content)
		if err != nil || made.ContentType != tc.contentType || made.Hash != hash(tc.content) || len(jpegsOf(made)) != 1 {
			t.Errorf("%s: %s with %d variants, %v", name, made.ContentType, len(made.Variants), err)
			continue
		}
		if name == "gif" && !near(decodeVariant(t, made.Variants[0]).At(25, 25), red) {
			t.Error("the GIF's first frame is not what is shown")
		}
	}
}

// lossyWebP is the smallest lossy WebP, one pixel.
var lossyWebP = []byte("RIFF\x22\x00\x00\x00WEBPVP8 \x16\x00\x00\x000\x01\x00\x9d\x01*\x01\x00\x01\x00\x0e\xc0\xfe%\xa4\x00\x03p\x00\x00\x00\x00")

// extendedWebP names a canvas of any size before a frame.
func extendedWebP(width, height uint32, frame []byte) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00")
	for _, side := range []uint32{width - 1, height - 1} {
		out = append(out, byte(side), byte(side>>8), byte(side>>16))
	}
	out = append(out, frame...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// pngHead is a PNG that says how large it is and then ends.
func pngHead(width, height uint32) []byte {
	chunk := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	chunk = append(chunk, 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, chunk...), crc32.ChecksumIEEE(chunk))
}

// A small file that unpacks to gigabytes is refused by its head, and so is all that is no picture.
func TestRefused(t *testing.T) {
	t.Parallel()
	bomb := bytes.Clone(lossyWebP)
	binary.LittleEndian.PutUint16(bomb[26:], 16383)
	binary.LittleEndian.PutUint16(bomb[28:], 16383)
	photo := asJPEG(t, quarters(400, 500))
	tests := map[string]struct {
		content []byte
		want    error
	}{
		"png of a gigapixel":     {pngHead(60_000, 60_000), ErrTooLarge},
		"png over the limit":     {pngHead(8000, 5001), ErrTooLarge},
		"narrow giant":           {pngHead(1, 16_001), ErrTooLarge},
		"png without data":       {pngHead(100, 100), ErrDamaged},
		"webp frame over canvas": {extendedWebP(1, 1, bomb[12:]), ErrTooLarge},
		"webp canvas too large":  {extendedWebP(15_000, 15_000, lossyWebP[12:]), ErrTooLarge},
		"gif of a gigapixel":     {append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"), ';'), ErrTooLarge},
		"cut jpeg":               {photo[:len(photo)/2], ErrDamaged},
		"jpeg without a frame":   {[]byte("\xff\xd8\xff\xd9"), ErrDamaged},
		"too many bytes":         {append(bytes.Clone(photo), make([]byte, 21<<20)...), ErrTooLarge},
		"svg":                    {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), ErrType},
		"html":                   {[]byte("<html>"), ErrType},
		"tiff":                   {[]byte("II*\x00\x08\x00\x00\x00"), ErrType},
		"nothing":                {nil, ErrType},
	}
	maker := New(Config{})
	for name, tc := range tests {
		if made, err := maker.Make(t.Context(), tc.content); !errors.Is(err, tc.want) || len(made.Variants) != 0 {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
		if _, err := maker.Inspect(tc.content); !errors.Is(tc.want, ErrDamaged) && !errors.Is(err, tc.want) {
			t.Errorf("inspect %s: %v, want %v", name, err, tc.want)
		}
	}
	if p, err := maker.Inspect(pngHead(8000, 5000)); err != nil || p.Width != 8000 || p.Height != 5000 {
		t.Errorf("exactly the limit: %+v, %v", p, err)
	}
}

// Only so many pictures are worked on at a time; the others wait as long as their caller does.
func TestPicturesWaitTheirTurn(t *testing.T) {
	t.Parallel()
	photo := asJPEG(t, quarters(400, 500))
	maker := New(Config{Workers: 1, Memory: 30 << 20})
	for name, gate := range map[string]interface {
		Acquire(context.Context, int64) error
		Release(int64)
	}{"workers": maker.workers, "memory": maker.memory} {
		held := int64(1)
		if name == "memory" {
			held = 29 << 20
		}
		if err := gate.Acquire(t.Context(), held); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, err := maker.Make(ctx, photo); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s taken: %v", name, err)
		}
		cancel()
		gate.Release(held)
		if _, err := maker.Make(t.Context(), photo); err != nil {
			t.Errorf("%s free again: %v", name, err)
		}
	}
	// A picture that needs more than there is in all still gets its turn, alone.
	if _, err := New(Config{Memory: 1}).Make(t.Context(), photo); err != nil {
		t.Error(err)
	}
}

// Whatever is uploaded, the answer is variants within the limits or one of the three errors.
func FuzzMake(f *testing.F) {
	photo := asJPEG(f, quarters(33, 21))
	f.Add(photo)
	f.Add(withEXIF(photo, exifBlock(binary.LittleEndian, 6)))
	f.Add(asPNG(f, quarters(9, 9)))
	f.Add(lossyWebP)
	f.Add(extendedWebP(3, 3, lossyWebP[12:]))
	f.Add(pngHead(3, 3))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x01\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02L\x01\x00;"))
	maker := New(Config{MaxBytes: 1 << 16, MaxPixels: 1 << 16})
	f.Fuzz(func(t *testing.T, content []byte) {
		made, err := maker.Make(t.Context(), content)
		if err != nil {
			if !errors.Is(err, ErrType) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v", err)
			}
			return
		}
		if len(made.Variants) == 0 || made.Width*made.Height > 1<<16 {
			t.Errorf("%d variants of %d×%d", len(made.Variants), made.Width, made.Height)
		}
		for _, v := range made.Variants {
			if v.Width > made.Width || v.Width < 1 || v.Height < 1 || len(v.Bytes) == 0 {
				t.Errorf("variant %d×%d of %d×%d", v.Width, v.Height, made.Width, made.Height)
			}
		}
	})
}

// BenchmarkMake is the cost of one photograph as a feed brings it, for the decision page.
func BenchmarkMake(b *testing.B) {
	photo := asJPEG(b, quarters(2000, 2500))
	maker := New(Config{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := maker.Make(b.Context(), photo); err != nil {
			b.Fatal(err)
		}
	}
}
