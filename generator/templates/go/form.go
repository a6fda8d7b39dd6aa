package contract

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A form is how the value of a header is written.
type form[T any] struct {
	words string
	write func(T) []byte
	read  func([]byte) (T, bool)
}

// A headerReader reads headers one after the other. It keeps the first fault.
type headerReader struct {
	headers []Header
	fault   *ContractError
}

func brokenHeader(name, rule string) *ContractError {
	return &ContractError{Code: InvalidHeaders, Pointer: pointerTo(name), Rule: rule}
}

// only returns the value of a header that is there once.
func only(headers []Header, name string) (value []byte, count int) {
	for _, header := range headers {
		if header.Key == name {
			value = header.Value
			count++
		}
	}
	return value, count
}

// requiredHeader reads a header that must be there once, and well-formed.
func requiredHeader[T any](r *headerReader, name string, as form[T]) T {
	var zero T
	if r.fault != nil {
		return zero
	}
	bytes, count := only(r.headers, name)
	switch {
	case count == 0:
		r.fault = brokenHeader(name, "is missing from the headers")
		return zero
	case count > 1:
		r.fault = brokenHeader(name, "is a header that is there more than once")
		return zero
	}
	value, ok := as.read(bytes)
	if !ok {
		r.fault = brokenHeader(name, "is a header that must be "+as.words)
		return zero
	}
	return value
}

// optionalHeader reads a header. One that is malformed or repeated counts as absent.
func optionalHeader[T any](r *headerReader, name string, as form[T]) *T {
	bytes, count := only(r.headers, name)
	if count != 1 {
		return nil
	}
	value, ok := as.read(bytes)
	if !ok {
		return nil
	}
	return &value
}

// A headerWriter writes headers one after the other. It keeps the first fault.
type headerWriter struct {
	headers []Header
	fault   *ContractError
}

// writeHeader writes a header. It must be as a reader expects it.
func writeHeader[T any](w *headerWriter, name string, value T, as form[T]) {
	bytes := as.write(value)
	if _, ok := as.read(bytes); !ok && w.fault == nil {
		w.fault = brokenHeader(name, "is a header that must be "+as.words)
	}
	w.headers = append(w.headers, Header{Key: name, Value: bytes})
}

// writeText writes a header if it is not empty.
func writeText[T ~string](w *headerWriter, name string, value T, as form[T]) {
	if value != "" {
		writeHeader(w, name, value, as)
	}
}

// writeOptional writes a header if there is one.
func writeOptional[T any](w *headerWriter, name string, value *T, as form[T]) {
	if value != nil {
		writeHeader(w, name, *value, as)
	}
}

// withHeaders returns headers with others added, which replace those of the same names.
func withHeaders(headers, added []Header) []Header {
	kept := make([]Header, 0, len(headers)+len(added))
	for _, header := range headers {
		if _, count := only(added, header.Key); count == 0 {
			kept = append(kept, header)
		}
	}
	return append(kept, added...)
}

// textForm is UTF-8 text. A length, or a number of members between commas, of -1 is not bounded.
func textForm[T ~string](pattern *regexp.Regexp, maxLength, maxMembers int) form[T] {
	return form[T]{
		words: "text of its form",
		write: func(text T) []byte { return []byte(text) },
		read: func(bytes []byte) (T, bool) {
			text := string(bytes)
			ok := utf8.Valid(bytes) &&
				(maxLength < 0 || utf8.RuneCountInString(text) <= maxLength) &&
				(maxMembers < 0 || strings.Count(text, ",") < maxMembers) &&
				(pattern == nil || pattern.MatchString(text))
			return T(text), ok
		},
	}
}

// oneOf is a text from a list. Readers accept texts that are not in it: newer writers may have more of them.
func oneOf[T ~string](values ...T) form[T] {
	as := textForm[T](nil, -1, -1)
	as.write = func(text T) []byte {
		for _, value := range values {
			if value == text {
				return []byte(text)
			}
		}
		// No reader accepts it.
		return []byte{0xff}
	}
	as.words = "one of its values"
	return as
}

var uuidPattern = regexp.MustCompile("^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")

// uuidForm is a UUID, in lower case.
var uuidForm = form[string]{
	words: "a UUID",
	write: func(text string) []byte { return []byte(strings.ToLower(text)) },
	read: func(bytes []byte) (string, bool) {
		return strings.ToLower(string(bytes)), uuidPattern.Match(bytes)
	},
}

// asciiForm is ASCII text that is not empty. A length of -1 is not bounded.
func asciiForm(maxLength int) form[string] {
	return form[string]{
		words: "ASCII text that is not empty and not too long",
		write: func(text string) []byte { return []byte(text) },
		read: func(bytes []byte) (string, bool) {
			for _, b := range bytes {
				if b > 0x7f {
					return "", false
				}
			}
			return string(bytes), len(bytes) > 0 && (maxLength < 0 || len(bytes) <= maxLength)
		},
	}
}

// uint16Form is a big-endian number of 2 bytes. Two ASCII digits are refused: they are a number that was written as text.
var uint16Form = form[uint16]{
	words: "2 bytes, a big-endian uint16, and not two digits",
	write: func(number uint16) []byte { return binary.BigEndian.AppendUint16(nil, number) },
	read: func(bytes []byte) (uint16, bool) {
		if len(bytes) != 2 || isDigit(bytes[0]) && isDigit(bytes[1]) {
			return 0, false
		}
		return binary.BigEndian.Uint16(bytes), true
	},
}

func isDigit(b byte) bool {
	return b >= '0' && b <= '9'
}

var traceparentPattern = regexp.MustCompile("^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")

// traceparentForm is version 00 of a W3C trace context, whose ids are not all zero.
var traceparentForm = form[string]{
	words: "a W3C traceparent",
	write: func(text string) []byte { return []byte(text) },
	read: func(bytes []byte) (string, bool) {
		text := string(bytes)
		ok := traceparentPattern.MatchString(text) &&
			strings.Trim(text[3:35], "0") != "" && strings.Trim(text[36:52], "0") != ""
		return text, ok
	},
}

// integerForm is an integer in decimal notation.
var integerForm = form[int64]{
	words: "an integer",
	write: func(number int64) []byte { return strconv.AppendInt(nil, number, 10) },
	read: func(bytes []byte) (int64, bool) {
		number, fault := readInteger[int64](bytes)
		return number, fault == nil && json.Valid(bytes) && number > -maxExactInteger && number < maxExactInteger
	},
}

// numberForm is a number in its usual notation.
var numberForm = form[float64]{
	words: "a number",
	write: func(number float64) []byte {
		if math.IsNaN(number) || math.IsInf(number, 0) {
			return nil
		}
		text, _ := json.Marshal(number)
		return text
	},
	read: func(bytes []byte) (float64, bool) {
		number, fault := readNumber(bytes)
		return number, fault == nil
	},
}

// boolForm is true or false.
var boolForm = form[bool]{
	words: "true or false",
	write: func(value bool) []byte { return strconv.AppendBool(nil, value) },
	read: func(bytes []byte) (bool, bool) {
		return string(bytes) == "true", string(bytes) == "true" || string(bytes) == "false"
	},
}

// jsonForm is JSON.
var jsonForm = form[json.RawMessage]{
	words: "JSON",
	write: func(raw json.RawMessage) []byte { return raw },
	read: func(bytes []byte) (json.RawMessage, bool) {
		return bytes, utf8.Valid(bytes) && json.Valid(bytes)
	},
}

// writeBytes writes a header if it is not nil.
func writeBytes(w *headerWriter, name string, value json.RawMessage, as form[json.RawMessage]) {
	if value != nil {
		writeHeader(w, name, value, as)
	}
}
