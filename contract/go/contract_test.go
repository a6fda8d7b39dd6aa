package petcontract

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

const tenant = "083839c6-c47c-42a6-9585-76492795d123"

func commandHeaders() PetCommandHeaders {
	return PetCommandHeaders{TenantHeaders: TenantHeaders{TenantID: tenant, Region: "GMS", MajorVersion: 83, MinorVersion: 1}}
}

func statusHeaders(sequence string) PetStatusHeaders {
	return PetStatusHeaders{TenantHeaders: commandHeaders().TenantHeaders, DeliveryHeaders: DeliveryHeaders{Sequence: sequence}}
}

func status(t *testing.T, message PetStatusMessage, sequence string) Record {
	t.Helper()
	record, err := EncodePetStatus(message, statusHeaders(sequence))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func TestEncode(t *testing.T) {
	lead := true
	record, err := EncodePetCommand(SpawnCommand{ActorID: 12340, PetID: 101, Body: &SpawnBody{Lead: &lead}}, commandHeaders())
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"actorId":12340,"petId":101,"type":"SPAWN","body":{"lead":true}}`; string(record.Value) != want {
		t.Errorf("got %s, want %s", record.Value, want)
	}
	if want := "\x65\x00\x00\x00\x00\x00\x00\x00"; string(record.Key) != want {
		t.Errorf("got %x, want %x", record.Key, want)
	}
	if id, ok := DecodeKey(record.Key); !ok || id != 101 {
		t.Errorf("got %d, %t", id, ok)
	}
	for _, header := range record.Headers {
		if header.Key == "MAJOR_VERSION" && string(header.Value) != "\x00\x53" {
			t.Errorf("got %x", header.Value)
		}
	}
	if len(record.Headers) != 4 {
		t.Errorf("got %d headers: empty ones must not be sent", len(record.Headers))
	}
}

func TestEncodeRefuses(t *testing.T) {
	headers := commandHeaders()
	many := make([]uint32, 257)
	for want, message := range map[string]PetCommandMessage{
		"/transactionId": SpawnCommand{TransactionID: &headers.Region},
		"/type":          SpawnCommand{Type: PetCommandTypeDespawn},
		"/body/items":    ExcludeCommand{Body: &ExcludeBody{Items: many}},
	} {
		var fault *ContractError
		if _, err := EncodePetCommand(message, headers); !errors.As(err, &fault) || fault.Pointer != want {
			t.Errorf("got %v, want a fault at %s", err, want)
		}
	}
	headers.MajorVersion = 0x3833
	var fault *ContractError
	if _, err := EncodePetCommand(SpawnCommand{}, headers); !errors.As(err, &fault) || fault.Pointer != "/MAJOR_VERSION" {
		t.Errorf("got %v: two digits are a number that was written as text", err)
	}
	rejected := RejectedEvent{TransactionID: tenant, Body: RejectedBody{Command: RejectedCommandSpawn, Reason: "NEW"}}
	if err := rejected.Validate(); err == nil {
		t.Error("an unknown reason is written")
	}
}

func TestDecodeAcceptsWhatIsNew(t *testing.T) {
	record := status(t, DeletedEvent{PetID: 1, OwnerID: 2}, "1")
	record.Value = []byte(`{"petId":1.0,"ownerId":2,"type":"DELETED","body":{"more":1},"color":"red"}`)
	message, headers, err := DecodePetStatus(record)
	if err != nil || message != (DeletedEvent{PetID: 1, OwnerID: 2, Type: PetStatusTypeDeleted}) || headers.TenantID != tenant {
		t.Errorf("got %v, %v, %v", message, headers, err)
	}
	message, _, err = DecodePetStatus(Record{Value: []byte(`{"type":"PAINTED"}`)})
	if err != nil || message != (Unknown{Type: "PAINTED"}) {
		t.Errorf("got %v, %v", message, err)
	}
	record.Value = []byte(`{"petId":1,"ownerId":2,"type":"DESPAWNED","body":{"templateId":1,"name":"A","slot":-1,"level":1,"closeness":0,"fullness":0,"oldSlot":0,"reason":"TIRED"}}`)
	message, _, err = DecodePetStatus(record)
	if despawned, ok := message.(DespawnedEvent); err != nil || !ok || despawned.Body.Reason.Known() {
		t.Errorf("got %v, %v", message, err)
	}
}

func TestTopics(t *testing.T) {
	if topic := PetCommandTopicFrom(func(string) (string, bool) { return "", false }); topic != "COMMAND_TOPIC_PET" {
		t.Error(topic)
	}
	named := func(name string) (string, bool) { return "test." + name, true }
	if topic := PetStatusTopicFrom(named); topic != "test.EVENT_TOPIC_PET_STATUS" {
		t.Error(topic)
	}
	_ = PetStatusTopicFrom(os.LookupEnv)
}

// A recorder takes down what it is called with. It fails at the pet with the number fails.
type recorder struct {
	calls []string
	fails uint32
}

func (r *recorder) take(name string, petID uint32) error {
	if petID == r.fails {
		return errors.New("failed")
	}
	r.calls = append(r.calls, name)
	return nil
}

func (r *recorder) Created(_ context.Context, m CreatedEvent, _ PetStatusHeaders) error {
	return r.take("created", m.PetID)
}

func (r *recorder) Deleted(_ context.Context, m DeletedEvent, _ PetStatusHeaders) error {
	return r.take("deleted", m.PetID)
}

func (r *recorder) Spawned(_ context.Context, m SpawnedEvent, _ PetStatusHeaders) error {
	return r.take("spawned", m.PetID)
}

func (r *recorder) Despawned(_ context.Context, m DespawnedEvent, _ PetStatusHeaders) error {
	return r.take("despawned", m.PetID)
}

func (r *recorder) CommandResponse(_ context.Context, m CommandResponseEvent, _ PetStatusHeaders) error {
	return r.take("commandResponse", m.PetID)
}

func (r *recorder) ClosenessChanged(_ context.Context, m ClosenessChangedEvent, _ PetStatusHeaders) error {
	return r.take("closenessChanged", m.PetID)
}

func (r *recorder) FullnessChanged(_ context.Context, m FullnessChangedEvent, _ PetStatusHeaders) error {
	return r.take("fullnessChanged", m.PetID)
}

func (r *recorder) LevelChanged(_ context.Context, m LevelChangedEvent, _ PetStatusHeaders) error {
	return r.take("levelChanged", m.PetID)
}

func (r *recorder) SlotChanged(_ context.Context, m SlotChangedEvent, _ PetStatusHeaders) error {
	return r.take("slotChanged", m.PetID)
}

func (r *recorder) ExcludeChanged(_ context.Context, m ExcludeChangedEvent, _ PetStatusHeaders) error {
	return r.take("excludeChanged", m.PetID)
}

// Every example of an event is dispatched to a method of its own.
func TestDispatch(t *testing.T) {
	for _, example := range goldenRecords(t, "examples.json") {
		if example.Channel != "petStatus" {
			continue
		}
		handler := &recorder{}
		outcome, err := DispatchPetStatus(context.Background(), example.record(t), handler)
		if err != nil || outcome != Handled || len(handler.calls) != 1 || !strings.EqualFold(handler.calls[0], example.Message) {
			t.Errorf("%s: got %v, %v, %v", example.Message, handler.calls, outcome, err)
		}
	}
	outcome, err := DispatchPetStatus(context.Background(), Record{Value: []byte("{}")}, &recorder{})
	if outcome != Invalid || err == nil {
		t.Errorf("got %v, %v", outcome, err)
	}
	outcome, err = DispatchPetStatus(context.Background(), Record{Value: []byte(`{"type":"PAINTED"}`)}, &recorder{})
	if outcome != Skipped || err != nil {
		t.Errorf("got %v, %v", outcome, err)
	}
}

func TestCopyFilter(t *testing.T) {
	var filter CopyFilter
	handler := &recorder{fails: 7}
	dispatch := func(filter *CopyFilter, petID, ownerID uint32, sequence string) (bool, error) {
		outcome, err := filter.Dispatch(context.Background(), status(t, DeletedEvent{PetID: petID, OwnerID: ownerID}, sequence), handler)
		return outcome == Duplicate, err
	}
	for _, step := range []struct {
		petID, ownerID uint32
		sequence       string
		copied         bool
	}{
		{1, 1, "5", false},
		{1, 1, "5", true},
		{1, 1, "4", true},
		// Numbers, not texts, are compared; and each owner has its own.
		{1, 1, "10", false},
		{2, 2, "9", false},
		{1, 1, "9007199254740993", false},
		{1, 1, "9007199254740992", true},
	} {
		if copied, err := dispatch(&filter, step.petID, step.ownerID, step.sequence); err != nil || copied != step.copied {
			t.Errorf("%v: got %t, %v", step, copied, err)
		}
	}
	if len(handler.calls) != 4 || filter.Len() != 2 {
		t.Errorf("got %v of %d owners", handler.calls, filter.Len())
	}
	if _, err := dispatch(&filter, 7, 2, "20"); err == nil {
		t.Error("the error of the handler is lost")
	}
	handler.fails = 0
	if copied, err := dispatch(&filter, 7, 2, "20"); copied || err != nil {
		t.Errorf("an event that failed counts as a copy: %v", err)
	}

	state, err := json.Marshal(&filter)
	if err != nil {
		t.Fatal(err)
	}
	var restored CopyFilter
	if err := json.Unmarshal(state, &restored); err != nil {
		t.Fatal(err)
	}
	if copied, _ := dispatch(&restored, 1, 1, "9007199254740993"); !copied {
		t.Error("a restored filter takes a copy for new")
	}
	restored.Forget(Owner{TenantID: tenant, OwnerID: 1})
	if copied, _ := dispatch(&restored, 1, 1, "1"); copied || restored.Len() != 2 {
		t.Error("an owner was not forgotten")
	}
	var fault *ContractError
	if _, err := dispatch(&restored, 1, 1, ""); !errors.As(err, &fault) || fault.Code != InvalidHeaders {
		t.Errorf("got %v without a SEQUENCE", err)
	}
}
