package rpc

import (
	"encoding/base64"
	"encoding/json"
)

// PageToken makes the opaque token of the next page from the last row's sort key, a struct of a few fields.
func PageToken(key any) string {
	raw, err := json.Marshal(key)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ParsePageToken reads a token back into the same kind of struct. The empty token leaves it as it is.
func ParsePageToken(token string, key any) error {
	if token == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(raw, key)
	}
	if err != nil {
		return InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	return nil
}

// PageSize applies a method's default to a size that validation has bounded.
func PageSize(asked, usual int32) int32 {
	if asked <= 0 {
		return usual
	}
	return asked
}
