// Package petfranz connects the messages of petcontract with a client of franz-go.
package petfranz

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/pet-service/petcontract"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// FromKgo returns a consumed record for the codecs of petcontract.
func FromKgo(consumed *kgo.Record) petcontract.Record {
	headers := make([]petcontract.Header, len(consumed.Headers))
	for i, header := range consumed.Headers {
		headers[i] = petcontract.Header{Key: header.Key, Value: header.Value}
	}
	return petcontract.Record{Key: consumed.Key, Value: consumed.Value, Headers: headers}
}

// ToKgo returns an encoded record to produce to a topic. The default partitioner of franz-go keeps the records of a key in one
// partition.
func ToKgo(topic string, encoded petcontract.Record) *kgo.Record {
	headers := make([]kgo.RecordHeader, len(encoded.Headers))
	for i, header := range encoded.Headers {
		headers[i] = kgo.RecordHeader{Key: header.Key, Value: header.Value}
	}
	return &kgo.Record{Topic: topic, Key: encoded.Key, Value: encoded.Value, Headers: headers}
}

// Send produces an encoded record and waits for the acknowledgement of the broker.
//
//	record, err := petcontract.EncodePetCommand(message, headers)
//	...
//	err = petfranz.Send(ctx, client, topic, record)
func Send(ctx context.Context, client *kgo.Client, topic string, encoded petcontract.Record) error {
	return client.ProduceSync(ctx, ToKgo(topic, encoded)).FirstErr()
}

// A Dispatch decodes a record and calls a handler.
type Dispatch func(ctx context.Context, record petcontract.Record) (petcontract.Outcome, error)

// StatusEvents dispatches the pet status events of all tenants, except for copies that the filter recognises. A handler that
// serves one tenant compares headers.TenantID.
func StatusEvents(filter *petcontract.CopyFilter, handler petcontract.PetStatusHandler) Dispatch {
	return func(ctx context.Context, record petcontract.Record) (petcontract.Outcome, error) {
		return filter.Dispatch(ctx, record, handler)
	}
}

// Rejections dispatches the rejections of commands. Recognise a copy by its transactionId or MESSAGE_ID.
func Rejections(handler petcontract.PetCommandStatusHandler) Dispatch {
	return func(ctx context.Context, record petcontract.Record) (petcontract.Outcome, error) {
		return petcontract.DispatchPetCommandStatus(ctx, record, handler)
	}
}

// The client fetches in the background, so that few records at a time cost nothing, and keep a rebalance from waiting.
const maxPollRecords = 500

const commitTimeout = 10 * time.Second

// A Consumer dispatches the records of topics, each partition in order, and commits their offsets afterwards: a record is
// dispatched at least once.
type Consumer struct {
	// Client consumes the topics as a member of a group, with kgo.DisableAutoCommit() and kgo.BlockRebalanceOnPoll(). Without the
	// latter, a partition may move to another member while its records are handled, so that both handle them. With it, the
	// handlers have the group's rebalance timeout (kgo.RebalanceTimeout, 60 s) for up to 500 records.
	Client *kgo.Client
	// Topics has a function for each topic.
	Topics map[string]Dispatch
	// OnInvalid takes a record that breaks the contract. If it returns nil the record is committed and the next one follows.
	// Without it, such a record ends Run.
	OnInvalid func(ctx context.Context, consumed *kgo.Record, breach error) error
	// OnFetchError takes the error of a fetch, which the client repeats. Topic is empty if the error is not that of a partition.
	// Without it, errors are only in the log of the client.
	OnFetchError func(ctx context.Context, topic string, partition int32, err error)
	// BeforeCommit is called after records were handled and before their offsets are committed, to store what must not be behind
	// the offsets, such as the state of a petcontract.CopyFilter. If it fails, Run commits nothing and returns the error. Its context
	// does not end with that of Run, but after 10 seconds, together with the commit.
	BeforeCommit func(ctx context.Context) error
}

// Run consumes until the context ends, the client is closed, or a handler or a commit fails. It returns nil in the first two cases.
// When the context ends it commits what was handled, and leaves the other records.
//
// Records that were not committed are consumed again, by the next call of Run or by another member of the group. A commit that a
// rebalance prevents is no failure: the member that has the partition then consumes the records again.
func (c *Consumer) Run(ctx context.Context) error {
	return c.run(ctx, c.Client)
}

// A source is what Run needs of a client.
type source interface {
	PollRecords(ctx context.Context, maxRecords int) kgo.Fetches
	CommitRecords(ctx context.Context, records ...*kgo.Record) error
	SetOffsets(offsets map[string]map[int32]kgo.EpochOffset)
	AllowRebalance()
}

func (c *Consumer) run(ctx context.Context, client source) error {
	for {
		fetches := client.PollRecords(ctx, maxPollRecords)
		err := c.process(ctx, client, fetches)
		client.AllowRebalance()
		if err != nil || ctx.Err() != nil || fetches.IsClientClosed() {
			return err
		}
	}
}

// process dispatches and commits records. Those that were not committed are fetched again.
func (c *Consumer) process(ctx context.Context, client source, fetches kgo.Fetches) error {
	consumed := fetches.Records()
	handled, failure := c.take(ctx, consumed)
	committed := handled
	if err := c.commit(ctx, client, consumed[:handled]); err != nil {
		committed, failure = 0, errors.Join(failure, err)
	}
	client.SetOffsets(firstOffsets(consumed[committed:]))
	fetches.EachError(func(topic string, partition int32, err error) {
		if c.OnFetchError != nil && ctx.Err() == nil && !errors.Is(err, kgo.ErrClientClosed) {
			c.OnFetchError(ctx, topic, partition, err)
		}
	})
	return failure
}

// take dispatches records until one fails or the context ends. It returns the number of those before.
func (c *Consumer) take(ctx context.Context, consumed []*kgo.Record) (int, error) {
	for i, record := range consumed {
		if ctx.Err() != nil {
			return i, nil
		}
		dispatch, ok := c.Topics[record.Topic]
		if !ok {
			return i, fmt.Errorf("no function for the topic %s", record.Topic)
		}
		outcome, err := dispatch(ctx, FromKgo(record))
		if err != nil && outcome == petcontract.Invalid && c.OnInvalid != nil {
			err = c.OnInvalid(ctx, record, err)
		}
		if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return i, nil
		}
		if err != nil {
			return i, fmt.Errorf("%s, partition %d, offset %d: %w", record.Topic, record.Partition, record.Offset, err)
		}
	}
	return len(consumed), nil
}

// commit commits records that were handled, also after the context has ended.
func (c *Consumer) commit(ctx context.Context, client source, handled []*kgo.Record) error {
	if len(handled) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if c.BeforeCommit != nil {
		if err := c.BeforeCommit(ctx); err != nil {
			return fmt.Errorf("before the commit: %w", err)
		}
	}
	err := client.CommitRecords(ctx, handled...)
	for _, expected := range []error{kerr.RebalanceInProgress, kerr.IllegalGeneration, kerr.UnknownMemberID, kgo.ErrClientClosed} {
		if errors.Is(err, expected) {
			return nil
		}
	}
	return err
}

// firstOffsets returns the first offset of each partition.
func firstOffsets(records []*kgo.Record) map[string]map[int32]kgo.EpochOffset {
	offsets := make(map[string]map[int32]kgo.EpochOffset)
	for _, record := range records {
		if offsets[record.Topic] == nil {
			offsets[record.Topic] = make(map[int32]kgo.EpochOffset)
		}
		if _, ok := offsets[record.Topic][record.Partition]; !ok {
			offsets[record.Topic][record.Partition] = kgo.EpochOffset{Epoch: record.LeaderEpoch, Offset: record.Offset}
		}
	}
	return offsets
}
