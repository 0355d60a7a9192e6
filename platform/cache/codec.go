package cache

import (
	"encoding/json"

	"google.golang.org/protobuf/proto"
)

// Codec turns answers of one kind into bytes and back. Its version is kept with them: raise it when the meaning of an
// answer changes, and what an older or newer release left is not read.
type Codec[T any] struct {
	version byte
	encode  func(T) ([]byte, error)
	decode  func([]byte) (T, error)
}

// JSON keeps values of any type that encoding/json can read back.
func JSON[T any](version byte) Codec[T] {
	return Codec[T]{
		version: version,
		encode:  func(answer T) ([]byte, error) { return json.Marshal(answer) },
		decode: func(data []byte) (answer T, err error) {
			err = json.Unmarshal(data, &answer)
			return answer, err
		},
	}
}

// Proto keeps messages, such as Proto[*catalogv1.Product](1).
func Proto[T proto.Message](version byte) Codec[T] {
	var none T
	message := none.ProtoReflect().Type()
	return Codec[T]{
		version: version,
		encode:  func(answer T) ([]byte, error) { return proto.Marshal(answer) },
		decode: func(data []byte) (T, error) {
			answer := message.New().Interface().(T)
			return answer, proto.Unmarshal(data, answer)
		},
	}
}
