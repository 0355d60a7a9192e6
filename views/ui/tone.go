package ui

// toneIcon is the icon that says the same as the colour, so that colour is never alone.
func toneIcon(tone Tone) IconName {
	switch tone {
	case OK:
		return IconCheck
	case Warn, Bad:
		return IconAlert
	case Sale:
		return IconTag
	default:
		return IconInfo
	}
}
