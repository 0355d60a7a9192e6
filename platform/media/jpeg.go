package media

import (
	"image"
	"image/jpeg"
	"io"
)

// encoders are the formats that are made of every picture. JPEG comes first and always.
var encoders = []encoder{{format: "jpeg", contentType: "image/jpeg", write: writeJPEG}}

// writeJPEG takes opaque pictures. The encoder is quick for RGBA only, and opaque NRGBA has the same bytes.
func writeJPEG(w io.Writer, picture *image.NRGBA, quality int) error {
	rgba := &image.RGBA{Pix: picture.Pix, Stride: picture.Stride, Rect: picture.Rect}
	return jpeg.Encode(w, rgba, &jpeg.Options{Quality: quality})
}
