package web

// shrinkCSS drops comments and the spaces that mean nothing. It leaves strings and url() alone, and keeps every space
// that may separate words, selectors or the terms of a calculation.
func shrinkCSS(css []byte) []byte {
	out := make([]byte, 0, len(css))
	space := false // a space is owed before what comes next
	emit := func(text ...byte) {
		if space && len(out) > 0 && !closesUp(out[len(out)-1]) && !opensUp(text[0]) {
			out = append(out, ' ')
		}
		space = false
		if text[0] == '}' && len(out) > 0 && out[len(out)-1] == ';' {
			out = out[:len(out)-1]
		}
		out = append(out, text...)
	}
	for i := 0; i < len(css); {
		c := css[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			space = true
			i++
		case c == '/' && i+1 < len(css) && css[i+1] == '*':
			i = afterComment(css, i)
			if i < len(css) && len(out) > 0 && isWord(out[len(out)-1]) && isWord(css[i]) {
				space = true // the comment stood between two words
			}
		case c == '"' || c == '\'':
			end := afterString(css, i)
			emit(css[i:end]...)
			i = end
		case c == '(' && endsWithURL(out) && !space:
			end := afterURL(css, i)
			emit(css[i:end]...)
			i = end
		case c == '\\' && i+1 < len(css):
			emit(css[i : i+2]...)
			i += 2
		default:
			emit(c)
			i++
		}
	}
	return out
}

// closesUp reports whether no space is needed after c.
func closesUp(c byte) bool {
	switch c {
	case '{', '}', ';', ',', '(', '[', '>', ':', '!':
		return true
	}
	return false
}

// opensUp reports whether no space is needed before c.
func opensUp(c byte) bool {
	switch c {
	case '{', '}', ';', ',', ')', ']', '>', '!':
		return true
	}
	return false
}

func isWord(c byte) bool {
	return c == '-' || c == '_' || c == '%' || c == '#' || c == '.' || c >= 0x80 ||
		'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func afterComment(css []byte, i int) int {
	for i += 2; i+1 < len(css); i++ {
		if css[i] == '*' && css[i+1] == '/' {
			return i + 2
		}
	}
	return len(css)
}

func afterString(css []byte, i int) int {
	quote := css[i]
	for i++; i < len(css); i++ {
		switch css[i] {
		case '\\':
			i++
		case quote, '\n':
			return i + 1
		}
	}
	return len(css)
}

func endsWithURL(out []byte) bool {
	n := len(out)
	return n >= 3 && (out[n-3]|0x20) == 'u' && (out[n-2]|0x20) == 'r' && (out[n-1]|0x20) == 'l' && (n == 3 || !isWord(out[n-4]))
}

// afterURL is where an address without quotes ends; one with quotes is a string like any other.
func afterURL(css []byte, i int) int {
	for i++; i < len(css); i++ {
		switch css[i] {
		case '\\':
			i++
		case '"', '\'':
			i = afterString(css, i) - 1
		case ')':
			return i + 1
		}
	}
	return len(css)
}
