package contract

// A Header is a header of a record. A record may have several with one key.
type Header struct {
	Key   string
	Value []byte
}

// A Record is what a topic carries: bytes, without a topic, partition or offset.
type Record struct {
	Key     []byte
	Value   []byte
	Headers []Header
}

// Unknown is decoded from a record whose type is not in the contract: newer writers may send it. Readers skip it.
type Unknown struct {
	// Type is the type that the record names.
	Type string
}

// An Outcome is what became of a record that was dispatched.
type Outcome int

const (
	// Handled means that the handler took the message. If it returned an error, the record may be handled again.
	Handled Outcome = iota
	// Skipped means that the contract does not list the type of the message, so that the handler was not called.
	Skipped
	// Invalid means that the record breaks the contract, so that the handler was not called. The error is a *ContractError.
	Invalid
	// Duplicate means that the message is a copy of one that was handled, so that the handler was not called. Only code that
	// recognises copies returns it; Dispatch functions do not.
	Duplicate
)

// String returns the name of the outcome.
func (o Outcome) String() string {
	switch o {
	case Handled:
		return "handled"
	case Skipped:
		return "skipped"
	case Duplicate:
		return "duplicate"
	default:
		return "invalid"
	}
}

// Validate returns an error: nothing is known of the message.
func (u Unknown) Validate() error {
	return u.check(false)
}

func (Unknown) check(_ bool) *ContractError {
	return broken("", "has a type that the contract does not list")
}

// encode returns the record of a message that was checked.
func encode(fault *ContractError, message any, headers interface{ write(*headerWriter) }, key []byte) (Record, error) {
	if fault != nil {
		return Record{}, fault
	}
	w := &headerWriter{}
	headers.write(w)
	if w.fault != nil {
		return Record{}, w.fault
	}
	value, err := marshal(message)
	if err != nil {
		return Record{}, err
	}
	return Record{Key: key, Value: value, Headers: w.headers}, nil
}

// encodeKeyed returns the record of a message that was checked and has its key.
func encodeKeyed(fault *ContractError, message any, headers interface{ write(*headerWriter) }) (Record, error) {
	keyed, ok := message.(interface{ RecordKey() []byte })
	if !ok || fault != nil {
		return encode(fault, message, headers, nil)
	}
	key := keyed.RecordKey()
	if key == nil {
		return Record{}, broken("", "has no key, because the field for it is no uint32")
	}
	return encode(nil, message, headers, key)
}
