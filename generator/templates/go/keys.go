package contract

import "encoding/binary"

const keyLength = 8

// EncodeKey returns the key of an id: 8 bytes, the little-endian uint32 and four zero bytes. All producers must choose the
// partition as the default partitioner of the Java client does, by murmur2 of the key, to keep the records of an id in one
// partition. franz-go does so by itself. segmentio/kafka-go, sarama and librdkafka choose another partition by default.
func EncodeKey(id uint32) []byte {
	key := make([]byte, keyLength)
	binary.LittleEndian.PutUint32(key, id)
	return key
}

// DecodeKey returns the id of a key. It reports false if the bytes are no such key.
func DecodeKey(key []byte) (id uint32, ok bool) {
	if len(key) != keyLength || binary.LittleEndian.Uint32(key[4:]) != 0 {
		return 0, false
	}
	return binary.LittleEndian.Uint32(key), true
}
