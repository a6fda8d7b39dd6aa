// A client of the running service: it sends commands by petfranz, waits for their answers, and prints what it has read. If the
// variable LAST_PET is set, it sends nothing, and reads until that pet is deleted.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"example.com/pet-service/petcontract"
	"example.com/pet-service/petcontract/petfranz"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	awardTransaction = "11111111-1111-4111-8111-111111111111"
	spawnTransaction = "22222222-2222-4222-8222-222222222222"
	timeout          = 60 * time.Second
	// quiet is how long nothing may follow the last event.
	quiet = 2 * time.Second
)

// errOnce is the error of a handler that fails once.
var errOnce = errors.New("failed once")

// A report has what was read. Only the goroutine of the consumer writes it.
type report struct {
	Events   []petcontract.PetStatusType `json:"events"`
	Awarded  uint16                      `json:"awarded"`
	Rejected petcontract.RejectionReason `json:"rejected"`
	Removed  []uint32                    `json:"removed"`
	Skipped  int                         `json:"skipped"`
	Invalid  []string                    `json:"invalid"`
	Failures int                         `json:"failures"`
	Commits  int                         `json:"commits"`
}

// isComplete reports whether everything was read that the test waits for.
func (r *report) isComplete() bool {
	return r.Awarded > 0 && r.Rejected != "" && len(r.Removed) > 0 && r.Skipped > 0 && len(r.Invalid) > 0
}

// A handler writes a report.
type handler struct{ *report }

func (h handler) take(kind petcontract.PetStatusType) error {
	h.Events = append(h.Events, kind)
	return nil
}

func (h handler) Created(_ context.Context, m petcontract.CreatedEvent, _ petcontract.PetStatusHeaders) error {
	return h.take(m.Type)
}

func (h handler) Deleted(_ context.Context, m petcontract.DeletedEvent, _ petcontract.PetStatusHeaders) error {
	h.Removed = append(h.Removed, m.PetID)
	return h.take(m.Type)
}

func (h handler) Spawned(_ context.Context, m petcontract.SpawnedEvent, _ petcontract.PetStatusHeaders) error {
	return h.take(m.Type)
}

func (h handler) Despawned(_ context.Context, m petcontract.DespawnedEvent, _ petcontract.PetStatusHeaders) error {
	return h.take(m.Type)
}

func (h handler) CommandResponse(_ context.Context, m petcontract.CommandResponseEvent, _ petcontract.PetStatusHeaders) error {
	return h.take(m.Type)
}

func (h handler) ClosenessChanged(_ context.Context, m petcontract.ClosenessChangedEvent, _ petcontract.PetStatusHeaders) error {
	if m.Body.TransactionID == awardTransaction {
		if h.Failures == 0 {
			h.Failures++
			return errOnce
		}
		h.Awarded = m.Body.Closeness
	}
	return h.take(m.Type)
}

func (h handler) FullnessChanged(_ context.Context, m petcontract.FullnessChangedEvent, _ petcontract.PetStatusHeaders) error {
	return h.take(m.Type)
}

func (h handler) LevelChanged(_ context.Context, m petcontract.LevelChangedEvent, _ petcontract.PetStatusHeaders) error {
	return h.take(m.Type)
}

func (h handler) SlotChanged(_ context.Context, m petcontract.SlotChangedEvent, _ petcontract.PetStatusHeaders) error {
	return h.take(m.Type)
}

func (h handler) ExcludeChanged(_ context.Context, m petcontract.ExcludeChangedEvent, _ petcontract.PetStatusHeaders) error {
	return h.take(m.Type)
}

func (h handler) Rejected(_ context.Context, m petcontract.RejectedEvent, _ petcontract.PetCommandStatusHeaders) error {
	if m.TransactionID == spawnTransaction {
		h.report.Rejected = m.Body.Reason
	}
	return nil
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	events := petcontract.PetStatusTopicFrom(os.LookupEnv)
	rejections := petcontract.PetCommandStatusTopicFrom(os.LookupEnv)
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA_BROKERS"), ",")...),
		kgo.ConsumerGroup(os.Getenv("GROUP")),
		kgo.ConsumeTopics(events, rejections),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseAllowingRebalance()
	lastPet := os.Getenv("LAST_PET")
	if lastPet == "" {
		send(ctx, client)
	}

	read := &report{}
	var filter petcontract.CopyFilter
	// counted ends the program when everything was read.
	counted := func(dispatch petfranz.Dispatch) petfranz.Dispatch {
		return func(ctx context.Context, record petcontract.Record) (petcontract.Outcome, error) {
			outcome, err := dispatch(ctx, record)
			if outcome == petcontract.Skipped {
				read.Skipped++
			}
			if outcome != petcontract.Invalid && read.isComplete() {
				cancel()
			}
			if outcome == petcontract.Handled && len(read.Removed) > 0 && strconv.Itoa(int(read.Removed[0])) == lastPet {
				time.AfterFunc(quiet, cancel)
			}
			return outcome, err
		}
	}
	consumer := petfranz.Consumer{
		Client: client,
		Topics: map[string]petfranz.Dispatch{
			events:     counted(petfranz.StatusEvents(&filter, handler{read})),
			rejections: counted(petfranz.Rejections(handler{read})),
		},
		OnInvalid: func(_ context.Context, _ *kgo.Record, breach error) error {
			read.Invalid = append(read.Invalid, breach.Error())
			if read.isComplete() {
				cancel()
			}
			return nil
		},
		OnFetchError: func(_ context.Context, topic string, partition int32, err error) {
			log.Print(topic, partition, err)
		},
		BeforeCommit: func(ctx context.Context) error {
			read.Commits++
			return ctx.Err()
		},
	}
	err = consumer.Run(ctx)
	for errors.Is(err, errOnce) {
		err = consumer.Run(ctx)
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(read); err != nil {
		log.Fatal(err)
	}
}

// send sends three commands: the last one names a pet that does not exist.
func send(ctx context.Context, client *kgo.Client) {
	petID, err := strconv.ParseUint(os.Getenv("PET"), 10, 32)
	if err != nil {
		log.Fatal(err)
	}
	ownerID, err := strconv.ParseUint(os.Getenv("OWNER"), 10, 32)
	if err != nil {
		log.Fatal(err)
	}
	pet, owner := uint32(petID), uint32(ownerID)
	award, spawn := awardTransaction, spawnTransaction
	headers := petcontract.PetCommandHeaders{TenantHeaders: petcontract.TenantHeaders{
		TenantID: os.Getenv("TENANT"), Region: "GMS", MajorVersion: 83, MinorVersion: 1,
	}}
	for _, command := range []petcontract.PetCommandMessage{
		petcontract.SpawnCommand{ActorID: owner, PetID: pet},
		petcontract.AwardClosenessCommand{TransactionID: &award, PetID: pet, Body: petcontract.AwardClosenessBody{Amount: 5}},
		petcontract.SpawnCommand{TransactionID: &spawn, ActorID: owner, PetID: pet + 1000},
	} {
		record, err := petcontract.EncodePetCommand(command, headers)
		if err != nil {
			log.Fatal(err)
		}
		if err := petfranz.Send(ctx, client, petcontract.PetCommandTopicFrom(os.LookupEnv), record); err != nil {
			log.Fatal(err)
		}
	}
}
