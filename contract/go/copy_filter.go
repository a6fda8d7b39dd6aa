package petcontract

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
)

// An Owner is a character of a tenant. The events of an owner are in one partition of the pet status topic, and their
// SEQUENCE rises.
type Owner struct {
	TenantID string
	OwnerID  uint32
}

// A CopyFilter recognises copies of pet status events, also late ones, by the highest SEQUENCE that it has seen of each owner.
// It needs no list of message ids. The zero value is ready to use, and several goroutines may share it.
//
// Store its state, which json.Marshal returns, together with the offsets of the topic: after a restart without it, a copy
// counts as new. A CopyFilter has some 80 bytes for each owner; Forget bounds that. After the service was restored from a backup,
// SEQUENCE begins again at an earlier number: start with a new CopyFilter then.
type CopyFilter struct {
	mutex   sync.Mutex
	highest map[Owner]uint64
}

// Dispatch decodes a record of the pet status topic and calls the handler's method for its event. If the event is a copy, it does
// not, and returns Duplicate. An event whose handler fails is not recorded as seen, so that it can be dispatched again.
func (f *CopyFilter) Dispatch(ctx context.Context, record Record, handler PetStatusHandler) (Outcome, error) {
	message, headers, err := DecodePetStatus(record)
	if err != nil {
		return Invalid, err
	}
	keyed, ok := message.(interface{ RecordKey() []byte })
	if !ok {
		return Skipped, nil
	}
	// The key of the record is that of its producer; the message has its own.
	id, ok := DecodeKey(keyed.RecordKey())
	if !ok {
		return Invalid, &ContractError{Code: InvalidPayload, Rule: "has no key, so that its owner is unknown"}
	}
	owner := Owner{TenantID: headers.TenantID, OwnerID: id}
	isNew, err := f.IsNew(owner, headers.Sequence)
	if err != nil {
		return Invalid, err
	}
	if !isNew {
		return Duplicate, nil
	}
	outcome, err := handlePetStatus(ctx, message, headers, handler)
	if err == nil {
		err = f.Record(owner, headers.Sequence)
	}
	return outcome, err
}

// IsNew reports whether the SEQUENCE is higher than all that were recorded of the owner.
func (f *CopyFilter) IsNew(owner Owner, sequence string) (bool, error) {
	number, err := numberOf(sequence)
	if err != nil {
		return false, err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return number > f.highest[owner], nil
}

// Record records that the event of an owner with this SEQUENCE was handled.
func (f *CopyFilter) Record(owner Owner, sequence string) error {
	number, err := numberOf(sequence)
	if err != nil {
		return err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.highest == nil {
		f.highest = make(map[Owner]uint64)
	}
	f.highest[owner] = max(number, f.highest[owner])
	return nil
}

// Forget removes what was recorded of an owner. The next event of the owner counts as new, also if it is a copy.
func (f *CopyFilter) Forget(owner Owner) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	delete(f.highest, owner)
}

// Len returns the number of owners of which there is a SEQUENCE.
func (f *CopyFilter) Len() int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return len(f.highest)
}

// MarshalJSON returns the state: the highest SEQUENCE of each owner, by tenant.
func (f *CopyFilter) MarshalJSON() ([]byte, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	state := make(map[string]map[uint32]uint64)
	for owner, number := range f.highest {
		if state[owner.TenantID] == nil {
			state[owner.TenantID] = make(map[uint32]uint64)
		}
		state[owner.TenantID][owner.OwnerID] = number
	}
	return json.Marshal(state)
}

// UnmarshalJSON replaces the state with one that MarshalJSON has returned.
func (f *CopyFilter) UnmarshalJSON(text []byte) error {
	var state map[string]map[uint32]uint64
	if err := json.Unmarshal(text, &state); err != nil {
		return err
	}
	highest := make(map[Owner]uint64)
	for tenant, owners := range state {
		for id, number := range owners {
			highest[Owner{TenantID: tenant, OwnerID: id}] = number
		}
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.highest = highest
	return nil
}

func numberOf(sequence string) (uint64, error) {
	number, err := strconv.ParseUint(sequence, 10, 64)
	if err != nil {
		return 0, &ContractError{Code: InvalidHeaders, Pointer: "/SEQUENCE", Rule: "is missing, or no number"}
	}
	return number, nil
}
