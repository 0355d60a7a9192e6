//go:build race

package feed

import "time"

// bombTime is how long refusing a bomb may take: a second, and some times that where each access is watched.
const bombTime = 10 * time.Second
