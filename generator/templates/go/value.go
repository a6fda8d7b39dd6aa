package contract

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// A decoder decodes a JSON value.
type decoder[T any] func(json.RawMessage) (T, *ContractError)

// An object is a JSON object whose fields are read one after the other. It keeps the first fault.
type object struct {
	fields map[string]json.RawMessage
	fault  *ContractError
}

// parse returns the value of a record if it is JSON.
func parse(value []byte) (json.RawMessage, *ContractError) {
	if value == nil {
		return nil, &ContractError{Code: InvalidJSON, Rule: "is missing"}
	}
	if !utf8.Valid(value) {
		return nil, &ContractError{Code: InvalidJSON, Rule: "is not UTF-8"}
	}
	var raw json.RawMessage
	if err := json.Unmarshal(value, &raw); err != nil {
		return nil, &ContractError{Code: InvalidJSON, Rule: "is not JSON: " + err.Error()}
	}
	return raw, nil
}

// typeOf returns the text in the field that distinguishes messages.
func typeOf(raw json.RawMessage, field string) (string, *ContractError) {
	o, fault := readObject(raw)
	if fault != nil {
		return "", fault
	}
	kind := required(o, field, readText[string])
	return kind, o.fault
}

// readObject decodes the fields of an object. Names must match exactly; of fields with one name the last counts.
func readObject(raw json.RawMessage) (*object, *ContractError) {
	if kindOf(raw) != '{' {
		return nil, broken("", "must be an object")
	}
	o := &object{}
	if err := json.Unmarshal(raw, &o.fields); err != nil {
		return nil, broken("", "must be an object")
	}
	return o, nil
}

// kindOf returns the first character of a JSON value.
func kindOf(raw json.RawMessage) byte {
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	if len(trimmed) == 0 {
		return 0
	}
	return trimmed[0]
}

func isNull(raw json.RawMessage) bool {
	return kindOf(raw) == 'n'
}

func (o *object) fail(name string, fault *ContractError) {
	if o.fault == nil {
		o.fault = fault.under(pointerTo(name))
	}
}

// required reads a field that must be there.
func required[T any](o *object, name string, read decoder[T]) T {
	var zero T
	raw, ok := o.fields[name]
	if !ok {
		o.fail(name, broken("", "is required"))
		return zero
	}
	value, fault := read(raw)
	if fault != nil {
		o.fail(name, fault)
		return zero
	}
	return value
}

// requiredOrNull reads a field that must be there and may be null.
func requiredOrNull[T any](o *object, name string, read decoder[T]) *T {
	if raw, ok := o.fields[name]; ok && isNull(raw) {
		return nil
	}
	value := required(o, name, read)
	return &value
}

// optional reads a field that may be absent.
func optional[T any](o *object, name string, read decoder[T]) *T {
	if _, ok := o.fields[name]; !ok {
		return nil
	}
	value := required(o, name, read)
	return &value
}

// optionalOrNull reads a field that may be absent or null, which is the same.
func optionalOrNull[T any](o *object, name string, read decoder[T]) *T {
	if raw, ok := o.fields[name]; !ok || isNull(raw) {
		return nil
	}
	return optional(o, name, read)
}

// valueOf returns what a pointer points to: nil lists and maps need no pointer.
func valueOf[T any](pointer *T) T {
	if pointer == nil {
		var zero T
		return zero
	}
	return *pointer
}

func readText[T ~string](raw json.RawMessage) (T, *ContractError) {
	var text string
	if kindOf(raw) != '"' || json.Unmarshal(raw, &text) != nil {
		return "", broken("", "must be a string")
	}
	return T(text), nil
}

func readBool(raw json.RawMessage) (bool, *ContractError) {
	var value bool
	if isNull(raw) || json.Unmarshal(raw, &value) != nil {
		return false, broken("", "must be true or false")
	}
	return value, nil
}

func readNumber(raw json.RawMessage) (float64, *ContractError) {
	var value float64
	if isNull(raw) || json.Unmarshal(raw, &value) != nil {
		return 0, broken("", "must be a number")
	}
	return value, nil
}

const maxExactInteger = 1 << 53

// readInteger decodes an integer in any notation of JSON: 1.0 is one.
func readInteger[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](raw json.RawMessage) (T, *ContractError) {
	text := string(bytes.TrimSpace(raw))
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return narrowed[T](number)
	}
	if number, err := strconv.ParseUint(text, 10, 64); err == nil {
		if T(number) < 0 || uint64(T(number)) != number {
			return 0, broken("", "is too large")
		}
		return T(number), nil
	}
	number, fault := readNumber(raw)
	if fault != nil || number != math.Trunc(number) {
		return 0, broken("", "must be an integer")
	}
	if math.Abs(number) >= maxExactInteger {
		return 0, broken("", "is too large")
	}
	return narrowed[T](int64(number))
}

func narrowed[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](number int64) (T, *ContractError) {
	switch value := T(number); {
	case number < 0 && (value >= 0 || int64(value) != number):
		return 0, broken("", "is too small")
	case number >= 0 && (value < 0 || uint64(value) != uint64(number)):
		return 0, broken("", "is too large")
	default:
		return value, nil
	}
}

// readRaw returns a value of any kind.
func readRaw(raw json.RawMessage) (json.RawMessage, *ContractError) {
	return bytes.Clone(raw), nil
}

// listOf returns a decoder of lists.
func listOf[T any](read decoder[T]) decoder[[]T] {
	return func(raw json.RawMessage) ([]T, *ContractError) {
		var items []json.RawMessage
		if kindOf(raw) != '[' || json.Unmarshal(raw, &items) != nil {
			return nil, broken("", "must be a list")
		}
		list := make([]T, len(items))
		for i, item := range items {
			value, fault := read(item)
			if fault != nil {
				return nil, fault.under(pointerAt(i))
			}
			list[i] = value
		}
		return list, nil
	}
}

// mapOf returns a decoder of objects whose fields are all alike.
func mapOf[T any](read decoder[T]) decoder[map[string]T] {
	return func(raw json.RawMessage) (map[string]T, *ContractError) {
		o, fault := readObject(raw)
		if fault != nil {
			return nil, fault
		}
		values := make(map[string]T, len(o.fields))
		for name, field := range o.fields {
			value, fault := read(field)
			if fault != nil {
				return nil, fault.under(pointerTo(name))
			}
			values[name] = value
		}
		return values, nil
	}
}

// orNull returns a decoder of values that may be null.
func orNull[T any](read decoder[T]) decoder[*T] {
	return func(raw json.RawMessage) (*T, *ContractError) {
		if isNull(raw) {
			return nil, nil
		}
		value, fault := read(raw)
		if fault != nil {
			return nil, fault
		}
		return &value, nil
	}
}

// marshal returns JSON without a line end, and with <, > and & as they are.
func marshal(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// isJSON reports whether the bytes are JSON of a kind: { or [, or any kind if it is 0.
func isJSON(raw json.RawMessage, kind byte) bool {
	return json.Valid(raw) && (kind == 0 || kindOf(raw) == kind)
}

// repeatedAt returns where a list has an item for the second time; -1 if all are different.
func repeatedAt[T comparable](items []T) int {
	seen := make(map[T]struct{}, len(items))
	for i, item := range items {
		if _, ok := seen[item]; ok {
			return i
		}
		seen[item] = struct{}{}
	}
	return -1
}
