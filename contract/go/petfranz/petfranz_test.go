package petfranz

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"example.com/pet-service/petcontract"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestRecordsKeepTheirBytes(t *testing.T) {
	record := petcontract.Record{
		Key:     petcontract.EncodeKey(101),
		Value:   []byte("{}"),
		Headers: []petcontract.Header{{Key: "a", Value: []byte{0, 83}}, {Key: "a", Value: nil}},
	}
	produced := ToKgo("topic", record)
	if produced.Topic != "topic" || !reflect.DeepEqual(FromKgo(produced), record) {
		t.Errorf("got %v", produced)
	}
}

func TestTake(t *testing.T) {
	failed := errors.New("failed")
	outcomes := map[string]error{"good": nil, "bad": failed}
	dispatch := func(_ context.Context, record petcontract.Record) (petcontract.Outcome, error) {
		if string(record.Value) == "invalid" {
			return petcontract.Invalid, &petcontract.ContractError{Code: petcontract.InvalidJSON}
		}
		return petcontract.Handled, outcomes[string(record.Value)]
	}
	consumed := func(values ...string) []*kgo.Record {
		var records []*kgo.Record
		for _, value := range values {
			records = append(records, &kgo.Record{Topic: "topic", Value: []byte(value)})
		}
		return records
	}
	consumer := Consumer{Topics: map[string]Dispatch{"topic": dispatch}}
	if handled, err := consumer.take(context.Background(), consumed("good", "bad", "good")); len(handled) != 1 || !errors.Is(err, failed) {
		t.Errorf("got %d, %v", len(handled), err)
	}
	var breach *petcontract.ContractError
	if handled, err := consumer.take(context.Background(), consumed("invalid")); len(handled) != 0 || !errors.As(err, &breach) {
		t.Errorf("got %d, %v", len(handled), err)
	}
	var invalid []string
	consumer.OnInvalid = func(_ context.Context, record *kgo.Record, _ error) error {
		invalid = append(invalid, string(record.Value))
		return nil
	}
	if handled, err := consumer.take(context.Background(), consumed("invalid", "good")); len(handled) != 2 || err != nil || len(invalid) != 1 {
		t.Errorf("got %d, %v, %v", len(handled), err, invalid)
	}
	if _, err := consumer.take(context.Background(), []*kgo.Record{{Topic: "other"}}); err == nil {
		t.Error("a topic without a function is ignored")
	}
}
