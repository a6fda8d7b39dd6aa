package contract

import (
	"errors"
	"strconv"
	"strings"
)

// A Code is the kind of a breach of the contract.
type Code string

const (
	// InvalidJSON means that a value is no JSON in UTF-8, or that there is none.
	InvalidJSON Code = "INVALID_JSON"
	// InvalidPayload means that a value breaks the contract.
	InvalidPayload Code = "INVALID_PAYLOAD"
	// InvalidHeaders means that a header is missing, malformed or repeated.
	InvalidHeaders Code = "INVALID_HEADERS"
)

// A ContractError is the first breach of the contract in a record or message.
type ContractError struct {
	Code Code
	// Pointer is the JSON pointer of the field, or the header: of a missing one, its own. Empty is the whole value.
	Pointer string
	// Rule is the rule that is broken: the rest of a sentence that begins with the pointer.
	Rule string
}

// Error returns the breach as a sentence.
func (e *ContractError) Error() string {
	if e.Pointer == "" {
		return string(e.Code) + ": the value " + e.Rule
	}
	return string(e.Code) + ": " + e.Pointer + " " + e.Rule
}

var errNoMessage = errors.New("there is no message to encode")

func broken(pointer, rule string) *ContractError {
	return &ContractError{Code: InvalidPayload, Pointer: pointer, Rule: rule}
}

// under returns the error with a pointer that begins further up.
func (e *ContractError) under(pointer string) *ContractError {
	e.Pointer = pointer + e.Pointer
	return e
}

// asError returns nil, and not an interface of a nil pointer, if there is no fault.
func asError(fault *ContractError) error {
	if fault == nil {
		return nil
	}
	return fault
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func pointerTo(name string) string {
	return "/" + pointerEscapes.Replace(name)
}

func pointerAt(index int) string {
	return "/" + strconv.Itoa(index)
}
