package petfranz

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"example.com/pet-service/petcontract"
	"github.com/twmb/franz-go/pkg/kerr"
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
	if handled, err := consumer.take(context.Background(), consumed("good", "bad", "good")); handled != 1 || !errors.Is(err, failed) {
		t.Errorf("got %d, %v", handled, err)
	}
	var breach *petcontract.ContractError
	if handled, err := consumer.take(context.Background(), consumed("invalid")); handled != 0 || !errors.As(err, &breach) {
		t.Errorf("got %d, %v", handled, err)
	}
	var invalid []string
	consumer.OnInvalid = func(_ context.Context, record *kgo.Record, _ error) error {
		invalid = append(invalid, string(record.Value))
		return nil
	}
	if handled, err := consumer.take(context.Background(), consumed("invalid", "good")); handled != 2 || err != nil || len(invalid) != 1 {
		t.Errorf("got %d, %v, %v", handled, err, invalid)
	}
	if _, err := consumer.take(context.Background(), []*kgo.Record{{Topic: "other"}}); err == nil {
		t.Error("a topic without a function is ignored")
	}
}

// A fakeClient returns its fetches one after the other, and is closed then.
type fakeClient struct {
	fetches    []kgo.Fetches
	commitErr  error
	committed  []string
	offsets    map[string]map[int32]kgo.EpochOffset
	rebalances int
}

func (f *fakeClient) PollRecords(ctx context.Context, _ int) kgo.Fetches {
	if ctx.Err() != nil {
		return kgo.NewErrFetch(ctx.Err())
	}
	if len(f.fetches) == 0 {
		return kgo.NewErrFetch(kgo.ErrClientClosed)
	}
	fetches := f.fetches[0]
	f.fetches = f.fetches[1:]
	return fetches
}

func (f *fakeClient) CommitRecords(ctx context.Context, records ...*kgo.Record) error {
	if f.commitErr != nil || ctx.Err() != nil {
		return errors.Join(f.commitErr, ctx.Err())
	}
	for _, record := range records {
		f.committed = append(f.committed, string(record.Value))
	}
	return nil
}

func (f *fakeClient) SetOffsets(offsets map[string]map[int32]kgo.EpochOffset) {
	if len(offsets) > 0 {
		f.offsets = offsets
	}
}

func (f *fakeClient) AllowRebalance() {
	f.rebalances++
}

// fetched returns a fetch of partitions with these values, whose offsets begin at 10.
func fetched(partitions ...[]string) kgo.Fetches {
	topic := kgo.FetchTopic{Topic: "topic"}
	for number, values := range partitions {
		partition := kgo.FetchPartition{Partition: int32(number)}
		for i, value := range values {
			partition.Records = append(partition.Records, &kgo.Record{
				Topic: "topic", Partition: int32(number), Offset: 10 + int64(i), LeaderEpoch: 3, Value: []byte(value),
			})
		}
		topic.Partitions = append(topic.Partitions, partition)
	}
	return kgo.Fetches{{Topics: []kgo.FetchTopic{topic}}}
}

// consumerOf returns a consumer whose handler is called with the value of each record.
func consumerOf(handle func(value string) error) *Consumer {
	return &Consumer{Topics: map[string]Dispatch{"topic": func(_ context.Context, record petcontract.Record) (petcontract.Outcome, error) {
		return petcontract.Handled, handle(string(record.Value))
	}}}
}

func at(offset int64) kgo.EpochOffset {
	return kgo.EpochOffset{Epoch: 3, Offset: offset}
}

func TestRunEndsAtAFailure(t *testing.T) {
	failed := errors.New("failed")
	client := &fakeClient{fetches: []kgo.Fetches{fetched([]string{"a", "bad", "b"}, []string{"c"})}}
	consumer := consumerOf(func(value string) error {
		if value == "bad" {
			return failed
		}
		return nil
	})
	err := consumer.run(context.Background(), client)
	if !errors.Is(err, failed) || !strings.HasPrefix(err.Error(), "topic, partition 0, offset 11: ") {
		t.Errorf("got %v", err)
	}
	if !reflect.DeepEqual(client.committed, []string{"a"}) || client.rebalances != 1 {
		t.Errorf("got %v, %d rebalances allowed", client.committed, client.rebalances)
	}
	if want := map[string]map[int32]kgo.EpochOffset{"topic": {0: at(11), 1: at(10)}}; !reflect.DeepEqual(client.offsets, want) {
		t.Errorf("got the offsets %v, want %v", client.offsets, want)
	}
}

func TestRunCommitsWhatWasHandledBeforeTheEnd(t *testing.T) {
	for _, handlerErr := range []error{nil, context.Canceled} {
		ctx, cancel := context.WithCancel(context.Background())
		client := &fakeClient{fetches: []kgo.Fetches{fetched([]string{"a", "b", "c"})}}
		err := consumerOf(func(value string) error {
			if value == "b" {
				cancel()
				return handlerErr
			}
			return nil
		}).run(ctx, client)
		want, next := []string{"a", "b"}, at(12)
		if handlerErr != nil {
			want, next = []string{"a"}, at(11)
		}
		if err != nil || !reflect.DeepEqual(client.committed, want) || client.offsets["topic"][0] != next {
			t.Errorf("got %v, %v, %v", err, client.committed, client.offsets)
		}
	}
}

func TestRunReportsErrorsOfFetchesAndContinues(t *testing.T) {
	unavailable := errors.New("unavailable")
	mixed := append(kgo.NewErrFetch(unavailable), fetched([]string{"a"})...)
	client := &fakeClient{fetches: []kgo.Fetches{mixed, fetched([]string{"b"})}}
	consumer := consumerOf(func(string) error { return nil })
	var reported []error
	consumer.OnFetchError = func(_ context.Context, _ string, _ int32, err error) {
		reported = append(reported, err)
	}
	if err := consumer.run(context.Background(), client); err != nil || !reflect.DeepEqual(client.committed, []string{"a", "b"}) {
		t.Errorf("got %v, %v", err, client.committed)
	}
	if len(reported) != 1 || !errors.Is(reported[0], unavailable) {
		t.Errorf("got %v", reported)
	}
}

func TestRunCommits(t *testing.T) {
	failed := errors.New("failed")
	for _, one := range []struct {
		commitErr, beforeErr, want error
	}{
		{},
		{commitErr: kerr.RebalanceInProgress},
		{commitErr: kerr.IllegalGeneration},
		{commitErr: kerr.UnknownMemberID},
		{commitErr: kerr.GroupAuthorizationFailed, want: kerr.GroupAuthorizationFailed},
		{beforeErr: failed, want: failed},
	} {
		client := &fakeClient{fetches: []kgo.Fetches{fetched([]string{"a"})}, commitErr: one.commitErr}
		consumer := consumerOf(func(string) error { return nil })
		consumer.BeforeCommit = func(context.Context) error {
			if len(client.committed) > 0 {
				t.Error("the commit was first")
			}
			return one.beforeErr
		}
		if err := consumer.run(context.Background(), client); !errors.Is(err, one.want) {
			t.Errorf("got %v, want %v", err, one.want)
		}
		if failed := one.want != nil; failed != (client.offsets["topic"][0] == at(10)) {
			t.Errorf("%v: got the offsets %v", one.want, client.offsets)
		}
	}
}
