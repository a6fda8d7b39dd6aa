package petcontract

import (
	"errors"
	"testing"
)

// Records of other services, and examples with one field replaced, are decoded, or refused with the code in their field Message.
func TestPeerRecords(t *testing.T) {
	for _, peer := range goldenRecords(t, "peer.json") {
		record := peer.record(t)
		got, err := encodedAgain(peer.Channel, record)
		var fault *ContractError
		switch {
		case peer.Message == "skip":
			if !errors.Is(err, errNoMessage) && (!errors.As(err, &fault) || fault.Rule != "has a type that the contract does not list") {
				t.Errorf("%s: got %v, want a message that is skipped", peer.Name, err)
			}
		case peer.Message != "message":
			if !errors.As(err, &fault) || string(fault.Code) != peer.Message {
				t.Errorf("%s: got %v, want %s", peer.Name, err, peer.Message)
			}
		case err != nil:
			t.Errorf("%s: %v", peer.Name, err)
		case len(got.Headers) != len(record.Headers):
			t.Errorf("%s: got the headers %v, want %v", peer.Name, got.Headers, record.Headers)
		}
	}
}
