//go:build !race

package feed

import "time"

// bombTime is how long refusing a bomb may take.
const bombTime = time.Second
