//go:build webp && nodynamic

package media

import (
	"image"
	"io"

	"github.com/gen2brain/webp"
)

// WebP is built in with `-tags webp,nodynamic` only: see docs/decisions about images for what it costs. Without the
// second tag the encoder looks for a system library, and the program would need a dynamic linker.
func init() {
	encoders = append(encoders, encoder{format: "webp", contentType: "image/webp", write: writeWebP})
}

func writeWebP(w io.Writer, picture *image.NRGBA, quality int) error {
	return webp.Encode(w, picture, webp.Options{Quality: quality, Method: 4})
}
