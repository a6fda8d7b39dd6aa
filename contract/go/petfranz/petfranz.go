// Package petfranz connects the messages of petcontract with a client of franz-go.
package petfranz

import (
	"context"
	"fmt"

	"example.com/pet-service/petcontract"
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

// StatusEvents dispatches the pet status events of all tenants, except for copies that the reader recognises. A handler that
// serves one tenant compares headers.TenantID.
func StatusEvents(reader *petcontract.Reader, handler petcontract.PetStatusHandler) Dispatch {
	return func(ctx context.Context, record petcontract.Record) (petcontract.Outcome, error) {
		outcome, _, err := reader.Dispatch(ctx, record, handler)
		return outcome, err
	}
}

// Rejections dispatches the rejections of commands. Recognise a copy by its transactionId or MESSAGE_ID.
func Rejections(handler petcontract.PetCommandStatusHandler) Dispatch {
	return func(ctx context.Context, record petcontract.Record) (petcontract.Outcome, error) {
		return petcontract.DispatchPetCommandStatus(ctx, record, handler)
	}
}

// A Consumer dispatches the records of topics, each partition in order, and commits their offsets afterwards: a record is
// dispatched at least once.
type Consumer struct {
	// Client consumes the topics as a member of a group, with kgo.DisableAutoCommit().
	Client *kgo.Client
	// Topics has a function for each topic.
	Topics map[string]Dispatch
	// OnInvalid takes a record that breaks the contract. If it returns nil the record is committed and the next one follows.
	// Without it, such a record ends Run.
	OnInvalid func(ctx context.Context, consumed *kgo.Record, breach error) error
}

// Run consumes until the context ends, the client is closed, or a handler fails. It returns nil in the first two cases. A record
// that failed, and those after it, are not committed.
func (c *Consumer) Run(ctx context.Context) error {
	for {
		fetches := c.Client.PollFetches(ctx)
		if fetches.IsClientClosed() || ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		handled, failure := c.take(ctx, fetches.Records())
		if err := c.Client.CommitRecords(ctx, handled...); err != nil && failure == nil && ctx.Err() == nil {
			return err
		}
		if failure != nil {
			return failure
		}
	}
}

// take dispatches records until one fails. It returns those before it.
func (c *Consumer) take(ctx context.Context, consumed []*kgo.Record) ([]*kgo.Record, error) {
	for i, record := range consumed {
		dispatch, ok := c.Topics[record.Topic]
		if !ok {
			return consumed[:i], fmt.Errorf("no function for the topic %s", record.Topic)
		}
		outcome, err := dispatch(ctx, FromKgo(record))
		if err != nil && outcome == petcontract.Invalid && c.OnInvalid != nil {
			err = c.OnInvalid(ctx, record, err)
		}
		if err != nil {
			return consumed[:i], fmt.Errorf("%s, partition %d, offset %d: %w", record.Topic, record.Partition, record.Offset, err)
		}
	}
	return consumed, nil
}
