package petcontract

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"testing"
)

// A peerRecord is a record with what the service makes of it: its field Message is message, skip, or the code of its fault.
type peerRecord struct {
	goldenRecord
	// Pointer is that of the fault.
	Pointer string `json:"pointer"`
	// Decoded is the message.
	Decoded any `json:"decoded"`
}

// decoded decodes a record of a channel that Go services send.
func decoded(channel string, record Record) (message any, err error) {
	switch channel {
	case "petCommand":
		message, _, err = DecodePetCommand(record)
	case "petMovement":
		message, _, err = DecodePetMovement(record)
	case "characterStatus":
		message, _, err = DecodeCharacterStatus(record)
	case "assetStatus":
		message, _, err = DecodeAssetStatus(record)
	case "petStatus":
		message, _, err = DecodePetStatus(record)
	case "petCommandStatus":
		message, _, err = DecodePetCommandStatus(record)
	default:
		err = errors.New("there is no decoder for the channel " + channel)
	}
	return message, err
}

// Records of other services, and examples with one field replaced, are decoded to the same messages, or refused with the same code
// and pointer.
func TestPeerRecords(t *testing.T) {
	text, err := os.ReadFile("testdata/peer.json")
	if err != nil {
		t.Fatal(err)
	}
	var peers []peerRecord
	if err := json.Unmarshal(text, &peers); err != nil {
		t.Fatal(err)
	}
	for _, peer := range peers {
		record := peer.record(t)
		message, err := decoded(peer.Channel, record)
		var fault *ContractError
		switch {
		case peer.Message == "skip":
			if _, ok := message.(Unknown); !ok || err != nil {
				t.Errorf("%s: got %v, %v, want a message that is skipped", peer.Name, message, err)
			}
		case peer.Message != "message":
			if !errors.As(err, &fault) || string(fault.Code) != peer.Message || fault.Pointer != peer.Pointer {
				t.Errorf("%s: got %v, want %s at %s", peer.Name, err, peer.Message, peer.Pointer)
			}
		case err != nil:
			t.Errorf("%s: %v", peer.Name, err)
		default:
			checkMessage(t, peer, message)
			checkHeaders(t, peer, record)
		}
	}
}

// checkMessage compares the JSON of a decoded message. Fields that the contract does not list are dropped.
func checkMessage(t *testing.T, peer peerRecord, message any) {
	t.Helper()
	text, err := json.Marshal(message)
	if err != nil {
		t.Errorf("%s: %v", peer.Name, err)
		return
	}
	var got any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if want := listed(peer.Decoded); !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %s\nwant %v", peer.Name, text, want)
	}
}

// unlisted are the fields of peers and replacements that the contract does not list.
var unlisted = []string{"more", "q", "zzz"}

// listed returns JSON without null, which an optional field may have instead of being absent, and without unlisted fields.
func listed(value any) any {
	fields, ok := value.(map[string]any)
	if !ok {
		return value
	}
	kept := make(map[string]any)
	for name, field := range fields {
		if field != nil && !slices.Contains(unlisted, name) {
			kept[name] = listed(field)
		}
	}
	return kept
}

func checkHeaders(t *testing.T, peer peerRecord, record Record) {
	t.Helper()
	again, err := encodedAgain(peer.Channel, record)
	if err != nil || len(again.Headers) != len(record.Headers) {
		t.Errorf("%s: got the headers %v, %v, want %v", peer.Name, again.Headers, err, record.Headers)
	}
}
