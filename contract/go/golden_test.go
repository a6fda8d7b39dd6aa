package petcontract

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// A goldenRecord is an example of the contract with the bytes of its record, in hex.
type goldenRecord struct {
	Channel string `json:"channel"`
	Message string `json:"message"`
	Name    string `json:"name"`
	Key     string `json:"key"`
	Value   string `json:"value"`
	Headers []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"headers"`
}

func (g goldenRecord) record(t *testing.T) Record {
	t.Helper()
	record := Record{Key: bytesOf(t, g.Key), Value: bytesOf(t, g.Value)}
	for _, header := range g.Headers {
		record.Headers = append(record.Headers, Header{Key: header.Key, Value: bytesOf(t, header.Value)})
	}
	return record
}

func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// goldenRecords returns the records of a file in testdata.
func goldenRecords(t *testing.T, file string) []goldenRecord {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var records []goldenRecord
	if err := json.Unmarshal(text, &records); err != nil {
		t.Fatal(err)
	}
	return records
}

// encodedAgain decodes a record and encodes the result.
func encodedAgain(channel string, record Record) (Record, error) {
	switch channel {
	case "petCommand":
		return again(record, DecodePetCommand, EncodePetCommand)
	case "petMovement":
		return again(record, DecodePetMovement, EncodePetMovement)
	case "characterStatus":
		return again(record, DecodeCharacterStatus, EncodeCharacterStatus)
	case "assetStatus":
		return again(record, DecodeAssetStatus, EncodeAssetStatus)
	case "petStatus":
		return again(record, DecodePetStatus, EncodePetStatus)
	case "petCommandStatus":
		return again(record, DecodePetCommandStatus, EncodePetCommandStatus)
	default:
		headers, err := DecodeDeadLetter(record)
		if err != nil {
			return Record{}, err
		}
		return EncodeDeadLetter(Record{Key: record.Key, Value: record.Value}, headers)
	}
}

func again[M, H any](record Record, decode func(Record) (M, H, error), encode func(M, H) (Record, error)) (Record, error) {
	message, headers, err := decode(record)
	if err != nil {
		return Record{}, err
	}
	return encode(message, headers)
}

func TestExamples(t *testing.T) {
	golden := goldenRecords(t, "examples.json")
	if len(golden) < 30 {
		t.Fatalf("there are only %d examples", len(golden))
	}
	for _, example := range golden {
		t.Run(example.Channel+"/"+example.Message+"/"+example.Name, func(t *testing.T) {
			want := example.record(t)
			got, err := encodedAgain(example.Channel, want)
			if err != nil {
				t.Fatal(err)
			}
			if example.Key != "" && !bytes.Equal(got.Key, want.Key) {
				t.Errorf("key: got %x, want %x", got.Key, want.Key)
			}
			if !bytes.Equal(got.Value, want.Value) {
				t.Errorf("value:\n got %s\nwant %s", got.Value, want.Value)
			}
			if len(got.Headers) != len(want.Headers) {
				t.Fatalf("got %d headers, want %d", len(got.Headers), len(want.Headers))
			}
			for i, header := range want.Headers {
				if got.Headers[i].Key != header.Key || !bytes.Equal(got.Headers[i].Value, header.Value) {
					t.Errorf("header %d: got %s %x, want %s %x", i, got.Headers[i].Key, got.Headers[i].Value, header.Key, header.Value)
				}
			}
		})
	}
}

// Every valid record is refused without one of its required headers, and with one of them twice.
func TestTenantHeaders(t *testing.T) {
	for _, example := range goldenRecords(t, "examples.json") {
		if example.Channel == "deadLetter" {
			continue
		}
		for i := range 4 {
			record := example.record(t)
			missing := record
			missing.Headers = append(append([]Header(nil), record.Headers[:i]...), record.Headers[i+1:]...)
			if _, err := encodedAgain(example.Channel, missing); err == nil {
				t.Errorf("%s is accepted without %s", example.Message, record.Headers[i].Key)
			}
			twice := record
			twice.Headers = append(append([]Header(nil), record.Headers...), record.Headers[i])
			if _, err := encodedAgain(example.Channel, twice); err == nil {
				t.Errorf("%s is accepted with %s twice", example.Message, record.Headers[i].Key)
			}
		}
	}
}

// A dead letter may hold a record without a value.
func TestDeadLetterWithoutValue(t *testing.T) {
	for _, example := range goldenRecords(t, "examples.json") {
		if example.Channel != "deadLetter" {
			continue
		}
		record := example.record(t)
		record.Value = nil
		headers, err := DecodeDeadLetter(record)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := EncodeDeadLetter(Record{}, headers); err != nil || again.Value != nil {
			t.Errorf("got %v, %v", again, err)
		}
	}
}
